// git stream spawn and validate, as people and agents use them.

#include <csignal>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"
#include "tests/support/comes_true.h"

namespace gs::test {

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kAgentCommand[] =
    R"(agent_command: [sh, "{worktree}/../agent.sh", "{agent}", "{task_file}"]
tasks:
  - {title: Consolidate sentiment, agent: F1}
)";

// Leads a process group, and heeds SIGINT, which a script's background does not.
const std::string kInBackground = "setsid env --default-signal=INT ";

class SpawnCommand : public testing::Test {
 protected:
  SpawnCommand() {
    repo.write_state("orchestrator_state.json", R"({"streams": {"F": {"status": "in_progress",
      "worktree": "../F", "branch": "feature/stream-F-llm", "agents": ["F1", "F2"]}},
      "started_at": null})");
  }
  ~SpawnCommand() override {
    if (running > 0) kill(running, SIGKILL);
  }
  void script(const std::string& text) const { Place(repo, repo.folder()).write("agent.sh", text); }
  // An agent in the background; its pid.
  pid_t detach_sleeper() {
    const std::string text = place.must("git stream spawn F1 --detach --json -- sleep 300");
    running = static_cast<pid_t>(std::stol(text.substr(text.find("\"pid\": ") + 7)));
    return running;
  }
  std::string run_state(const std::string& expression) const {
    return place.must(
        "python3 -c 'import json\n"
        "d = json.load(open(\".claude/state/orchestrator_state.json\"))[\"streams\"][\"F\"]"
        "[\"runs\"][\"F1\"]\nprint(" +
        expression + ")'");
  }
  std::string agent_log() const { return repo.state("logs/agent-F1.log"); }

  StreamRepo repo{two_streams(kAgentCommand)};
  Place place = repo.owner();
  Place stream = repo.worktree("F", "feature/stream-F-llm");
  pid_t running = 0;
};

TEST_F(SpawnCommand, AnAgentCommitsInItsName) {
  script(
      "echo \"I am $1\"; grep Consolidate \"$2\"\n"
      "echo done >>llm/sentiment.py; git commit -qam Mine\n"
      "echo no >>llm/news.py; git commit -qam Yours && echo NOT BLOCKED\n"
      "git checkout -q llm/news.py; exit 0\n");
  const Said said = place.sh("git stream spawn F1");
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_THAT(said.output, HasSubstr("agent-F1: exit 0"));
  EXPECT_THAT(said.output, Not(HasSubstr("I am"))) << "it is shown on a terminal only";
  EXPECT_THAT(agent_log(), AllOf(HasSubstr("I am agent-F1\n- [ ] Consolidate sentiment"),
                                 HasSubstr("commit blocked for agent-F1 (stream F)"),
                                 Not(HasSubstr("NOT BLOCKED"))));
  EXPECT_EQ(stream.must("git log -1 --format=%s"), "Mine\n");
  EXPECT_THAT(repo.log("--agent F1"),
              AllOf(HasSubstr("started"), HasSubstr("committed"), HasSubstr("ended")));
}

TEST_F(SpawnCommand, ItsTaskIsInProgress) {
  const auto status = [&] { return json_of(place, "tasks", "[t['status'] for t in d['tasks']]"); };
  EXPECT_EQ(place.sh("git stream spawn F1 -- no-such-program").status, 2);
  EXPECT_EQ(status(), "['todo']\n") << "nothing was begun";
  place.must("git stream tasks add 'Another' --agent F1 >/dev/null; git stream spawn F1 -- true");
  EXPECT_EQ(status(), "['in_progress', 'todo']\n");
  place.must("git stream spawn F1 -- true");
  EXPECT_EQ(status(), "['in_progress', 'todo']\n") << "the next one waits until it is done";
}

TEST_F(SpawnCommand, TheExitCodeSaysHowItEnded) {
  const Said failed = place.sh("git stream spawn F1 -- sh -c 'exit 7'");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.errors, HasSubstr("git-stream: agent-F1: exit 7 after "));
  const Said killed = stream.sh("git stream spawn F1 -- sh -c 'kill -9 $$'");
  EXPECT_EQ(killed.status, 1);
  EXPECT_THAT(killed.errors, HasSubstr("ended by signal 9"));
  EXPECT_EQ(place.sh("git stream spawn F9").status, 2);
  EXPECT_EQ(place.sh("git stream spawn F1 -- no-such-program").status, 2);
  EXPECT_EQ(place.sh("git stream spawn E1 -- true").status, 1);
}

TEST_F(SpawnCommand, WordsAfterTheDashesAreTheAgents) {
  place.must("git stream spawn F1 -- printf '%s|' --json '[a,b]' -- --detach -h '{agent}' ''");
  EXPECT_THAT(agent_log(), testing::EndsWith("\n--json|[a,b]|--|--detach|-h|agent-F1||"));
}

TEST_F(SpawnCommand, ATaskFileIsSeenFromWhereTheCallerIs) {
  place.write("docs/todo.md", "from here\n");
  place.in("docs").must("git stream spawn F1 --task-file todo.md -- cat {task_file}");
  EXPECT_THAT(agent_log(), testing::EndsWith("\nfrom here\n"));
  EXPECT_EQ(place.sh("git stream spawn F1 --task-file todo.md -- true").status, 2);
}

TEST_F(SpawnCommand, ADetachedAgentOutlivesTheCommandAndItsTerminal) {
  // The command's output ends at once, though its agent goes on.
  const std::string line = place.must(
      "setsid git stream spawn F1 --detach -- sh -c 'echo begun; until [ -e ../go ]; do sleep "
      "0.05; done; echo over; exit 4' | cat");
  EXPECT_THAT(line, testing::MatchesRegex("agent-F1 runs, pid [0-9]+, log .*/agent-F1.log\n"));
  ASSERT_TRUE(comes_true([&] { return agent_log().ends_with("begun\n"); }));
  EXPECT_EQ(run_state("\"ended_at\" in d"), "False\n");
  const Said twice = place.sh("git stream spawn F1 -- true");
  EXPECT_EQ(twice.status, 1);
  EXPECT_THAT(twice.errors, HasSubstr("agent-F1 runs already: pid"));
  place.must("touch ../go");
  ASSERT_TRUE(comes_true([&] { return run_state("\"ended_at\" in d") == "True\n"; }));
  EXPECT_EQ(run_state("d[\"exit_code\"]"), "4\n");
  EXPECT_THAT(agent_log(), testing::EndsWith("over\n"));
  EXPECT_THAT(repo.log("--action ended"), HasSubstr("exit_code=4"));
}

TEST_F(SpawnCommand, AKilledAgentIsSeenToHaveEnded) {
  kill(detach_sleeper(), SIGKILL);
  ASSERT_TRUE(comes_true([&] { return run_state("\"ended_at\" in d") == "True\n"; }));
  EXPECT_EQ(run_state("d[\"signal\"]"), "9\n");
  EXPECT_THAT(repo.log("--action ended"), HasSubstr("signal=9"));
}

TEST_F(SpawnCommand, AnAgentGoesOnWhenWhoWaitsForItIsKilled) {
  const pid_t agent = detach_sleeper();
  const std::string waiting =
      place.must("ps -o ppid= -p " + std::to_string(agent) + " | tr -d ' '");
  kill(static_cast<pid_t>(std::stol(waiting)), SIGKILL);
  EXPECT_TRUE(comes_true([&] {
    return place.must("ps -o ppid= -p " + std::to_string(agent) + " | tr -d ' '") != waiting;
  }));
  EXPECT_EQ(place.sh("git stream spawn F1 -- true").status, 1) << "it runs";
  kill(agent, SIGKILL);
  // Nobody saw its end; that it has ended is seen all the same.
  EXPECT_TRUE(comes_true([&] { return place.sh("git stream spawn F1 -- true").status == 0; }));
  EXPECT_EQ(run_state("d[\"exit_code\"]"), "0\n");
}

TEST_F(SpawnCommand, CtrlCLeavesNoChildBehind) {
  const Said said =
      place.sh(kInBackground +
               "git stream spawn F1 -- sh -c 'sleep 300 & echo $! >../sleeper; wait' & "
               "wait_for '[ -s ../sleeper ]'; kill -INT -$!; "
               "wait $! && code=0 || code=$?; echo $code");
  EXPECT_EQ(said.output, "130\n") << said.errors;
  const std::string sleeper = place.must("cat ../sleeper");
  EXPECT_TRUE(comes_true([&] { return place.sh("kill -0 " + sleeper).status != 0; }));
  EXPECT_THAT(repo.log("--action ended"), HasSubstr("interrupted=true"));
}

TEST_F(SpawnCommand, ItIsShownOnATerminal) {
  const Said said = place.sh(
      "script -qec \"git stream spawn F1 -- sh -c 'test -t 1 || echo seen'\" /dev/null </dev/null");
  EXPECT_EQ(said.status, 0) << said.errors;
  EXPECT_THAT(said.output, AllOf(HasSubstr("seen"), HasSubstr("agent-F1: exit 0")));
}

TEST_F(SpawnCommand, AnswersInJson) {
  const std::string text = place.must("git stream spawn F1 --json -- sh -c 'echo hi; exit 0'");
  EXPECT_THAT(text, AllOf(testing::StartsWith("{\"schema\": 1, \"agent\": \"agent-F1\""),
                          HasSubstr("\"exit_code\": 0"), Not(HasSubstr("hi\n"))));
}

TEST_F(SpawnCommand, ValidateTellsEveryStep) {
  repo.set_policy(
      two_streams("validate:\n"
                  "  - {name: types, run: [test, -f, setup.py]}\n"
                  "  - {name: tests, run: [sh, -c, \"echo 1 failed; exit 1\"]}\n"
                  "  - {name: gone, run: [no-such-program]}\n"));
  const Said said = stream.in("llm").sh("git stream validate");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.errors, "");
  EXPECT_THAT(said.output, AllOf(HasSubstr("types: ok, "), HasSubstr("tests: FAILED (exit 1), "),
                                 HasSubstr("/validate-tests.log\n"),
                                 HasSubstr("gone: missing program: cannot run no-such-program")));
  EXPECT_EQ(repo.state("reports/validate-tests.log"), "1 failed\n");
  EXPECT_THAT(repo.log("--action validated"), HasSubstr("types ok, tests failed, gone missing"));
  EXPECT_EQ(place.sh("git stream validate --step types").status, 0);
  EXPECT_EQ(place.sh("git stream validate --step gone").status, 2);
  EXPECT_EQ(place.sh("git stream validate --step tipes").status, 2);
  EXPECT_EQ(json_of(place, "validate --step types", "d[\"passed\"], d[\"steps\"][0][\"outcome\"]"),
            "True ok\n");
}

TEST_F(SpawnCommand, ValidateNeedsAWorktreeAndSteps) {
  EXPECT_EQ(place.must("git stream validate"), "the policy has no validate steps\n");
  place.must("git clone -q --bare . ../bare.git");
  const Said bare = Place(repo, repo.folder() / "bare.git").sh("git stream validate");
  EXPECT_EQ(bare.status, 2);
  EXPECT_THAT(bare.errors, HasSubstr("there is no worktree here"));
}

TEST_F(SpawnCommand, CtrlCEndsAValidation) {
  repo.set_policy(
      two_streams("validate:\n"
                  "  - {name: tests, run: [sh, -c, \"sleep 300 & echo $! >../sleeper; wait\"]}\n"
                  "  - {name: more, run: [\"true\"]}\n"));
  const Said said = place.sh(kInBackground +
                             "git-stream validate & wait_for '[ -s ../sleeper ]'; "
                             "kill -INT -$!; wait $! && code=0 || code=$?; echo $code");
  EXPECT_THAT(said.output, AllOf(HasSubstr("tests: interrupted"), testing::EndsWith("130\n")));
  EXPECT_THAT(said.errors, HasSubstr("1 step not run"));
  const std::string sleeper = place.must("cat ../sleeper");
  EXPECT_TRUE(comes_true([&] { return place.sh("kill -0 " + sleeper).status != 0; }));
}

}  // namespace

}  // namespace gs::test
