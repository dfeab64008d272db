#include <gmock/gmock.h>

#include "lib/report/findings.h"
#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

TEST(Text, IsABlockAFindingAndASummary) {
  auto some = entries();
  some.erase(some.begin() + 2);
  EXPECT_EQ(text(subject(), some),
            "  llm/news.py:2: warning: import-conflict: imports what is locked\n"
            "    next: wait\n"
            "  models/a.py:7: layer: models is in layer 2, llm in layer 3 (accepted)\n"
            "  branch-name: branch x is no stream's\n"
            "    next: git branch -m\n"
            "1 violation, 1 warning, 1 accepted, 30,000 files, 240,123 imports checked\n");
}

TEST(Text, SaysThatAllIsWellAndEndsWithTheNotes) {
  Subject clean = subject();
  clean.files_checked = 1;
  clean.imports_checked = 999;
  clean.notes = "no longer there: a -> b\n";
  EXPECT_EQ(text(clean, {}),
            "no violations, 1 file, 999 imports checked\nno longer there: a -> b\n");
  clean.notes = "one";
  EXPECT_EQ(text(clean, {}), "no violations, 1 file, 999 imports checked\none\n");
  EXPECT_EQ(text({}, {}), "no violations\n");
}

TEST(Text, CountsInThousands) {
  EXPECT_EQ(text({"", "", 1000000, 100, ""}, {}),
            "no violations, 1,000,000 files, 100 imports checked\n");
}

TEST(Text, NeverSpeaksToTheTerminalAndNamesTheCommit) {
  const std::string out = text(subject(), {entries()[2]});
  EXPECT_EQ(out.find('\x1b'), out.npos);
  EXPECT_EQ(out.find('\xff'), out.npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
  EXPECT_THAT(out, testing::HasSubstr(" (in aaaaaaaaaa)\n"));
}

}  // namespace
}  // namespace gs::report
