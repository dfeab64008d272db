// kill -9 after every step of a start, and the same start again.

#include "tests/unit/streams/start_fixture.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What an undisturbed start of A leaves.
std::string plain_end() {
  const Repo repo;
  repo.start("A");
  return repo.all();
}

// Ends the work after each of its steps, once a repository, lets it run again, and compares the
// end with `expected`. Returns the steps that there were.
std::vector<std::string> kill_everywhere(const std::function<void(const Repo&)>& prepare,
                                         const StartRequest& request) {
  const Repo undisturbed;
  prepare(undisturbed);
  undisturbed.start(request);
  const std::string expected = undisturbed.all();
  std::vector<std::string> steps;
  for (std::size_t count = 1;; ++count) {
    const Repo repo;
    prepare(repo);
    const test::Interruption end = test::interrupt_after(
        count, [&](const test::StepWatch& watch) { repo.start(request, watch); });
    if (!end.killed) {
      EXPECT_EQ(end.status, 0);
      return steps;
    }
    steps.push_back(end.step);
    EXPECT_THAT(repo.start(request).refused, IsEmpty());
    EXPECT_EQ(repo.all(), expected) << "killed after: " << end.step;
  }
}

TEST(Killed, AnywhereInAStart) {
  EXPECT_THAT(kill_everywhere([](const Repo&) {}, {{StreamId("A")}, false, false}),
              ElementsAre("repository set up", "worktree added", "worktree unlocked",
                          "mark removed", "enrolled", ".aiignore written", "recorded", "logged"));
}

TEST(Killed, AnywhereInAStartOfEachAgent) {
  EXPECT_EQ(kill_everywhere([](const Repo&) {}, {{StreamId("A")}, false, false, true}).size(), 14U);
}

TEST(Killed, AnywhereInWhatIsReady) {
  EXPECT_EQ(kill_everywhere([](const Repo&) {}, {{}, true, false}).size(), 15U);
}

TEST(Killed, AnywhereWithABranchThatIsBehind) {
  const auto behind = [](const Repo& repo) {
    repo.git({"branch", "feature/stream-A-foundation"});
    repo.write("new.py", "new = 1\n");
    repo.commit_all("More");
  };
  EXPECT_THAT(kill_everywhere(behind, {{StreamId("A")}, false, false}),
              testing::Contains("branch moved up"));
}

TEST(Killed, AnywhereInMending) {
  const auto gone = [](const Repo& repo) {
    repo.start("A");
    fs::remove_all(repo.worktree("A"));
  };
  EXPECT_THAT(kill_everywhere(gone, {{StreamId("A")}, false, false}),
              testing::Contains("registration of a worktree without a folder removed"));
  const auto half_made = [](const Repo& repo) {
    repo.git({"worktree", "add", "-q", "--lock", "--reason", "git stream start A is making it",
              "-b", "feature/stream-A-foundation", repo.worktree("A"), "develop"});
    fs::remove(repo.git_dir("A") / "index");
    fs::create_directories(repo.mark("A").parent_path());
    std::ofstream(repo.mark("A")) << "";
  };
  EXPECT_THAT(kill_everywhere(half_made, {{StreamId("A")}, false, false}),
              testing::Contains("half-made worktree finished"));
}

TEST(Killed, AnywhereInANewRound) {
  const auto merged = [](const Repo& repo) {
    repo.start("A");
    repo.git({"worktree", "remove", repo.worktree("A")});
    repo.git({"branch", "-q", "-D", "feature/stream-A-foundation"});
    repo.set_status("A", StreamStatus::merged);
  };
  EXPECT_EQ(kill_everywhere(merged, again("A")).size(), 8U);
}

TEST(Killed, TheEndIsThatOfAPlainStart) {
  EXPECT_THAT(plain_end(), testing::AllOf(HasSubstr("== A: 1 lines in the log"),
                                          HasSubstr("\"status\": \"in_progress\""),
                                          HasSubstr("stream A\n# Written by git stream start"),
                                          testing::Not(HasSubstr("start-A.lock")),
                                          testing::Not(HasSubstr("locked"))));
}

}  // namespace
}  // namespace gs::streams
