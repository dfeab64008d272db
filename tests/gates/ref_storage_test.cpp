// Refs in tables (reftable), as users meet them; all other gates are tried with them where
// GIT_DEFAULT_REF_FORMAT says so.

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RefStorage : public testing::Test {
 protected:
  // git 2.46 to 2.48 move no logs.
  bool git_migrates() const {
    return owner.sh("git refs migrate -h 2>&1 | grep -q -e --no-reflog -e '--.no-.reflog'")
               .status == 0;
  }
  bool in_files() const {
    const Said said = owner.sh("git rev-parse --show-ref-format");  // git 2.44 and later
    return said.status != 0 || !said.output.starts_with("reftable");
  }

  StreamRepo repo;
  Place owner = repo.owner();
};

TEST_F(RefStorage, MigratedThereAndBackUnderTheGates) {
  if (!git_migrates()) GTEST_SKIP() << "this git does not move refs";
  for (int time = 0; time < 2; ++time) {
    const std::string format = in_files() ? "reftable" : "files";
    const Said migrated = owner.sh("git refs migrate --ref-format=" + format);
    EXPECT_EQ(migrated.status, 0) << migrated.errors;
    EXPECT_THAT(migrated.output + migrated.errors, IsEmpty());
    EXPECT_EQ(in_files(), format == "files");
    EXPECT_EQ(owner.sh("git stream status").status, 0);
    const std::string folder = "../F1-" + format;
    owner.must("git worktree add -q " + folder + " -b work-F1-" + format + " && cd " + folder +
               " && git stream install --agent F1");
    const Place f1 = owner.in(folder);
    EXPECT_TRUE(f1.commit("llm/sentiment.py", format).moved);
    EXPECT_FALSE(f1.commit("models/risk.py", format).moved);
    EXPECT_FALSE(f1.sh("git commit -qm x --no-verify").moved);
    owner.must("git worktree remove --force " + folder);
  }
}

// git holds the one lock on all refs while the hooks judge.
TEST_F(RefStorage, GitWaitsForWhoeverMovesRefsUnlessTheUserSaysHowLong) {
  if (in_files() && !git_migrates()) GTEST_SKIP() << "this git does not move refs";
  if (in_files()) {
    EXPECT_NE(owner.sh("git config reftable.lockTimeout").status, 0);
    owner.must("git refs migrate --ref-format=reftable");
    EXPECT_THAT(owner.must("git stream doctor"), HasSubstr("reftable.lockTimeout is not set"));
    EXPECT_THAT(owner.must("git stream install"), HasSubstr("set reftable.lockTimeout = 60000\n"));
  }
  EXPECT_THAT(owner.must("git stream doctor"), testing::Not(HasSubstr("lockTimeout")));
  EXPECT_EQ(owner.must("git config reftable.lockTimeout"), "60000\n");
  owner.must("git stream uninstall --all");
  EXPECT_NE(owner.sh("git config reftable.lockTimeout").status, 0);
  owner.must("git config reftable.lockTimeout 7");
  owner.must("git stream install");
  EXPECT_EQ(owner.must("git config reftable.lockTimeout"), "7\n");
}

// As it is done while git cannot do it in place: every object anew, with the same state.
TEST_F(RefStorage, ConvertedToTheOtherHashItSaysWhichStreamsAreToBeCompletedAgain) {
  const bool sha256 = default_format() == core::ObjectFormat::sha256;
  owner.must("git stream start E >/dev/null 2>&1");
  ASSERT_THAT(owner.in("../repo-stream-E").commit("models/risk.py"), Commits());
  owner.must("git stream complete E >/dev/null 2>&1");
  EXPECT_THAT(owner.must("git stream status"), testing::Not(HasSubstr("converted")));
  owner.must(std::string("git init -q --template= --object-format=") +
             (sha256 ? "sha1" : "sha256") +
             " -b develop ../new; git fast-export --all | git -C ../new fast-import --quiet;"
             "git worktree remove --force ../repo-stream-E; cp -r .git/stream ../new/.git;"
             "mv .git ../former; mv ../new/.git .git; git reset -q; git stream install");
  const std::string said = std::string("the repository was converted to ") +
                           (sha256 ? "SHA-1" : "SHA-256") + " after stream E was completed";
  EXPECT_THAT(owner.must("git stream status"), HasSubstr(said));
  EXPECT_THAT(owner.sh("git stream doctor").output, HasSubstr(said));
  const Said gone = owner.sh("git stream complete E");
  EXPECT_THAT(gone.errors, HasSubstr(", is gone: "));
  owner.must(gone.errors.substr(gone.errors.find("next: ") + 6) + "git stream complete E");
  EXPECT_THAT(owner.must("git stream status"), testing::Not(HasSubstr("converted")));
  EXPECT_EQ(owner.sh("git stream merge E >/dev/null").status, 0);
}

TEST_F(RefStorage, ADamagedTableIsSaidInOneLine) {
  if (in_files() && !git_migrates()) GTEST_SKIP() << "this git does not move refs";
  if (in_files()) owner.must("git refs migrate --ref-format=reftable");
  owner.must("for table in .git/reftable/*.ref; do truncate -s -9 $table; done");
  for (const char* command :
       {"git-stream status", ".git/hooks/pre-commit",
        "printf '%040d %040d refs/heads/x\\n' 0 1 | .git/hooks/reference-transaction prepared"}) {
    const Said said = owner.sh(command);
    EXPECT_EQ(said.status, 3) << command << "\n" << said.output << said.errors;
    EXPECT_THAT(said.errors, HasSubstr("is damaged: it does not end as it begins")) << command;
    EXPECT_THAT(said.errors, HasSubstr("git refs verify")) << command;
  }
}

}  // namespace
}  // namespace gs::test
