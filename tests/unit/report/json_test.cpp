#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

TEST(Json, HoldsEveryFindingAndWhatTheyAmountTo) {
  Subject noted = subject();
  noted.notes = "one\ntwo\n";
  const std::string out = json(noted, entries());
  EXPECT_EQ(ask_python(R"(
import json
report = json.loads(data)
print(report["schema"], report["subject"], len(report["findings"]), report["summary"], report["notes"])
for f in report["findings"]: print(f["rule"], f["severity"], f["line"], f["accepted"], f.get("commit", "-")[:3])
print(report["findings"][0]["file"], report["findings"][0]["message"], report["findings"][0]["hint"], sep="|")
)",
                       out),
            "1 index 4 {'violations': 2, 'warnings': 1, 'accepted': 1, 'files': 30000, "
            "'imports': 240123} ['one', 'two']\n"
            "import-conflict warn 2 False -\n"
            "layer block 7 True -\n"
            "layer block 9 False aaa\n"
            "branch-name block 0 False -\n"
            "llm/news.py|imports what is locked|wait\n");
}

TEST(Json, KeepsPathsThatAreNoText) {
  EXPECT_EQ(ask_python(R"(
import json
path = json.loads(data)["findings"][0]["file"]
bytes_of = path[1:-1].encode().decode("unicode_escape").encode("latin-1")  # git's C escapes
print(path[0], path[-1], bytes_of == b"a \"b\"'<&>,:%20\n\x1b\xff]]>{0}#;\\`/\xc3\xbc.py")
)",
                       json(subject(), {entries()[2]})),
            "\" \" True\n");
}

TEST(Json, OfNothing) {
  EXPECT_THAT(json(subject(), {}), testing::HasSubstr("\"findings\": [], "));
}

}  // namespace
}  // namespace gs::report
