#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

// Reads a report as the tools do, and holds its numbers to its cases.
constexpr char kRead[] = R"(
import xml.etree.ElementTree as tree
root = tree.fromstring(data)
assert root.tag == "testsuites", root.tag
def held(node, cases):
    for key, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
        assert int(node.get(key)) == sum(case.find(tag) is not None for case in cases), key
    assert int(node.get("tests")) == len(cases)
held(root, list(root.iter("testcase")))
for suite in root:
    assert suite.tag == "testsuite" and suite.get("name")
    held(suite, list(suite))
    for case in suite:
        assert case.tag == "testcase" and case.get("name") and case.get("classname") == suite.get("name")
        assert len(case) <= 1 and set(case.keys()) == {"name", "classname", "time"}
)";

TEST(Junit, HasASuiteARuleAndACaseAFinding) {
  EXPECT_EQ(ask_python(std::string(kRead) + R"(
for case in root.iter("testcase"):
    inner = case[0]
    print(case.get("classname"), inner.tag, inner.get("type"), inner.get("message"), case.get("name"), sep="|")
    if inner.text: print(inner.text)
)",
                       junit(subject(), {entries()[0], entries()[1], entries()[3]})),
            "git-stream.import-conflict|system-out|None|None|llm/news.py: imports what is locked\n"
            "  llm/news.py:2: warning: import-conflict: imports what is locked\n    next: wait\n\n"
            "git-stream.layer|skipped|None|accepted: models is in layer 2, llm in layer 3|"
            "models/a.py: models is in layer 2, llm in layer 3\n"
            "git-stream.branch-name|failure|branch-name|branch x is no stream's|"
            "branch x is no stream's\n"
            "  branch-name: branch x is no stream's\n    next: git branch -m\n\n");
}

TEST(Junit, IsWellFormedWhateverPathsHold) {
  auto some = entries();
  some[0].finding.message = "\x01\xef\xbf\xbf\xed\xa0\x80\xc2\x9b]]>&amp;";
  EXPECT_EQ(ask_python(std::string(kRead) + R"(
case = root.find(".//failure")
print(ascii(case.get("message")))
print(root.get("tests"), root.get("failures"), root.get("skipped"))
)",
                       junit({kHostile, "", 0, 0, ""}, some)),
            "'message of a \"b\"\\'<&>,:%20???]]>{0}#;\\\\`/\\xfc.py'\n4 2 1\n");
}

TEST(Junit, PassesATestWhenAllIsWell) {
  EXPECT_EQ(ask_python(std::string(kRead) + "print(root[0][0].get('name'), root.get('tests'))",
                       junit(subject(), {})),
            "index 1\n");
  EXPECT_EQ(ask_python(std::string(kRead) + "print(ascii(root[0][0].get('name')))",
                       junit({kHostile, "", 0, 0, ""}, {})),
            "'a \"b\"\\'<&>,:%20\\n\\ufffd\\ufffd]]>{0}#;\\\\`/\\xfc.py'\n");
}

}  // namespace
}  // namespace gs::report
