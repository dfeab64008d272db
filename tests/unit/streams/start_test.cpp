// Starting streams: what is made, what is refused, and what a second start does.

#include "tests/unit/streams/start_fixture.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using StartOutcome = Started::Outcome;

TEST(Start, MakesAllThatBelongsToAStream) {
  const Repo repo;
  const StartReport report = repo.start("A");
  ASSERT_EQ(report.started.size(), 1U);
  EXPECT_EQ(report.started[0].outcome, StartOutcome::started);
  EXPECT_EQ(report.started[0].worktree, repo.worktree("A"));
  EXPECT_EQ(report.started[0].branch.str(), "feature/stream-A-foundation");
  EXPECT_THAT(report.started[0].notes, IsEmpty());
  EXPECT_EQ(slurp(repo.git_dir("A") / "stream/identity"), "stream A\n");
  EXPECT_THAT(slurp(repo.worktree("A") / ".aiignore"), HasSubstr("\n/llm/sentiment*.py\n"));
  EXPECT_EQ(repo.git_in(repo.worktree("A"), {"status", "--porcelain", "-b"}),
            "## feature/stream-A-foundation\n")
      << "nothing is tracked, nothing is new";
  EXPECT_FALSE(fs::exists(repo.git_dir("A") / "locked"));
  EXPECT_FALSE(fs::exists(repo.mark("A")));
  const state::Streams streams = state::read_streams(repo.state());
  ASSERT_EQ(streams.records.size(), 1U);
  const state::StreamRecord& record = streams.records[0];
  EXPECT_EQ(record.status, StreamStatus::in_progress);
  EXPECT_EQ(record.worktree, "../repo-stream-A");
  EXPECT_EQ(record.branch.str(), "feature/stream-A-foundation");
  EXPECT_THAT(record.agents, ElementsAre(*core::AgentId::parse("A1"), *core::AgentId::parse("A2")));
  EXPECT_TRUE(record.started_at);
  EXPECT_EQ(streams.started_at, record.started_at);
  const auto log = state::read_log(repo.state().activity(), {}).lines;
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].activity.agent, "stream-A");
  EXPECT_EQ(log[0].activity.stream, "A");
  EXPECT_EQ(state::log_field(log[0].activity, "branch"), "feature/stream-A-foundation");
  EXPECT_EQ(state::log_field(log[0].activity, "worktree"), "../repo-stream-A");
  EXPECT_EQ(state::log_field(log[0].activity, "agents"), "[\"A1\",\"A2\"]");
}

TEST(Start, TwiceIsOnce) {
  const Repo repo;
  repo.start("A");
  const std::string before = repo.all(), state = slurp(repo.state().streams());
  const StartReport report = repo.start("A");
  EXPECT_EQ(report.started.at(0).outcome, StartOutcome::unchanged);
  EXPECT_EQ(repo.all(), before);
  EXPECT_EQ(slurp(repo.state().streams()), state);
}

TEST(Start, NoneStartsWhenOneCannot) {
  const Repo repo;
  const StartReport report = repo.start(StartRequest{{StreamId("A"), StreamId("F")}, false, false});
  ASSERT_EQ(report.refused.size(), 1U);
  EXPECT_EQ(report.refused[0].why, "A (Foundation) and B (Observability) are not complete");
  EXPECT_EQ(report.refused[0].next, "git stream start A,B");
  EXPECT_THAT(report.refused[0].missing, ElementsAre(StreamId("A"), StreamId("B")));
  EXPECT_THAT(report.started, IsEmpty());
  EXPECT_FALSE(fs::exists(repo.worktree("A")));
}

TEST(Start, SaysWhatBringsItNearer) {
  const Repo repo;
  repo.start("A");
  EXPECT_EQ(refusal_of(repo, "F"),
            "A (Foundation) and B (Observability) are not complete | git stream start B");
  repo.start("B");
  EXPECT_EQ(refusal_of(repo, "F"),
            "A (Foundation) and B (Observability) are not complete | git stream complete A");
  repo.set_status("A", StreamStatus::completed);
  EXPECT_EQ(refusal_of(repo, "F"), "B (Observability) is not complete | git stream complete B");
}

TEST(Start, TellsOfWorkThatIsNotInTheBase) {
  const Repo repo;
  repo.set_status("A", StreamStatus::completed);
  repo.set_status("B", StreamStatus::merged);
  const StartReport report = repo.start("F");
  EXPECT_THAT(report.started.at(0).unmerged, ElementsAre(StreamId("A")));
  EXPECT_THAT(repo.start("F").started.at(0).unmerged, IsEmpty()) << "it stands: said once";
}

TEST(Start, ReadyIsWhatCanStartAndWhatWasInterrupted) {
  const Repo repo;
  const StartRequest ready{{}, true, false};
  EXPECT_EQ(repo.start(ready).started.size(), 2U);
  EXPECT_THAT(repo.start(ready).started, IsEmpty());
  fs::remove(repo.state().activity());
  EXPECT_EQ(repo.start(ready).started.size(), 2U) << "the last step was never done";
  EXPECT_EQ(repo.lines("A"), 1U);
}

TEST(Start, CompletedStaysAndMergedIsRefused) {
  const Repo repo;
  repo.start("A");
  repo.set_status("A", StreamStatus::completed);
  const std::string before = repo.all();
  const StartReport report = repo.start("A");
  EXPECT_EQ(report.started.at(0).outcome, StartOutcome::unchanged);
  EXPECT_EQ(report.started.at(0).status, StreamStatus::completed);
  EXPECT_EQ(report.started.at(0).worktree, repo.worktree("A"));
  EXPECT_EQ(repo.all(), before);
  repo.set_status("A", StreamStatus::merged);
  EXPECT_EQ(refusal_of(repo, "A"), "it is merged already | git stream start --again A");
}

TEST(Start, AgainBeginsANewRound) {
  const Repo repo;
  repo.start("A");
  repo.git_in(repo.worktree("A"), {"commit", "-q", "--no-verify", "--allow-empty", "-m", "work"});
  repo.git({"merge", "-q", "--no-ff", "-m", "Merge", "feature/stream-A-foundation"});
  repo.git({"worktree", "remove", repo.worktree("A")});
  state::change_streams(repo.state(), [](state::Streams& streams) {
    state::StreamRecord& record = streams.records.at(0);
    record.status = StreamStatus::merged;
    record.completed_at = record.merged_at = *record.started_at + core::Seconds(5);
    record.merge = record.completed_tip = core::ObjectId::from_hex(std::string(40, 'a'));
    record.completed_agents.emplace_back(record.agents[0], *record.merged_at);
    record.runs.push_back({record.agents[0], {}, {}, {}, {}, {}});
  });
  const StartReport report = repo.start(again("A"));
  EXPECT_EQ(report.started.at(0).outcome, StartOutcome::started);
  EXPECT_EQ(repo.git({"rev-parse", "feature/stream-A-foundation"}),
            repo.git({"rev-parse", "develop"}));
  const state::StreamRecord record = state::read_streams(repo.state()).records.at(0);
  EXPECT_EQ(record.status, StreamStatus::in_progress);
  EXPECT_FALSE(record.completed_at || record.merged_at || record.merge || record.completed_tip);
  EXPECT_TRUE(record.completed_agents.empty() && record.runs.empty());
  EXPECT_EQ(repo.lines("A"), 2U);
  EXPECT_EQ(repo.start(again("A")).started.at(0).outcome, StartOutcome::unchanged);
  EXPECT_EQ(repo.lines("A"), 2U) << "a running stream has no second round";
}

TEST(Start, AgainMovesAKeptWorktreeUp) {
  const Repo repo;
  repo.start("A");
  repo.set_status("A", StreamStatus::merged);
  repo.write("new.py", "new = 1\n");
  repo.commit_all("Others' work");
  repo.start(again("A"));
  EXPECT_TRUE(fs::exists(repo.worktree("A") / "new.py"));
}

// -- What is in the way ---------------------------------------------------------------------------

TEST(InTheWay, AFolderWithSomethingInIt) {
  const Repo repo;
  fs::create_directories(repo.worktree("A"));
  EXPECT_EQ(repo.start("A").started.size(), 1U) << "an empty one is fine";
  const Repo other;
  fs::create_directories(other.worktree("A"));
  std::ofstream(other.worktree("A") / "precious.txt") << "work";
  EXPECT_EQ(refusal_of(other, "A"),
            other.worktree("A").string() +
                " is in the way: it is no worktree of this repository | move it elsewhere");
  EXPECT_EQ(slurp(other.worktree("A") / "precious.txt"), "work");
  EXPECT_EQ(other.git({"for-each-ref", "--format=%(refname)"}), "refs/heads/develop\n");
}

TEST(InTheWay, AFile) {
  const Repo repo;
  std::ofstream(repo.worktree("A")) << "work";
  EXPECT_THAT(refusal_of(repo, "A"), HasSubstr("is in the way"));
}

TEST(InTheWay, TheBranchInTheMainWorktree) {
  const Repo repo;
  repo.git({"checkout", "-q", "-b", "feature/stream-A-foundation"});
  EXPECT_EQ(refusal_of(repo, "A"), "its branch feature/stream-A-foundation is checked out in " +
                                       repo.path().string() + " | git -C " + repo.path().string() +
                                       " switch develop");
}

TEST(InTheWay, AWorktreeOnAnotherBranch) {
  const Repo repo;
  repo.git({"worktree", "add", "-q", "-b", "mine", repo.worktree("A")});
  EXPECT_THAT(refusal_of(repo, "A"), HasSubstr("is a worktree on branch mine already"));
}

TEST(InTheWay, ABranchThatGitCannotHaveBesideIt) {
  const Repo repo;
  repo.git({"branch", "feature/stream-A-foundation/x"});
  EXPECT_THAT(refusal_of(repo, "A"), HasSubstr("beside the branch feature/stream-A-foundation/x"));
}

TEST(InTheWay, AMissingFolderThatTheUserLocked) {
  const Repo repo;
  repo.start("A");
  repo.git({"worktree", "lock", "--reason", "on the stick", repo.worktree("A")});
  fs::remove_all(repo.worktree("A"));
  EXPECT_THAT(refusal_of(repo, "A"), HasSubstr("is not there but locked: on the stick"));
  EXPECT_TRUE(fs::exists(repo.git_dir("A") / "index"));
}

TEST(InTheWay, ABranchThatWouldBeAnotherStreams) {
  const Repo repo;
  repo.write(".streams.yaml", replaced(kPolicy, "  B: ", "  A-found: "));
  std::string policy = replaced(kPolicy, "  B: ", "  A-found: ");
  policy = replaced(policy, "[A, B]", "[A]");
  policy = replaced(policy, "name: Foundation", "name: Found ation");
  repo.write(".streams.yaml", policy);
  repo.commit_all("Policy");
  EXPECT_THAT(refusal_of(repo, "A"),
              HasSubstr("its branch feature/stream-A-found-ation would belong to stream A-found"));
}

}  // namespace
}  // namespace gs::streams
