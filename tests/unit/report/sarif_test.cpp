#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

// OASIS' schema as Microsoft's package carries it (its licence: MIT); never part of this
// repository.
const std::string kSchema = std::string(GS_SOURCE_DIR) +
                            "/build/tools/node_modules/@microsoft/sarif-multitool-ts/assets/"
                            "sarif-2.1.0.schema.json";

// Without the schema nothing is proved: a test, not a reason to skip one.
process::Result check(const std::string& log) {
  return python({std::string(GS_SOURCE_DIR) + "/tests/unit/report/check_sarif.py", kSchema}, log);
}

TEST(Sarif, IsWhatTheSchemaAndGitHubAskFor) {
  ASSERT_TRUE(std::filesystem::exists(kSchema))
      << kSchema << " is missing; ./install/test.sh --quick fetches it, or:\n"
      << "  (. install/packages.sh; npm install --ignore-scripts --prefix build/tools "
         "$NPM_PACKAGES)";
  auto all = entries();
  all.push_back(all[1]);  // the same once more
  for (int rule = 0; rule <= static_cast<int>(Rule::imports); ++rule)
    all.push_back({{static_cast<Rule>(rule), Severity::warn, "a.py", 0, "m", ""}, false, ""});
  for (const auto& some : {all, std::vector<Entry>{}}) {
    const process::Result result = check(sarif(subject(), some));
    EXPECT_EQ(result.status, 0) << result.output << result.errors;
  }
  EXPECT_NE(check(R"({"version": "2.1.0", "runs": [{"results": []}]})").status, 0);
}

TEST(Sarif, SaysWhereAndHowBad) {
  EXPECT_EQ(
      ask_python(R"(
import json, urllib.parse
run = json.loads(data)["runs"][0]
for r in run["results"]:
    place = r["locations"][0]["physicalLocation"] if r["locations"] else {}
    print(r["ruleId"], r["level"], place.get("region"), [s["kind"] for s in r["suppressions"]], r.get("properties"))
uri = run["results"][2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
print(uri)
print(run["results"][0]["message"]["text"])
print("{{0}}" in run["results"][2]["message"]["text"], run["invocations"], run["columnKind"])
)",
                 sarif(subject(), entries())),
      "import-conflict warning {'startLine': 2} [] None\n"
      "layer error {'startLine': 7} ['external'] None\n"
      "layer error {'startLine': 9} [] {'commit': '" +
          std::string(40, 'a') +
          "'}\n"
          "branch-name error None [] None\n"
          "a%20%22b%22%27%3C%26%3E%2C%3A%2520%0A%1B%FF%5D%5D%3E%7B0%7D%23%3B%5C%60/%C3%BC.py\n"
          "imports what is locked\nNext: wait\n"
          "True [{'executionSuccessful': True}] utf16CodeUnits\n");
}

TEST(Sarif, FingerprintsOutliveMovedLines) {
  auto moved = entries();
  for (Entry& entry : moved) entry.finding.line += 100;
  const std::string prints = R"(
import json
print(json.dumps([r["partialFingerprints"] for r in json.loads(data)["runs"][0]["results"]]))
)";
  EXPECT_EQ(ask_python(prints, sarif(subject(), entries())),
            ask_python(prints, sarif(subject(), moved)));
  moved[0].finding.path += "x";
  EXPECT_NE(ask_python(prints, sarif(subject(), entries())),
            ask_python(prints, sarif(subject(), moved)));
}

}  // namespace
}  // namespace gs::report
