// Where every stream stands, from a repository, its state files and its worktrees.

#include "lib/streams/lifecycle/status.h"

#include <csignal>
#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/state/locks.h"
#include "tests/support/temp_repo.h"

namespace gs::streams {
namespace {

namespace fs = std::filesystem;
using core::AgentId;
using core::Instant;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kFiveStreams[] = R"(version: 1
streams:
  A: {name: Foundation, agents: {A1: {files: ["config/*.py"]}, A2: {files: ["utils/*.py"]}}}
  B: {name: Observability, agents: {B1: {files: ["observability/**"]}}}
  E: {name: Models, depends_on: [A], agents: {E1: {files: ["models/*.py"]}}}
  F: {name: LLM, depends_on: [A, B], agents: {F1: {files: ["llm/*.py"]}}}
  G: {name: Execution, depends_on: [E, F], agents: {G1: {files: ["execution/*.py"]}}}
)";

class OverviewTest : public testing::Test {
 protected:
  OverviewTest() {
    repo_.write(".streams.yaml", kFiveStreams);
    repo_.write(".gitignore", "/.claude/\n*.pyc\n");
    repo_.write("config/a.py", "A = 1\n");
    repo_.commit_all("Start");
    state_.create();
  }

  Overview look() const {
    session::Session session(git::Repository::discover(repo_.path()));
    return overview_of(session);
  }
  StreamView stream(const std::string& id) const {
    for (StreamView& view : look().streams) {
      if (view.id.str() == id) return view;
    }
    throw std::runtime_error("no stream " + id);
  }
  state::StreamRecord& record(state::Streams& streams, const std::string& id) const {
    if (streams.find(StreamId(id)) == nullptr) {
      streams.records.emplace_back();
      state::StreamRecord& fresh = streams.records.back();
      fresh.id = StreamId(id);
      fresh.branch = core::BranchName("work-" + id);
      fresh.worktree = "../" + id;
      fresh.started_at = time(0);
    }
    return *streams.find(StreamId(id));
  }
  void set(const std::string& id, StreamStatus status) const {
    state::change_streams(state_, [&](auto& streams) { record(streams, id).status = status; });
  }
  void set_run(const std::string& id, const std::string& agent, state::AgentRun run) const {
    run.agent = *AgentId::parse(agent);
    state::change_streams(state_, [&](auto& streams) {
      auto& runs = record(streams, id).runs;
      std::erase_if(runs, [&](const auto& other) { return other.agent == run.agent; });
      runs.push_back(run);
    });
  }
  // Started, with a branch and a worktree.
  fs::path start(const std::string& id) const {
    set(id, StreamStatus::in_progress);
    repo_.git({"worktree", "add", "-q", "-b", "work-" + id, "../" + id, "develop"});
    return repo_.folder() / id;
  }
  static Instant time(int minute) {
    return Instant(std::chrono::seconds(1765000000 + 60 * minute));
  }
  static void write(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::app) << text;
  }
  static std::string log_line(int minute, const std::string& agent, const std::string& rest) {
    return fmt::format("{{\"timestamp\": \"{}\", \"agent\": \"{}\", {}}}\n",
                       core::format_utc(time(minute)), agent, rest);
  }

  test::TempRepo repo_;
  state::StateDir state_{repo_.path() / ".git/stream/state"};
};

TEST_F(OverviewTest, StandingsPhasesAndWhatIsMissing) {
  set("A", StreamStatus::merged);
  set("B", StreamStatus::completed);
  set("E", StreamStatus::in_progress);
  const Overview overview = look();
  std::vector<std::string> shown;
  for (const StreamView& view : overview.streams) {
    std::string missing, unmerged;
    for (const auto& id : view.missing) missing += id.str();
    for (const auto& id : view.unmerged) unmerged += id.str();
    shown.push_back(fmt::format("{} {} {} [{}] [{}]", view.id.str(), state_name(view.state),
                                view.phase, missing, unmerged));
  }
  EXPECT_THAT(shown, ElementsAre("A merged 1 [] []", "B completed 1 [] []", "E in_progress 2 [] []",
                                 "F ready 2 [] [B]", "G waiting 3 [EF] [EF]"));
  EXPECT_THAT(overview.can_start(), ElementsAre(StreamId("F")));
  EXPECT_THAT(overview.can_merge(), ElementsAre(StreamId("B")));
  EXPECT_EQ(overview.count(StreamState::completed), 1U);
}

TEST_F(OverviewTest, ACircleHasNoPhase) {
  core::Policy policy;
  const auto add = [&](const char* id, std::vector<StreamId> on) {
    policy.streams.push_back({StreamId(id), id, core::Parallel::full, std::move(on), {}});
  };
  add("A", {StreamId("B")});
  add("B", {StreamId("A")});
  add("C", {StreamId("A")});
  add("D", {});
  add("E", {StreamId("D"), StreamId("gone")});
  EXPECT_THAT(phase_numbers(policy), ElementsAre(0U, 0U, 0U, 1U, 2U));
}

TEST_F(OverviewTest, BranchAndWorktree) {
  const fs::path a = start("A");
  write(a / "config/new.py", "N = 1\n");
  repo_.git_in(a, {"add", "-A"});
  repo_.git_in(a, {"commit", "-q", "--no-verify", "-m", "work"});
  write(a / "config/a.py", "changed\n");
  write(a / "config/b.pyc", "ignored\n");
  write(a / "notes/one", "");
  repo_.write("config/c.py", "");
  repo_.commit_all("Later");
  const StreamView view = stream("A");
  EXPECT_TRUE(view.branch_exists);
  EXPECT_EQ(view.divergence, (git::Divergence{1, 1}));
  ASSERT_TRUE(view.worktree);
  EXPECT_EQ(view.uncommitted, (git::Uncommitted{1, 1}));
  EXPECT_THAT(view.troubles, IsEmpty());
  EXPECT_TRUE(look().belongs_to_stream(*view.worktree));
  EXPECT_FALSE(look().belongs_to_stream(look().worktrees.at(0)));
}

TEST_F(OverviewTest, AWorktreeThatWasMovedOrRemoved) {
  start("A");
  repo_.git({"worktree", "move", "../A", "../elsewhere"});
  EXPECT_EQ(stream("A").worktree->path, repo_.folder() / "elsewhere") << "found by its branch";
  fs::remove_all(repo_.folder() / "elsewhere");
  EXPECT_FALSE(stream("A").worktree);
  repo_.git({"worktree", "prune"});
  repo_.git({"branch", "-D", "work-A"});
  EXPECT_FALSE(stream("A").branch_exists);
  EXPECT_FALSE(stream("A").divergence);
}

TEST_F(OverviewTest, CommitsAfterItWasCompleted) {
  const fs::path a = start("A");
  const auto tip =
      core::ObjectId::from_hex(repo_.git({"rev-parse", "work-A"}).substr(0, test::id_digits()));
  state::change_streams(state_, [&](auto& streams) {
    record(streams, "A").status = StreamStatus::completed;
    record(streams, "A").completed_tip = tip;
  });
  EXPECT_FALSE(stream("A").changed_since_completed);
  repo_.git_in(a, {"commit", "-q", "--no-verify", "--allow-empty", "-m", "more"});
  EXPECT_TRUE(stream("A").changed_since_completed);
}

TEST_F(OverviewTest, AgentsAliveStoppedEndedAndGone) {
  start("A");
  const auto agent = [&](std::size_t number) { return stream("A").agents.at(number); };
  EXPECT_FALSE(agent(0).run);
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const state::AgentRun run{
      *AgentId::parse("A1"), platform::process_id_of(child), time(1), {}, {}, {}};
  set_run("A", "A1", run);
  EXPECT_TRUE(agent(0).alive());
  EXPECT_EQ(agent(0).liveness, platform::Liveness::running);
  kill(child, SIGSTOP);
  int status = 0;
  waitpid(child, &status, WUNTRACED);
  EXPECT_EQ(agent(0).liveness, platform::Liveness::stopped);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  EXPECT_FALSE(agent(0).alive());
  EXPECT_TRUE(agent(0).failed()) << "nobody saw its end";
  state::AgentRun ended = run;
  ended.ended_at = time(2);
  ended.exit_code = 0;
  set_run("A", "A1", ended);
  EXPECT_FALSE(agent(0).failed());
  ended.exit_code = 3;
  set_run("A", "A2", ended);
  EXPECT_TRUE(agent(1).failed());
  state::change_streams(state_, [&](auto& streams) {
    record(streams, "A").completed_agents.emplace_back(*AgentId::parse("A2"), time(3));
  });
  EXPECT_TRUE(agent(1).completed);
  EXPECT_FALSE(agent(1).failed());
}

TEST_F(OverviewTest, LocksLastActivityAndWarnings) {
  start("A");
  session::Session session(git::Repository::discover(repo_.path()));
  for (const auto& [path, agent] : {std::pair{"x", "agent-A1"}, {"y", "agent-A2"}, {"z", "B1"}})
    state::acquire(state_, {{path}, agent, "", "", core::Seconds(600), false, false},
                   session.now());
  state::acquire(state_, {{"old"}, "agent-A1", "", "", core::Seconds(1), false, false}, time(0));
  write(state_.activity(), log_line(1, "agent-A1", R"("stream": "A", "action": "locked")") +
                               log_line(2, "agent-B1", R"("stream": "B", "action": "pushed")") +
                               log_line(3, "ada", R"("stream": "", "action": "committed")"));
  write(state_.warnings(), log_line(-1, "agent-A1", R"("warning": "w", "severity": "low")") +
                               log_line(0, "agent-A1", R"("warning": "w", "severity": "low")") +
                               log_line(1, "agent-A2", R"("warning": "w", "severity": "low")") +
                               log_line(1, "agent-B1", R"("warning": "w", "severity": "low")"));
  const StreamView a = stream("A"), b = stream("B");
  EXPECT_EQ(a.locks, 2U);
  EXPECT_EQ(b.locks, 1U);
  EXPECT_EQ(a.last->action, "locked");
  EXPECT_EQ(b.last->action, "pushed");
  EXPECT_EQ(a.warnings, 2U) << "those before the start are not its";
  EXPECT_EQ(b.warnings, 0U) << "it was not started";
}

TEST_F(OverviewTest, DamageIsToldAndTheRestIsThere) {
  start("A");
  repo_.write(".git/stream/state/file_locks.json", "{");
  Overview overview = look();
  ASSERT_EQ(overview.damage.size(), 1U);
  EXPECT_THAT(overview.damage[0].what, HasSubstr("file_locks.json is damaged"));
  EXPECT_EQ(overview.damage[0].next, "git stream init --repair");
  EXPECT_EQ(overview.streams.at(0).state, StreamState::in_progress);
  repo_.write(".git/stream/state/orchestrator_state.json", "[]");
  overview = look();
  EXPECT_EQ(overview.damage.size(), 2U);
  EXPECT_EQ(overview.streams.size(), 5U);
  EXPECT_EQ(overview.streams.at(0).state, StreamState::ready);
}

TEST_F(OverviewTest, NoStateNoPolicyNoCommit) {
  fs::remove_all(state_.root());
  EXPECT_EQ(look().streams.size(), 5U);
  ASSERT_FALSE(look().damage.empty()) << "it was there";
  EXPECT_EQ(look().damage[0].next, "git stream init --repair");
  const test::TempRepo empty;
  session::Session session(git::Repository::discover(empty.path()));
  EXPECT_THAT(overview_of(session).streams, IsEmpty());
  empty.write(".streams.yaml", kFiveStreams);
  session::Session again(git::Repository::discover(empty.path()));
  EXPECT_EQ(overview_of(again).streams.size(), 5U) << "the worktree's own policy, no commit";
}

TEST_F(OverviewTest, AStreamThatThePolicyLost) {
  start("A");
  set("Q", StreamStatus::in_progress);
  const StreamView q = stream("Q");
  EXPECT_EQ(q.phase, 0U);
  EXPECT_THAT(q.troubles, ElementsAre("not in the policy"));
}

TEST_F(OverviewTest, ABrokenBranchHarmsNoOther) {
  start("A");
  start("B");
  repo_.write(".git/refs/heads/work-A", "rubbish\n");
  const Overview overview = look();
  EXPECT_FALSE(overview.streams.at(0).troubles.empty());
  EXPECT_TRUE(overview.streams.at(1).divergence);
}

}  // namespace
}  // namespace gs::streams
