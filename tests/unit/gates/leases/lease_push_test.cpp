#include "lib/gates/leases/lease_push.h"

#include <gmock/gmock.h>

namespace gs::gates {
namespace {

using testing::ElementsAre;

TEST(LeasePush, ReadsWhatGitSaysOfAPush) {
  const PushReport report = read_push_report(
      "To ../server.git\n"
      "*\trefs/heads/a:refs/heads/b\t[new branch]\n"
      "-\t:refs/heads/old\t[deleted]\n"
      "!\tHEAD~1:refs/heads/c\t[rejected] (fetch first)\n"
      "branch 'a' set up to track 'origin/b'.\n"
      "Done\n");
  EXPECT_EQ(report.address, "../server.git");
  EXPECT_THAT(report.refs,
              ElementsAre(PushedRef{'*', "refs/heads/a", "refs/heads/b", "[new branch]"},
                          PushedRef{'-', "", "refs/heads/old", "[deleted]"},
                          PushedRef{'!', "HEAD~1", "refs/heads/c", "[rejected] (fetch first)"}));
  EXPECT_THAT(report.notes, ElementsAre("branch 'a' set up to track 'origin/b'."));
  EXPECT_TRUE(report.done);
}

TEST(LeasePush, ReadsNothingElseAsRefs) {
  for (const char* output : {"", "To", "*\t", "*\tno colon\t[x]\n", "Everything up-to-date\n"})
    EXPECT_THAT(read_push_report(output).refs, testing::IsEmpty()) << output;
  EXPECT_FALSE(read_push_report("To x\n").done);
}

}  // namespace
}  // namespace gs::gates
