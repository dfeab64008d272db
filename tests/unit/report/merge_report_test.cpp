#include <gmock/gmock.h>

#include "tests/unit/report/merge_report_support.h"

namespace gs::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(MergeReport, SaysWhatItAmountsTo) {
  MergeReport all = full_report();
  EXPECT_FALSE(all.sound());
  EXPECT_EQ(all.verdict(), "2 violations, tests failed, 1 warning");
  all.findings.clear();
  EXPECT_FALSE(all.sound()) << "a step failed";
  all.steps[1].outcome = "ok";
  EXPECT_TRUE(all.sound()) << "a program that is missing says nothing of the code";
  EXPECT_EQ(all.verdict(), "sound");
  all.not_validated = {"lint"};
  EXPECT_FALSE(all.sound());
  EXPECT_TRUE(all.passes());
  EXPECT_EQ(all.verdict(), "not validated: lint");
  all.steps.clear();
  EXPECT_EQ(all.verdict(), "not validated");
}

TEST(MergeReport, AcceptedFindingsAreNoFault) {
  MergeReport all = full_report();
  all.steps.clear();
  all.findings = {{entries()[1], {}}};
  EXPECT_TRUE(all.sound());
  EXPECT_EQ(all.verdict(), "sound");
}

TEST(MergeReportJson, HoldsEverything) {
  EXPECT_EQ(ask_python(R"(
import json
d = json.loads(data)
print(d["schema"], d["version"], d["commit"] == "1" * 40, d["sound"], d["verdict"], d["made_at"])
print([(c["subject"], c["author"], c["merge"]) for c in d["merged"]["commits"]], d["merged"]["file_count"])
print([(f["rule"], f["severity"], f["line"], f["accepted"], f["excerpt"] and len(f["excerpt"]["lines"])) for f in d["findings"]])
print([(s["name"], s["outcome"], s["duration_ms"]) for s in d["steps"]])
print([(s["stream"], s["status"], s["depends_on"], s["ahead"]) for s in d["streams"]])
print(len(d["timeline"]["lanes"]), d["timeline"]["lanes"][0]["totals"]["blocked"], d["layers"]["imports"])
)",
                       json(full_report())),
            "1 0.1.0 True False 2 violations, tests failed, 1 warning 2025-12-06T17:01:00Z\n"
            "[('Merge stream F', 'Ada', True), ('Consolidate sentiment', 'agent-F1', False), "
            "('Score headlines', 'agent-F2', False)] 12\n"
            "[('import-conflict', 'warn', 2, False, 3), ('layer', 'block', 7, True, None), "
            "('layer', 'block', 9, False, 3), ('branch-name', 'block', 0, False, None)]\n"
            "[('types', 'ok', 2345), ('tests', 'failed', 61000), ('imports', 'missing', 0)]\n"
            "[('A', 'merged', [], 0), ('F', 'in progress', ['A'], 3), ('G', 'waiting', ['A', 'F'], "
            "None)]\n"
            "3 2 [{'from': 0, 'to': 1, 'imports': 2, 'violations': 1}, {'from': 1, 'to': 0, "
            "'imports': 12, 'violations': 0}]\n");
}

TEST(MergeReportJson, IsJsonWhateverIsNamed) {
  EXPECT_EQ(ask_python("import json; print(json.loads(data)['schema'])", json(hostile())), "1\n");
}

TEST(Markdown, HasWhatThePageHas) {
  const std::string text = markdown(full_report());
  EXPECT_THAT(text, HasSubstr("# trading-bot: develop at `1111111111`\n"));
  EXPECT_THAT(text, HasSubstr("**2 violations, tests failed, 1 warning**"));
  EXPECT_THAT(text, HasSubstr("| Consolidate sentiment | agent-F1 | F | 2025-12-06 14:00 UTC | "
                              "`2222222222` |\n"));
  EXPECT_THAT(text, HasSubstr("| **merge** Merge stream F | Ada | F | "));
  EXPECT_THAT(
      text,
      HasSubstr("| tests | FAILED \\(exit 1\\) | 1 min 1 s | `reports/t.log` | `pytest` |\n"));
  EXPECT_THAT(text, HasSubstr("\n### tests: the last 2 lines of its output\n\n    1 failed\n"));
  EXPECT_THAT(text, Not(HasSubstr("Success"))) << "what is folded away on the page";
  EXPECT_THAT(text, HasSubstr("| models | 12 |  |  |\n"));
  EXPECT_THAT(text, HasSubstr("| foundation |  | **1 of 2 wrong** |  |\n"));
  EXPECT_THAT(text, HasSubstr("       2 > from llm import sentiment\n"));
}

TEST(Markdown, NothingThatOthersNameIsMarkup) {
  const std::string text = markdown(hostile());
  // In code a tag is text; elsewhere it must not begin.
  EXPECT_EQ(ask_python(R"py(
import re
for line in data.decode().split("\n"):
    if line.startswith("    "): continue
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", line)
    if "<script" in bare or re.search(r"(?<!\\)\]\(", bare): print(line)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", line), line
)py",
                       text),
            "");
}

TEST(MergeReportJunit, StepsAreTestsToo) {
  EXPECT_EQ(ask_python(R"(
import xml.etree.ElementTree as tree
root = tree.fromstring(data)
print(root.get("tests"), root.get("failures"), root.get("skipped"))
for case in root.find("testsuite[@name='git-stream.validate']"):
    print(case.get("name"), case.get("time"), [(inner.tag, inner.get("message"), inner.text) for inner in case])
)",
                       junit(full_report())),
            "7 3 2\n"
            "types 2.345 []\n"
            "tests 61.000 [('failure', 'FAILED (exit 1)', '1 failed\\n<b>\\n')]\n"
            "imports 0.000 [('skipped', 'not run: python3', None)]\n");
  EXPECT_EQ(ask_python("import xml.etree.ElementTree as t; print(t.fromstring(data).tag)",
                       junit(hostile())),
            "testsuites\n");
}

TEST(MergeReportSarif, IsSarifAndTellsOfSteps) {
  for (const MergeReport& all : {full_report(), hostile()}) {
    const process::Result result =
        python({std::string(GS_SOURCE_DIR) + "/tests/unit/report/check_sarif.py",
                std::string(GS_SOURCE_DIR) + "/build/tools/node_modules/@microsoft/"
                                             "sarif-multitool-ts/assets/sarif-2.1.0.schema.json"},
               sarif(all));
    EXPECT_EQ(result.status, 0) << result.output << result.errors;
  }
  EXPECT_EQ(ask_python(R"(
import json
run = json.loads(data)["runs"][0]
print(len(run["results"]), [(n["level"], n["message"]["text"]) for n in run["invocations"][0]["toolExecutionNotifications"]])
)",
                       sarif(full_report())),
            "4 [('error', 'validate step tests: FAILED (exit 1)'), ('warning', 'validate step "
            "imports: not run: python3')]\n");
}

TEST(MergeReportText, IsForATerminal) {
  const std::string shown = text(hostile());
  EXPECT_THAT(shown, HasSubstr("tests"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace gs::report
