#include "lib/streams/lifecycle/spawn.h"

#include <csignal>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "lib/platform/process_id.h"
#include "lib/state/handoffs.h"
#include "tests/unit/streams/agent_repo.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::ExitCode;
using testing::ElementsAre;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Spawn : public AgentRepo {
 protected:
  Spawn()
      : AgentRepo(agents_policy("agent_command: [cat, \"{task_file}\"]\n"
                                "tasks:\n"
                                "  - {title: First, agent: F1, status: completed}\n"
                                "  - {title: Sentiment (5→1), agent: F1, priority: P0}\n"
                                "  - {title: News, stream: F, agent: F2}\n")) {}
  ~Spawn() override {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }

  Spawned spawn(const std::string& name, const Words& argv = {},
                const std::function<void(SpawnOptions&)>& more = {}) const {
    SpawnOptions options;
    options.agent = name;
    options.argv = argv;
    if (more) more(options);
    session::Session opened = session();
    return streams::spawn(opened, options);
  }
  core::Error refusal(const std::string& name, const Words& argv = {"true"}) const {
    return error_of([&] { spawn(name, argv); });
  }
  std::string log_of(const std::string& name) const {
    return state_text("logs/agent-" + name + ".log");
  }
  // What it printed last, without the line that begins a run.
  std::string said(const std::string& name) const {
    const std::string text = log_of(name);
    const std::size_t header = text.rfind("=== ");
    return header == text.npos ? "NO HEADER" : text.substr(text.find('\n', header) + 1);
  }
  // Runs until `end` is called.
  pid_t begin(const std::string& name) const {
    return spawn(name, {"sleep", "300"}, [](SpawnOptions& options) { options.detach = true; }).pid;
  }
  void end(const std::string& stream, const std::string& name) const {
    kill(static_cast<pid_t>(run_of(stream, name)->process.pid), SIGTERM);
    EXPECT_TRUE(comes_true([&] { return run_of(stream, name)->ended_at.has_value(); }));
  }
};

TEST_F(Spawn, RunsInTheWorktreeInTheAgentsName) {
  setenv("GIT_DIR", (repo.path() / ".git").c_str(), 1);
  setenv("GIT_INDEX_FILE", "elsewhere", 1);
  setenv("GIT_STREAM_BYPASS", "a person's", 1);
  setenv("GIT_STREAM_TASK_FILE", "another's", 1);
  const Spawned spawned =
      spawn("agent-F1", {"sh", "-c",
                         "pwd; git rev-parse --abbrev-ref HEAD; "
                         "echo $GIT_STREAM_AGENT $GIT_STREAM_STREAM $GIT_STREAM_LOG "
                         "${GIT_STREAM_BYPASS-none} ${GIT_STREAM_TASK_FILE-none}"});
  for (const char* name :
       {"GIT_DIR", "GIT_INDEX_FILE", "GIT_STREAM_BYPASS", "GIT_STREAM_TASK_FILE"})
    unsetenv(name);
  EXPECT_TRUE(spawned.ending && spawned.ending->succeeded());
  EXPECT_EQ(spawned.stream.str(), "F");
  EXPECT_EQ(said("F1"), worktree("F").string() + "\nfeature/stream-F-x\nagent-F1 F " +
                            (state().logs() / "agent-F1.log").string() + " none none\n");
}

TEST_F(Spawn, RecordsAndLogsStartAndEnd) {
  spawn("F1", {"sh", "-c", "exit 3"});
  const auto run = run_of("F", "F1");
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->ended_at);
  EXPECT_EQ(run->exit_code, 3);
  EXPECT_EQ(run->signal, std::nullopt);
  EXPECT_EQ(run->process.boot_id, platform::boot_id());
  EXPECT_THAT(actions(), ElementsAre("agent-F1 started", "agent-F1 ended"));
  EXPECT_EQ(logged("started", "task"), "Sentiment (5→1)");
  EXPECT_EQ(logged("started", "pid"), std::to_string(run->process.pid));
  EXPECT_EQ(logged("started", "command"), "sh");
  EXPECT_EQ(logged("started", "detached"), "");
  EXPECT_EQ(logged("ended", "exit_code"), "3");
  EXPECT_NE(logged("ended", "duration"), "");
  spawn("F1", {"sh", "-c", "kill -9 $$"});
  EXPECT_EQ(run_of("F", "F1")->signal, SIGKILL);
  EXPECT_EQ(run_of("F", "F1")->exit_code, std::nullopt);
  EXPECT_EQ(logged("ended", "signal"), "9");
}

TEST_F(Spawn, EveryRunBeginsALineOfItsOwnInTheLog) {
  spawn("F1", {"echo", "a b", "$HOME"});
  spawn("F1", {"echo", "two"});
  EXPECT_THAT(log_of("F1"),
              testing::MatchesRegex("=== [^ ]+Z agent-F1: echo 'a b' '\\$HOME'\na b \\$HOME\n"
                                    "=== [^ ]+Z agent-F1: echo two\ntwo\n"));
}

TEST_F(Spawn, IsRecordedAsRunningWhileItRuns) {
  const Spawned spawned = spawn("F1", {"cat", state().streams().string()});
  EXPECT_THAT(said("F1"), HasSubstr("\"pid\""));
  EXPECT_THAT(said("F1"), testing::Not(HasSubstr("ended_at")));
}

TEST_F(Spawn, PlaceholdersAreFilledInOnce) {
  spawn("F2", {"printf", "%s|", "{agent}", "a{stream}b{stream}", "{worktree}", "{log_file}", "{x}",
               "{", "{agent"});
  EXPECT_EQ(said("F2"), "agent-F2|aFbF|" + worktree("F").string() + "|" +
                            (state().logs() / "agent-F2.log").string() + "|{x}|{|{agent|");
  EXPECT_EQ(filled_in("{agent}{task_file}", {"{stream}", "agent-F1", "F", "", ""}),
            "agent-F1{stream}");
}

TEST_F(Spawn, ATaskFileIsMadeWhereItIsAskedFor) {
  state::add_handoffs(
      state(), {{"agent-E1", {"agent-F1"}, state::now(), {"Risk"}, {"Chain"}, {}, "12 passing", ""},
                {"agent-E1", {"agent-F2"}, state::now(), {"Other"}, {}, {}, "", ""}});
  EXPECT_TRUE(spawn("F1").ending->succeeded());
  EXPECT_THAT(said("F1"), HasSubstr("- [ ] Sentiment (5→1) (P0, todo)\n"));
  EXPECT_THAT(said("F1"), HasSubstr("- [x] First (done)\n"));
  EXPECT_THAT(said("F1"), HasSubstr("- `llm/sentiment*.py`\n"));
  EXPECT_THAT(said("F1"), HasSubstr("  - Chain\n"));
  EXPECT_THAT(said("F1"), testing::Not(HasSubstr("Other")));
  EXPECT_THAT(said("F1"), testing::Not(HasSubstr("News")));
  EXPECT_TRUE(fs::exists(state().logs() / "agent-F1.task.md"));
  spawn("F2", {"sh", "-c", "echo ${GIT_STREAM_TASK_FILE-none}"});
  EXPECT_EQ(said("F2"), "none\n");
  EXPECT_FALSE(fs::exists(state().logs() / "agent-F2.task.md"));
}

TEST_F(Spawn, AGivenTaskFileIsHandedOver) {
  repo.write("todo.txt", "do this\n");
  const auto given = [&](const char* file) {
    return [path = repo.path() / file](SpawnOptions& options) { options.task_file = path; };
  };
  spawn("F1", {}, given("todo.txt"));
  EXPECT_EQ(said("F1"), "do this\n");
  spawn("F1", {"sh", "-c", "cat $GIT_STREAM_TASK_FILE"}, given("todo.txt"));
  EXPECT_EQ(said("F1"), "do this\n");
  EXPECT_EQ(error_of([&] { spawn("F1", {}, given("nowhere.txt")); }).code(), ExitCode::usage);
  EXPECT_THAT(error_of([&] { spawn("F1", {}, given(".git")); }).what(), HasSubstr("a folder"));
}

TEST_F(Spawn, RefusesBeforeItsTurn) {
  const core::Error early = refusal("E2");
  EXPECT_EQ(early.code(), ExitCode::findings);
  EXPECT_STREQ(early.what(), "agent-E2 comes after agent-E1, which is not done");
  EXPECT_THAT(early.hint(), HasSubstr("git stream complete E1"));
  EXPECT_THAT(actions(), testing::IsEmpty());
  EXPECT_EQ(run_of("E", "E2"), std::nullopt);
  EXPECT_EQ(log_of("E2"), "");
  spawn("E2", {"true"}, [](SpawnOptions& options) { options.anyway = true; });
  change("E", [](state::StreamRecord& record) {
    record.completed_agents.emplace_back(agent("E1"), state::now());
  });
  EXPECT_TRUE(spawn("E2", {"true"}).ending->succeeded());
}

TEST_F(Spawn, RefusesWhereTheStreamIsNotAtWork) {
  EXPECT_STREQ(refusal("H1").what(), "stream H was not started");
  EXPECT_EQ(refusal("H1").hint(), "git stream start H");
  const auto set = [&](core::StreamStatus status) {
    change("F", [&](state::StreamRecord& record) { record.status = status; });
  };
  set(core::StreamStatus::completed);
  EXPECT_STREQ(refusal("F1").what(), "stream F is completed");
  EXPECT_EQ(refusal("F1").hint(), "git stream merge F");
  set(core::StreamStatus::merged);
  EXPECT_STREQ(refusal("F1").what(), "stream F is merged");
  set(core::StreamStatus::in_progress);
  fs::remove_all(worktree("F"));
  EXPECT_EQ(refusal("F1").code(), ExitCode::findings);
  EXPECT_THAT(refusal("F1").what(), HasSubstr("is gone"));
  EXPECT_EQ(refusal("F1").hint(), "git stream start F");
}

TEST_F(Spawn, RefusesWhatCannotBeRun) {
  EXPECT_EQ(refusal("F9").code(), ExitCode::usage);
  EXPECT_THAT(refusal("F9").hint(), HasSubstr("did you mean"));
  EXPECT_EQ(refusal("F1", {"no-such-program"}).code(), ExitCode::usage);
  EXPECT_EQ(run_of("F", "F1"), std::nullopt) << "it never ran";
  EXPECT_THAT(actions(), testing::IsEmpty());
  spawn("F1", {"true"});
  const auto before = run_of("F", "F1");
  refusal("F1", {"no-such-program"});
  EXPECT_EQ(run_of("F", "F1"), before);
}

TEST_F(Spawn, ADetachedOneGoesOnAndItsEndIsSeen) {
  const pid_t pid = begin("F1");
  EXPECT_EQ(run_of("F", "F1")->process, platform::process_id_of(pid));
  EXPECT_THAT(actions(), ElementsAre("agent-F1 started"));
  EXPECT_EQ(logged("started", "detached"), "true");
  const core::Error twice = refusal("F1");
  EXPECT_EQ(twice.code(), ExitCode::findings);
  EXPECT_THAT(twice.what(), HasSubstr("runs already: pid " + std::to_string(pid)));
  EXPECT_THAT(refusal("F2").what(), HasSubstr("agent-F1 runs in the same worktree"));
  spawn("F2", {"true"}, [](SpawnOptions& options) { options.anyway = true; });
  end("F", "F1");
  EXPECT_EQ(run_of("F", "F1")->signal, SIGTERM);
  ASSERT_TRUE(comes_true([&] { return logged("ended", "signal") == "15"; }));
  EXPECT_TRUE(spawn("F1", {"true"}).ending->succeeded());
}

TEST_F(Spawn, ADetachedProgramThatIsMissingIsTold) {
  const core::Error missing = error_of([&] {
    spawn("F1", {"no-such-program"}, [](SpawnOptions& options) { options.detach = true; });
  });
  EXPECT_EQ(missing.code(), ExitCode::usage);
  EXPECT_THAT(missing.what(), HasSubstr("no-such-program"));
  EXPECT_EQ(run_of("F", "F1"), std::nullopt);
}

TEST_F(Spawn, OneAtATimeWhereThePolicySaysSo) {
  begin("G1");
  const core::Error second = refusal("G2");
  EXPECT_EQ(second.code(), ExitCode::findings);
  EXPECT_THAT(second.what(), HasSubstr("one agent at a time (parallel: none), and agent-G1 runs"));
  spawn("G2", {"true"}, [](SpawnOptions& options) { options.anyway = true; });
  end("G", "G1");
  spawn("G2", {"true"});
}

TEST_F(Spawn, ARunWhoseEndNobodySawHoldsNobodyUp) {
  change("F", [](state::StreamRecord& record) {
    platform::ProcessId gone = platform::process_id_of(getpid());
    ++gone.start_time;
    record.runs.push_back({agent("F1"), gone, state::now(), {}, {}, {}});
  });
  EXPECT_TRUE(spawn("F1", {"true"}).ending->succeeded());
  EXPECT_EQ(run_of("F", "F1")->exit_code, 0);
}

TEST_F(Spawn, OfTwoAtOnceOnlyOneRuns) {
  constexpr int kRounds = 5, kContenders = 4;
  for (int round = 0; round < kRounds; ++round) {
    const std::string script =
        "echo x >>" + (repo.folder() / "ran").string() + "; sleep 300 >/dev/null";
    std::vector<pid_t> contenders;
    for (int i = 0; i < kContenders; ++i) {
      const pid_t pid = fork();
      if (pid == 0) {
        int code = 0;
        try {
          spawn("F1", {"sh", "-c", script}, [](SpawnOptions& options) { options.detach = true; });
        } catch (const core::Error& error) {
          code = static_cast<int>(error.code());
        }
        _exit(code);
      }
      contenders.push_back(pid);
    }
    int refused = 0;
    for (const pid_t pid : contenders) {
      int status = 0;
      waitpid(pid, &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 1) ++refused;
    }
    EXPECT_EQ(refused, kContenders - 1);
    const pid_t winner = static_cast<pid_t>(run_of("F", "F1")->process.pid);
    kill(-winner, SIGTERM);
    ASSERT_TRUE(comes_true([&] { return run_of("F", "F1")->ended_at.has_value(); }));
  }
  EXPECT_EQ(actions().size(), 2U * kRounds);
}

TEST_F(Spawn, AnInterruptionIsRecorded) {
  std::thread sender;
  sigset_t held, before;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &held, &before);  // for the thread
  sender = std::thread([&] {
    comes_true([&] { return said("F1") == "ready\n"; });
    kill(getpid(), SIGTERM);
  });
  const Spawned spawned = spawn("F1", {"sh", "-c", "echo ready; exec sleep 300"});
  sender.join();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_TRUE(spawned.ending->interrupted);
  EXPECT_EQ(run_of("F", "F1")->signal, SIGTERM);
  EXPECT_EQ(logged("ended", "interrupted"), "true");
}

class NoCommand : public AgentRepo {};

TEST_F(NoCommand, IsSaid) {
  session::Session opened = session();
  const core::Error none = error_of([&] { streams::spawn(opened, {"F1", {}, {}}); });
  EXPECT_EQ(none.code(), ExitCode::usage);
  EXPECT_STREQ(none.what(), "the policy has no agent_command");
}

}  // namespace

}  // namespace gs::streams
