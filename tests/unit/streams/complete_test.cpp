#include "lib/streams/lifecycle/complete.h"

#include <gmock/gmock.h>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/state/locks.h"
#include "lib/state/tasks.h"
#include "lib/streams/lifecycle/tasks.h"
#include "tests/support/interrupted.h"
#include "tests/unit/streams/stream_fixture.h"

namespace gs::streams {
namespace {

using core::AgentId;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kNewManager[] = "class RiskManager:\n  def validate(self, order, limits): ...\n";

class CompleteTest : public StreamFixture {
 protected:
  Completion run(const char* stream, const char* agent = nullptr, const std::string& tests = {},
                 bool anyway = false, const StepWatch& watch = {}) const {
    session::Session session = open();
    CompletionRequest request{StreamId(stream), {}, tests, anyway, empty};
    if (agent != nullptr) request.agent = agent_id(agent);
    return complete(session, request, watch);
  }
  bool empty = true;  // of streams without commits, too
  // Why not, and the next command.
  std::string refused(const char* stream, const char* agent = nullptr) const {
    const std::string before = all_state();
    try {
      run(stream, agent);
    } catch (const core::Error& error) {
      EXPECT_EQ(error.code(), core::ExitCode::findings);
      EXPECT_EQ(all_state(), before);
      return std::string(error.what()) + " | " + error.hint();
    }
    return "not refused";
  }
  void lock(const char* agent, const char* path) const {
    state::LockRequest request;
    request.agent = agent;
    request.stream = "E";
    request.paths = {path};
    state::acquire(state(), request, state::now());
  }
  std::vector<state::Handoff> handoffs() const { return state::read_handoffs(state()); }
  std::vector<std::string> locked() const {
    std::vector<std::string> paths;
    for (const core::Lock& lock : state::read_locks(state())) paths.push_back(lock.path);
    return paths;
  }
  // "agent-E1 handoff" each.
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const state::LogLine& line : state::read_log(state().activity(), {}).lines)
      lines.push_back(line.activity.agent + " " + line.activity.action);
    return lines;
  }
  state::StreamRecord record_of(const char* stream) const {
    return *state::read_streams(state()).find(StreamId(stream));
  }
  // E with work of both agents, their locks, and a file in nobody's scope.
  void prepare() const {
    start("E");
    commit_in("E", "models/risk_manager.py", kNewManager);
    commit_in("E", "models/anomaly.py", "def detect(series, window=5): ...\nclass Detector: ...\n");
    commit_in("E", "tools/report.py", "def report(): ...\n");
    commit_in("E", "tests/test_risk.py", "def test_risk(): ...\n");
    lock("agent-E1", "models/risk_manager.py");
    lock("agent-E2", "tools/");
    lock("agent-F1", "llm/");
  }
};

TEST_F(CompleteTest, AStreamIsMarkedHandedOnAndFreed) {
  prepare();
  record("F", StreamStatus::merged);
  record("A", StreamStatus::completed);
  const Completion done = run("E", nullptr, "12 passing");
  EXPECT_TRUE(done.fresh);
  EXPECT_THAT(done.can_start, ElementsAre(StreamId("G")));
  EXPECT_THAT(done.tasks, ElementsAre("Risk chain", "Anomalies"));
  const state::StreamRecord record = record_of("E");
  EXPECT_EQ(record.status, StreamStatus::completed);
  EXPECT_EQ(record.completed_tip, done.tip);
  EXPECT_TRUE(record.completed_at);
  EXPECT_TRUE(record.completed(agent_id("E1")) && record.completed(agent_id("E2")));

  const auto written = handoffs();
  ASSERT_THAT(written, SizeIs(3));
  EXPECT_EQ(written[0].from_agent, "agent-E1");
  EXPECT_THAT(written[0].to_agents, ElementsAre("agent-E2", "agent-G1"));
  EXPECT_THAT(written[0].completed_tasks, ElementsAre("Risk chain"));
  EXPECT_THAT(written[0].breaking_changes, ElementsAre("RiskManager.validate() signature changed"));
  EXPECT_THAT(written[0].new_interfaces, IsEmpty());
  EXPECT_EQ(written[0].test_status, "12 passing");
  EXPECT_EQ(written[0].commit, done.tip.hex());
  EXPECT_EQ(written[1].from_agent, "agent-E2");
  EXPECT_THAT(written[1].to_agents, ElementsAre("agent-G1"));
  EXPECT_THAT(written[1].new_interfaces, ElementsAre("Detector"));
  EXPECT_EQ(written[2].from_agent, "stream-E");
  EXPECT_THAT(written[2].to_agents, ElementsAre("agent-G1"));
  EXPECT_THAT(written[2].new_interfaces, ElementsAre("report()"));

  EXPECT_THAT(locked(), ElementsAre("llm/"));
  EXPECT_THAT(log(), ElementsAre("agent-E1 handoff", "agent-E2 handoff", "stream-E handoff",
                                 "agent-E1 completed", "agent-E2 completed", "stream-E completed",
                                 "agent-E1 released", "agent-E2 released"));
}

TEST_F(CompleteTest, WhatStillWaitsIsNamed) {
  start("E");
  const Completion done = run("E");
  EXPECT_THAT(done.can_start, IsEmpty());
  ASSERT_THAT(done.waiting, SizeIs(1));
  EXPECT_EQ(done.waiting[0].stream, StreamId("G"));
  EXPECT_THAT(done.waiting[0].missing, ElementsAre(StreamId("F")));
}

TEST_F(CompleteTest, WhoHasDoneNothingHandsNothingOn) {
  start("E");
  state::change_task_notes(state(), [](std::vector<state::TaskNote>& notes) {
    notes.push_back({{"Anomalies", "", "dropped", StreamId("E"), {}}, false});
  });
  commit_in("E", "models/risk_manager.py", kNewManager);
  run("E");
  const auto written = handoffs();
  ASSERT_THAT(written, SizeIs(1));
  EXPECT_EQ(written[0].from_agent, "agent-E1");
}

TEST_F(CompleteTest, DoneAgainIsNothing) {
  prepare();
  run("E");
  const std::string before = all_state();
  const Completion again = run("E");
  EXPECT_FALSE(again.fresh);
  EXPECT_THAT(again.handoffs, IsEmpty());
  EXPECT_EQ(all_state(), before);
  write_in("E", "models/later.py", "");  // commits after it, and work in hand, are not forbidden
  EXPECT_FALSE(run("E").fresh);
}

TEST_F(CompleteTest, WithNewCommitsItIsCompletedAnew) {
  prepare();
  run("E");
  commit_in("E", "models/risk_manager.py", "class RiskManager: ...\nclass Limits: ...\n");
  const Completion again = run("E");
  EXPECT_TRUE(again.fresh);
  EXPECT_EQ(record_of("E").completed_tip, again.tip);
  ASSERT_THAT(again.handoffs, SizeIs(1));  // the others would say the same
  EXPECT_EQ(again.handoffs[0].from_agent, "agent-E1");
  EXPECT_THAT(again.handoffs[0].completed_tasks, IsEmpty());
  EXPECT_THAT(again.handoffs[0].new_interfaces, ElementsAre("Limits"));
}

TEST_F(CompleteTest, WorkInNobodysScopeIsOfWhoeverCommittedIt) {
  start("E");
  const std::string commit = commit_in("E", "models/chain.py", "class RiskEnforcementChain: ...\n");
  state::append(
      state().activity(),
      {state::now(), "agent-E1", "E", "committed", {{"commit", state::json_text(commit)}}});
  run("E");
  EXPECT_THAT(handoffs()[0].new_interfaces, ElementsAre("RiskEnforcementChain"));
  EXPECT_THAT(handoffs(), SizeIs(2));
}

TEST_F(CompleteTest, TestsAreNoInterfaces) {
  start("E");
  write_in("E", "models/test_chain.py", "def test_chain(chain): ...\n");
  write_in("E", "models/chain_test.py", "def check(): ...\n");
  write_in("E", "models/conftest.py", "def chain(): ...\n");
  repo.git_in(tree("E"), {"add", "-A"});
  commit_in("E", "models/contest.py", "def vote(): ...\n");
  run("E");
  std::vector<std::string> interfaces;
  for (const auto& one : handoffs())
    interfaces.insert(interfaces.end(), one.new_interfaces.begin(), one.new_interfaces.end());
  EXPECT_THAT(interfaces, ElementsAre("vote()"));
}

TEST_F(CompleteTest, AModuleThatBecameAPackageIsTheSameModule) {
  start("E");
  repo.git_in(tree("E"), {"rm", "-q", "models/anomaly.py"});
  write_in("E", "models/anomaly/detect.py", "def detect(series, window): ...\n");
  repo.git_in(tree("E"), {"add", "-A"});
  commit_in("E", "models/anomaly/__init__.py", "from .detect import detect\n");
  run("E", "E1");
  run("E");
  const auto written = handoffs();
  const auto& of_e2 = written.at(1);
  EXPECT_EQ(of_e2.from_agent, "agent-E2");
  EXPECT_THAT(of_e2.new_interfaces, IsEmpty());
  // The changed signature is told where the function is now: in nobody's scope.
  EXPECT_THAT(written.at(2).breaking_changes, ElementsAre("detect() signature changed"));
}

TEST_F(CompleteTest, RefusesWhatIsNotReady) {
  EXPECT_EQ(refused("E"), "stream E is not started | git stream start E");
  start("E");
  write_in("E", "models/new.py", "");
  write_in("E", "models/anomaly.py", "");
  EXPECT_THAT(refused("E"), HasSubstr("stream E is not complete: 2 paths not committed\n"
                                      "  models/anomaly.py\n  models/new.py | git -C "));
  for (int i = 0; i < 11; ++i) write_in("E", "many/" + std::to_string(i), "");
  EXPECT_THAT(refused("E"), HasSubstr("13 paths not committed"));
  EXPECT_THAT(refused("E"), HasSubstr("\n  … and 3 more |"));
  repo.git_in(tree("E"), {"stash", "-q", "-u"});
  repo.git_in(tree("E"), {"switch", "-q", "--detach"});
  EXPECT_THAT(refused("E"), HasSubstr("is detached, not on feature/stream-E-x | git -C "));
  repo.git_in(tree("E"), {"switch", "-q", branch("E")});
  EXPECT_TRUE(run("E").fresh);
}

TEST_F(CompleteTest, RefusesWhatIsHalfDone) {
  start("E");
  repo.write("models/risk_manager.py", "other = 1\n");
  repo.commit_all("on develop");
  commit_in("E", "models/risk_manager.py", "own = 1\n");
  EXPECT_NE(repo.run_in(tree("E"), {"git", "merge", "-q", "develop"}).status, 0);
  EXPECT_THAT(refused("E"), HasSubstr("a merge is under way in the worktree of stream E"));
  repo.git_in(tree("E"), {"merge", "--abort"});
  EXPECT_NE(repo.run_in(tree("E"), {"git", "rebase", "-q", "develop"}).status, 0);
  EXPECT_THAT(refused("E"), HasSubstr("a rebase is under way"));
  repo.git_in(tree("E"), {"rebase", "--abort"});
  std::filesystem::remove_all(tree("E"));
  EXPECT_THAT(refused("E"),
              HasSubstr("is gone: what was not committed is not known | git stream start E"));
  std::filesystem::create_directory(tree("E"));
  EXPECT_THAT(refused("E"), HasSubstr("is gone"));
}

TEST_F(CompleteTest, RefusesWhileAgentsRun) {
  start("E");
  const auto runs = [&](const char* agent, std::int64_t pid) {
    state::change_streams(state(), [&](state::Streams& streams) {
      state::StreamRecord& record = *streams.find(StreamId("E"));
      record.runs = {{agent_id(agent), platform::process_id_of(pid), state::now(), {}, {}, {}}};
    });
  };
  runs("E2", getpid());
  EXPECT_EQ(refused("E"), "agent-E2 is still running (pid " + std::to_string(getpid()) +
                              ") | wait for it, or git stream complete E --anyway");
  EXPECT_TRUE(run("E", "E1").fresh);  // another one's run does not concern it
  EXPECT_THAT(refused("E", "E2"), HasSubstr("agent-E2 is still running"));
  EXPECT_TRUE(run("E", nullptr, {}, true).fresh);
}

TEST_F(CompleteTest, RefusesWhatTheGatesWouldBlock) {
  start("E");
  commit_in("E", "llm/client.py", "x = 1\n");
  commit_in("E", "models/risk_manager.py", kNewManager);
  lock("agent-E1", "models/risk_manager.py");  // its own agents' locks are no obstacle
  const std::string why = refused("E");
  EXPECT_THAT(why,
              HasSubstr("completion blocked for stream E\n  llm/client.py: scope: belongs to"));
  EXPECT_THAT(why, HasSubstr("| git stream check --range develop..feature/stream-E-x"));
  EXPECT_THAT(why, Not(HasSubstr("risk_manager")));
  EXPECT_TRUE(run("E", "E1").fresh);  // not in its scope
}

TEST_F(CompleteTest, AMergedStreamIsLeftAlone) {
  start("E");
  record("E", StreamStatus::merged);
  const std::string before = all_state();
  EXPECT_FALSE(run("E").fresh);
  EXPECT_EQ(run("E").status, StreamStatus::merged);
  EXPECT_EQ(all_state(), before);
}

TEST_F(CompleteTest, AnAgentAnswersForItsOwn) {
  prepare();
  write_in("E", "models/anomaly.py", "in hand\n");  // E2's
  write_in("E", "notes.txt", "nobody's\n");
  EXPECT_EQ(refused("E", "E2"),
            "agent-E2 comes after agent-E1, which is not complete | git stream complete E1");
  write_in("E", "models/risk_new.py", "x = 1\n");
  EXPECT_THAT(refused("E", "E1"),
              HasSubstr("agent-E1 is not complete: 1 path not committed\n  models/risk_new.py"));
  std::filesystem::remove(tree("E") / "models/risk_new.py");
  lock("agent-E1", "notes.txt");
  EXPECT_THAT(refused("E", "E1"), HasSubstr("\n  notes.txt"));
  std::filesystem::remove(tree("E") / "notes.txt");

  const Completion done = run("E", "E1", "9 passing");
  EXPECT_EQ(done.status, StreamStatus::in_progress);
  EXPECT_THAT(done.can_go_on, ElementsAre(agent_id("E2")));
  EXPECT_THAT(done.tasks, ElementsAre("Risk chain"));
  EXPECT_TRUE(record_of("E").completed(agent_id("E1")));
  EXPECT_FALSE(record_of("E").completed(agent_id("E2")));
  ASSERT_THAT(handoffs(), SizeIs(1));
  EXPECT_THAT(handoffs()[0].breaking_changes,
              ElementsAre("RiskManager.validate() signature changed"));
  EXPECT_THAT(locked(), ElementsAre("tools/", "llm/"));
  EXPECT_THAT(log(), ElementsAre("agent-E1 handoff", "agent-E1 completed", "agent-E1 released",
                                 "agent-E1 released"));
  const std::string before = all_state();
  EXPECT_FALSE(run("E", "E1").fresh);
  commit_in("E", "models/anomaly.py", "x = 1\n");  // what E2 does is no news of E1
  EXPECT_FALSE(run("E", "E1").fresh);
  EXPECT_EQ(all_state(), before);

  run("E");  // E1 has handed on the same already
  EXPECT_THAT(handoffs(), SizeIs(3));
  EXPECT_THAT(log(), ElementsAre("agent-E1 handoff", "agent-E1 completed", "agent-E1 released",
                                 "agent-E1 released", "agent-E2 handoff", "stream-E handoff",
                                 "agent-E2 completed", "stream-E completed", "agent-E2 released"));
}

// kill -9 after each step, and the same again: the end is what it is without.
class KilledTest : public CompleteTest, public testing::WithParamInterface<const char*> {};

TEST_P(KilledTest, GoesOnWhereItWas) {
  prepare();
  const auto files = state().root();
  const auto kept = repo.folder() / "kept";
  const auto copy = [](const auto& from, const auto& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  };
  copy(files, kept);
  run("E", GetParam(), "9 passing");
  const std::string wanted = all_state();
  std::vector<std::string> steps;
  std::size_t unlike = 0;
  for (std::size_t count = 1;; ++count) {
    copy(kept, files);
    const test::Interruption killed = test::interrupt_after(
        count,
        [&](const test::StepWatch& watch) { run("E", GetParam(), "9 passing", false, watch); });
    if (!killed.killed) {
      EXPECT_EQ(killed.status, 0);
      break;
    }
    steps.push_back(killed.step);
    if (all_state() != wanted) ++unlike;
    run("E", GetParam(), "9 passing");
    EXPECT_EQ(all_state(), wanted) << "after " << killed.step;
  }
  EXPECT_GE(steps.size(), 7U) << testing::PrintToString(steps);
  EXPECT_EQ(unlike, steps.size() - 1);  // after the last step all is done
}

INSTANTIATE_TEST_SUITE_P(Complete, KilledTest, testing::Values(nullptr, "E1"));

TEST_F(CompleteTest, AStreamWithoutCommitsIsNotComplete) {
  start("F");
  empty = false;
  EXPECT_EQ(refused("F"),
            "stream F has no commits: nothing was done on feature/stream-F-x | commit the work, or "
            "git stream complete F --empty");
  commit_in("F", "llm/client.py", "def call(): ...\n");
  repo.git({"merge", "-q", "--ff-only", "feature/stream-F-x"});
  run("F");  // what it had is in
  EXPECT_EQ(record_of("F").status, StreamStatus::completed);
}

TEST_F(CompleteTest, SeveralAtOnceAreAllComplete) {
  prepare();
  start("F");
  start("A");
  commit_in("F", "llm/client.py", "def call(): ...\n");
  const auto child = [&](const char* stream) {
    const pid_t id = fork();
    if (id == 0) {
      try {
        run(stream);
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    return id;
  };
  std::vector<pid_t> children;
  for (const char* stream : {"A", "E", "F", "E"}) children.push_back(child(stream));
  for (const pid_t id : children) {
    int status = -1;
    waitpid(id, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (const char* stream : {"A", "E", "F"})
    EXPECT_EQ(record_of(stream).status, StreamStatus::completed);
  std::set<std::string> senders;
  for (const state::Handoff& handoff : handoffs())
    EXPECT_TRUE(senders.insert(handoff.from_agent).second);
  EXPECT_THAT(senders, ElementsAre("agent-E1", "agent-E2", "agent-F1", "stream-E"));
}

}  // namespace
}  // namespace gs::streams
