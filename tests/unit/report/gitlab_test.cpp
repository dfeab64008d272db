#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

TEST(GitLab, HasAnIssueAFinding) {
  auto some = entries();
  some.erase(some.begin() + 2);
  EXPECT_EQ(ask_python("import json\n"
                       "for i in json.loads(data): print(i['severity'], i['check_name'], "
                       "i['location']['path'], i['location']['lines']['begin'], i['description'])",
                       gitlab(subject(), some)),
            "minor import-conflict llm/news.py 2 imports what is locked; next: wait\n"
            "info layer models/a.py 7 models is in layer 2, llm in layer 3 (accepted)\n"
            "major branch-name .streams.yaml 1 branch x is no stream's; next: git branch -m\n");
}

TEST(GitLab, NamesTheCommit) {
  EXPECT_THAT(gitlab({}, {entries()[2]}), testing::HasSubstr(" (in aaaaaaaaaa); next: rm "));
}

// Whatever line it moves to, a finding keeps its fingerprint; no two have the same.
TEST(GitLab, FingerprintsAreKeptAndUnique) {
  Entry entry{{Rule::layer, Severity::block, "a.py", 7, "m", ""}, false, ""};
  Entry moved = entry;
  moved.finding.line = 9;
  EXPECT_EQ(ask_python("import json\nx = [i['fingerprint'] for i in json.loads(data)]\n"
                       "print(len(x), len(set(x)))",
                       gitlab({}, {entry, moved})),
            "2 2\n");
  std::map<std::string, int> one, other;
  EXPECT_EQ(fingerprint(entry.finding, one), fingerprint(moved.finding, other));
}

TEST(GitLab, IsAnEmptyListWhenAllIsWell) {
  EXPECT_EQ(gitlab({}, {}), "[]\n");
}

}  // namespace
}  // namespace gs::report
