#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

TEST(Github, IsAnAnnotationAFindingTheWorstFirst) {
  auto some = entries();
  some.erase(some.begin() + 2);
  EXPECT_EQ(
      github(subject(), some),
      "::error title=git-stream%3A branch-name::branch x is no stream's%0Anext: git branch -m\n"
      "::warning file=llm/news.py,line=2,title=git-stream%3A import-conflict::"
      "imports what is locked%0Anext: wait\n"
      "::notice file=models/a.py,line=7,title=git-stream%3A layer::"
      "models is in layer 2, llm in layer 3 (accepted)\n"
      "git-stream: 1 violation, 1 warning, 1 accepted, 30,000 files, 240,123 imports checked\n");
}

TEST(Github, KeepsTheOrderAmongEquals) {
  std::vector<Entry> some;
  for (const char* name : {"c", "a", "b"})
    some.push_back({{Rule::layer, Severity::block, name, 1, "m", ""}, false, ""});
  some.insert(some.begin(), entries()[0]);
  const std::string out = github(subject(), some);
  EXPECT_LT(out.find("file=c"), out.find("file=a"));
  EXPECT_LT(out.find("file=a"), out.find("file=b"));
  EXPECT_LT(out.find("file=b"), out.find("::warning"));
}

TEST(Github, EscapesWhatEndsAPropertyOrALine) {
  const Entry entry{{Rule::layer, Severity::block, "a,b:c%\nd e.py", 3, "50%\r\nx", ""}, false, ""};
  EXPECT_EQ(github({}, {entry}),
            "::error file=a%2Cb%3Ac%25%0Ad e.py,line=3,title=git-stream%3A layer::50%25??x\n"
            "git-stream: 1 violation\n");
}

TEST(Github, WritesNothingThatALogWouldObey) {
  const std::string out = github(subject(), {entries()[2]});
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
  EXPECT_EQ(out.find('\x1b'), out.npos);
  EXPECT_EQ(out.find('\xff'), out.npos);
}

TEST(Github, SaysThatAllIsWell) {
  EXPECT_EQ(github({}, {}), "git-stream: no violations\n");
}

}  // namespace
}  // namespace gs::report
