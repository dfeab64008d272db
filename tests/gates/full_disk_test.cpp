// A full disk and a state folder that cannot be written: one clear line, the right exit code, and
// nothing that was there is lost.

#include <algorithm>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

// The state folder on a file system of its own, mounted with these options; its content moves
// along. Skips the test where this process may not mount.
class Mounted {
 public:
  Mounted(const StreamRepo& repo, const std::string& options)
      : owner_(repo.owner()), folder_(repo.path() / ".git/stream/state") {
    const Said said = owner_.sh("cp -a .git/stream/state ../saved && mount -t tmpfs -o " + options +
                                " none .git/stream/state && cp -a ../saved/. .git/stream/state/");
    mounted_ = said.status == 0;
    if (!mounted_) owner_.sh("umount .git/stream/state");
  }
  ~Mounted() {
    if (mounted_) owner_.sh("umount -l .git/stream/state");
  }
  Mounted(const Mounted&) = delete;
  Mounted& operator=(const Mounted&) = delete;

  bool mounted() const { return mounted_; }
  void remount(const std::string& options) const {
    owner_.must("mount -o remount," + options + " .git/stream/state");
  }
  // Fills every byte that is left.
  void fill() const { owner_.sh("cat /dev/zero >.git/stream/state/filler 2>/dev/null"); }

 private:
  Place owner_;
  std::filesystem::path folder_;
  bool mounted_ = false;
};

#define NEEDS_MOUNT(mount) \
  if (!(mount).mounted()) GTEST_SKIP() << "this process may not mount a file system"

TEST(FullDisk, TakesNoLockAndLosesNone) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  // Its last page has no room for another lock.
  f1.must("git stream lock --task $(printf %03700d 0) docs/guide.md");
  const Mounted mount(repo, "size=64k");
  NEEDS_MOUNT(mount);
  mount.fill();
  const std::string before = repo.state("file_locks.json");
  const Said said = f2.commit("setup.py");
  EXPECT_THAT(said, Complains(1, "No space left on device"));
  EXPECT_FALSE(said.moved) << "what needs a lock does not go in without it";
  EXPECT_THAT(f2.sh("git stream lock tests/x.py"), Complains(3, "No space left on device"));
  EXPECT_EQ(repo.state("file_locks.json"), before);
  EXPECT_THAT(f2.commit("docs/guide.md"), testing::Not(Commits())) << "the old lock still holds";
  repo.owner().must("rm .git/stream/state/filler");
  f2.must("git restore --staged docs/guide.md");
  EXPECT_THAT(f2.sh("git commit -q -m m"), Commits());
  EXPECT_THAT(repo.owner().must("ls .git/stream/state"), testing::Not(HasSubstr("tmp")));
}

TEST(FullDisk, ACommitThatNeedsNoLockIsMadeAndSaysWhatIsNotLogged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const Mounted mount(repo, "size=64k");
  NEEDS_MOUNT(mount);
  mount.fill();
  // A log line may still find room in the log's last page: then there is nothing to say.
  for (int i = 0; i < 40; ++i) {
    const Said said = f1.commit("llm/sentiment.py", std::to_string(i) + "\n");
    ASSERT_TRUE(said.moved);
    if (said.errors.empty()) continue;
    EXPECT_THAT(said, Complains(0, "the commit is made, but not logged: "));
    EXPECT_THAT(said.errors, HasSubstr("No space left on device"));
    repo.owner().must("rm .git/stream/state/filler");
    EXPECT_THAT(f1.commit("llm/sentiment.py", "after\n"), Commits());
    const std::string log = repo.log("--action committed");
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), i + 1) << "no other line is lost";
    return;
  }
  FAIL() << "40 log lines found room on a full disk";
}

TEST(FullDisk, ALimitOnFileSizesIsAnErrorAndNoCrash) {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "ThreadSanitizer's runtime writes a file before the program runs";
#endif
#endif
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const std::string before = repo.state("file_locks.json");
  const Said said = f1.sh("ulimit -f 0; git stream lock docs/guide.md");
  EXPECT_THAT(said, Complains(3, "File too large"));
  EXPECT_EQ(repo.state("file_locks.json"), before);
  EXPECT_EQ(f1.sh("git stream locks").output, "");
}

TEST(ReadOnlyState, StopsWhatNeedsALock) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1"), f2 = repo.agent("F2");
  f1.must("git stream lock docs/guide.md");
  const Mounted mount(repo, "size=1m");
  NEEDS_MOUNT(mount);
  mount.remount("ro");
  const Said said = f2.commit("setup.py");
  EXPECT_THAT(said, Complains(1, "Read-only file system"));
  EXPECT_FALSE(said.moved);
  EXPECT_EQ(f2.sh("git hook run pre-commit").status, 3);
  f2.must("git restore --staged setup.py");
  const Said allowed = f2.commit("llm/news.py");
  EXPECT_TRUE(allowed.moved);
  EXPECT_THAT(allowed, Complains(0, "the commit is made, but not logged: "));
  EXPECT_THAT(f2.sh("git stream lock tests/x.py"), Complains(3, "Read-only file system"));
  EXPECT_THAT(f2.must("git stream locks"), HasSubstr("docs/guide.md  agent-F1"))
      << "reading goes on";
  const Said doctor = f2.sh("git stream doctor");
  EXPECT_EQ(doctor.status, 1);
  EXPECT_THAT(doctor.output, HasSubstr("cannot be written"));
}

TEST(ReadOnlyState, ABlockIsSaidThoughItCannotBeLogged) {
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  const Mounted mount(repo, "size=1m");
  NEEDS_MOUNT(mount);
  mount.remount("ro");
  const Said said = f1.commit("models/risk.py");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors,
              testing::StartsWith("git-stream: commit blocked for agent-F1 (stream F)\n"
                                  "  models/risk.py: scope: "));
}

TEST(ReadOnlyState, OfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  const StreamRepo repo;
  const Place f1 = repo.agent("F1");
  f1.write("setup.py", "1\n");
  f1.must("git add setup.py");
  // Somebody who may write the worktree and the objects, but not the state folder.
  repo.owner().must("chown -R nobody: ../F1 .git; chown -R root: .git/stream/state; chmod 755 ..");
  const std::string nobody = "setpriv --reuid nobody --regid nogroup --clear-groups ";
  if (f1.sh(nobody + GS_BUILD_DIR "/libexec/git-stream/pre-commit --version").status != 0)
    GTEST_SKIP() << "nobody may not run this build";
  const Said said = f1.sh(nobody + "git commit -q -m m");
  EXPECT_FALSE(said.moved);
  EXPECT_THAT(said.errors, HasSubstr("Permission denied"));
  EXPECT_THAT(said.errors, HasSubstr("git-stream: pre-commit cannot judge: "));
}

}  // namespace
}  // namespace gs::test
