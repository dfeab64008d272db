#include "lib/process/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/platform/process_id.h"
#include "lib/process/signals.h"
#include "tests/unit/process/process_support.h"

namespace gs::process {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

class Child : public testing::Test {
 protected:
  Ending run(const std::string& script, const std::function<void(Watch&)>& more = {}) const {
    Watch watch;
    watch.log = log;
    if (more) more(watch);
    return run_watched(sh(script), watch);
  }
  bool says(const std::string& part) const { return slurp(log).find(part) != std::string::npos; }
  // The pid that a script wrote with `echo $! >FILE`, once it is there.
  pid_t noted(const char* file) const {
    EXPECT_TRUE(comes_true([&] { return slurp(folder.path() / file).ends_with('\n'); }));
    return static_cast<pid_t>(std::stol(slurp(folder.path() / file)));
  }
  std::string in(const char* file) const { return (folder.path() / file).string(); }

  test::TempFolder folder;
  fs::path log = folder.path() / "log";
};

bool runs(pid_t pid) {
  return platform::liveness(platform::process_id_of(pid)) != platform::Liveness::ended;
}

rlimit limit_files_to(rlim_t bytes) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{bytes, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  return before;
}

// All that can be read from a descriptor until its other end is closed.
std::string read_to_end(int from) {
  std::string text;
  char buffer[65536];
  ssize_t count = 0;
  while ((count = read(from, buffer, sizeof buffer)) > 0)
    text.append(buffer, static_cast<std::size_t>(count));
  return text;
}

TEST_F(Child, TellsItsExitCodeAndWritesBothStreamsInOrder) {
  const Ending ending = run("echo out; echo err >&2; echo again; exit 7");
  EXPECT_EQ(ending.exit_code, 7);
  EXPECT_EQ(ending.signal, std::nullopt);
  EXPECT_FALSE(ending.succeeded() || ending.timed_out || ending.interrupted);
  EXPECT_EQ(slurp(log), "out\nerr\nagain\n");
  EXPECT_TRUE(run("true").succeeded());
}

TEST_F(Child, TellsTheSignalThatEndedIt) {
  const Ending ending = run("kill -9 $$");
  EXPECT_EQ(ending.signal, SIGKILL);
  EXPECT_EQ(ending.exit_code, std::nullopt);
  EXPECT_FALSE(ending.interrupted);
}

TEST_F(Child, AddsToTheLogOrBeginsANewOne) {
  run("echo one");
  run("echo two");
  EXPECT_EQ(slurp(log), "one\ntwo\n");
  const fs::path kept = folder.path() / "kept";
  fs::create_hard_link(log, kept);
  run("echo three", [](Watch& watch) { watch.fresh = true; });
  EXPECT_EQ(slurp(log), "three\n");
  EXPECT_EQ(slurp(kept), "one\ntwo\n") << "who reads the old one goes on reading it";
}

TEST_F(Child, MakesTheLogAsTheUmaskSays) {
  const mode_t before = umask(027);
  run("true");
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(log.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(Child, WritesThroughNoLinkAndIntoNoPipe) {
  const fs::path target = folder.path() / "target";
  fs::create_symlink(target, log);
  EXPECT_THROW(run("true"), core::Error);
  EXPECT_FALSE(fs::exists(target));
  fs::remove(log);
  ASSERT_EQ(mkfifo(log.c_str(), 0600), 0);
  EXPECT_THROW(run("true"), core::Error);
  const platform::Descriptor reader(open(log.c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_THROW(run("true"), core::Error);
}

TEST_F(Child, SaysWhenTheProgramIsMissing) {
  Watch watch;
  watch.log = log;
  EXPECT_THROW(run_watched({{"no-such-program"}, {}, {}, {}, {}}, watch), MissingProgram);
  std::ofstream(folder.path() / "plain") << "no program";
  EXPECT_THROW(run_watched({{in("plain")}, {}, {}, {}, {}}, watch), MissingProgram);
  try {
    run_watched({{"true"}, in("nowhere"), {}, {}, {}}, watch);
    FAIL() << "it ran in a folder that is not there";
  } catch (const MissingProgram&) {
    FAIL() << "the folder is missing, not the program";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot run true"));
  }
}

TEST_F(Child, RunsWhereAndWithWhatTheCommandSays) {
  Watch watch;
  watch.log = log;
  setenv("GS_TAKEN_OUT", "1", 1);
  run_watched({{"sh", "-c", "pwd; echo $GS_PUT_IN${GS_TAKEN_OUT-gone}"},
               folder.path().string(),
               {"GS_TAKEN_OUT"},
               {"GS_PUT_IN=in "},
               {}},
              watch);
  unsetenv("GS_TAKEN_OUT");
  EXPECT_EQ(slurp(log), folder.path().string() + "\nin gone\n");
}

TEST_F(Child, GetsItsWordsAsTheyAre) {
  Watch watch;
  watch.log = log;
  run_watched({{"printf", "%s|", "a b", "$HOME", "*", "`id`", "; echo no", ""}, {}, {}, {}, {}},
              watch);
  EXPECT_EQ(slurp(log), "a b|$HOME|*|`id`|; echo no||");
}

TEST_F(Child, IsToldOfWhileItRuns) {
  pid_t told = 0;
  const Ending ending = run("echo $$", [&](Watch& watch) {
    watch.started = [&](pid_t pid) {
      told = pid;
      EXPECT_TRUE(runs(pid) || says("\n"));
    };
  });
  EXPECT_TRUE(ending.succeeded());
  EXPECT_EQ(slurp(log), std::to_string(told) + "\n");
}

TEST_F(Child, IsEndedWhenNobodyCanBeToldOfIt) {
  pid_t pid = 0;
  EXPECT_THROW(run("exec sleep 300",
                   [&](Watch& watch) {
                     watch.started = [&](pid_t started) {
                       pid = started;
                       throw core::Error(core::ExitCode::broken, "no state");
                     };
                   }),
               core::Error);
  EXPECT_FALSE(runs(pid));
}

TEST_F(Child, KnowsNothingOfTheSignalsThatAreHeldBack) {
  const std::string script = "grep -E '^Sig(Blk|Ign)' /proc/self/status";
  const std::string before = process::run(sh(script)).output;
  const SignalGuard guard;
  run(script);
  EXPECT_EQ(slurp(log), before);
}

TEST_F(Child, HoldsNoneOfOurFilesOpen) {
  const std::string before = process::run(sh("ls /proc/self/fd")).output;
  run("ls /proc/self/fd");
  EXPECT_EQ(slurp(log), before);
}

TEST_F(Child, ReadsNothingUnlessItMay) {
  EXPECT_TRUE(run("test -z \"$(cat)\"").succeeded());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int stdin_before = dup(0);
  ASSERT_EQ(write(ends[1], "typed\n", 6), 6);
  close(ends[1]);
  dup2(ends[0], 0);
  const Ending ending = run("cat", [](Watch& watch) { watch.input = true; });
  dup2(stdin_before, 0);
  close(stdin_before);
  close(ends[0]);
  EXPECT_TRUE(ending.succeeded());
  EXPECT_EQ(slurp(log), "typed\n");
}

TEST_F(Child, LeavesNoZombie) {
  for (int i = 0; i < 20; ++i) run("exit 3");
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(Child, TellsItsEndAlsoWhereChildrenAreIgnored) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run("exit 4").exit_code, 4);
  std::signal(SIGCHLD, before);
}

// --- time limits, signals, groups ---

TEST_F(Child, IsEndedWithItsWholeGroupAtTheTimeLimit) {
  const Ending ending = run("sleep 300 & echo $! >" + in("pid") + "; wait",
                            [](Watch& watch) { watch.limit = 200ms; });
  EXPECT_TRUE(ending.timed_out);
  EXPECT_FALSE(ending.interrupted);
  EXPECT_EQ(ending.signal, SIGTERM);
  const pid_t sleeper = noted("pid");
  EXPECT_TRUE(comes_true([&] { return !runs(sleeper); }));
}

TEST_F(Child, IsKilledWhenItDoesNotHeedTheLimit) {
  const Ending ending =
      run("trap '' TERM; echo ready; while :; do sleep 0.05; done", [](Watch& watch) {
        watch.limit = 500ms;
        watch.grace = 100ms;
      });
  EXPECT_TRUE(ending.timed_out);
  EXPECT_EQ(ending.signal, SIGKILL);
}

TEST_F(Child, MayTidyUpAtTheLimit) {
  const Ending ending =
      run("trap 'echo tidied; exit 5' TERM; echo ready; while :; do sleep 0.05; done",
          [](Watch& watch) { watch.limit = 500ms; });
  EXPECT_TRUE(ending.timed_out);
  EXPECT_EQ(ending.exit_code, 5);
  EXPECT_TRUE(says("tidied"));
}

TEST_F(Child, TheRestOfTheGroupGetsItsGraceToo) {
  // The first to end is the leader; what it started still tidies up.
  const Ending ending =
      run("sh -c 'trap \"sleep 0.3; echo tidied; exit\" TERM; echo ready; while :; do sleep 0.05; "
          "done' & wait",
          [](Watch& watch) { watch.limit = 600ms; });
  EXPECT_TRUE(ending.timed_out);
  EXPECT_TRUE(says("tidied")) << slurp(log);
}

TEST_F(Child, AStoppedOneIsEndedToo) {
  const Ending ending = run("kill -STOP $$", [](Watch& watch) { watch.limit = 300ms; });
  EXPECT_TRUE(ending.timed_out);
  EXPECT_EQ(ending.signal, SIGTERM);
}

TEST_F(Child, WhatItLeavesBehindGoesOnAndHoldsNobodyUp) {
  const Ending ending = run("sleep 300 & echo $! >" + in("pid"), [](Watch& watch) {
    watch.show = STDOUT_FILENO;  // it has our pipe open
  });
  EXPECT_TRUE(ending.succeeded());
  const pid_t sleeper = noted("pid");
  EXPECT_TRUE(runs(sleeper));
  kill(sleeper, SIGKILL);
}

class Signalled : public Child, public testing::WithParamInterface<int> {};

TEST_P(Signalled, AreHandedOnToTheWholeGroup) {
  const SignalGuard guard;  // the threads of this test take none
  std::thread sender([&] {
    const pid_t sleeper = noted("pid");
    EXPECT_TRUE(runs(sleeper));
    kill(getpid(), GetParam());
  });
  const Ending ending = run("sleep 300 & echo $! >" + in("pid") + "; wait");
  sender.join();
  EXPECT_TRUE(ending.interrupted);
  EXPECT_FALSE(ending.succeeded());
  EXPECT_EQ(ending.signal, GetParam());
  const pid_t sleeper = noted("pid");
  EXPECT_TRUE(comes_true([&] { return !runs(sleeper); }));
}
INSTANTIATE_TEST_SUITE_P(Each, Signalled, testing::Values(SIGINT, SIGTERM, SIGHUP));

// --- shown as well ---

TEST_F(Child, IsShownAndLogged) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Ending ending =
      run("printf 'a\\0b\\n'; echo err >&2", [&](Watch& watch) { watch.show = ends[1]; });
  close(ends[1]);
  EXPECT_TRUE(ending.succeeded());
  EXPECT_EQ(read_to_end(ends[0]), std::string("a\0b\nerr\n", 8));
  EXPECT_EQ(slurp(log), std::string("a\0b\nerr\n", 8));
  close(ends[0]);
}

constexpr char kFiftyMebibytes[] = "head -c 52428800 /dev/zero";
constexpr std::size_t kFifty = 52428800;

TEST_F(Child, FiftyMebibytesGoThrough) {
  EXPECT_TRUE(run(kFiftyMebibytes).succeeded());
  EXPECT_EQ(fs::file_size(log), kFifty);
  fs::remove(log);
  const platform::Descriptor null(open("/dev/null", O_WRONLY));
  EXPECT_TRUE(run(kFiftyMebibytes, [&](Watch& watch) { watch.show = null.get(); }).succeeded());
  EXPECT_EQ(fs::file_size(log), kFifty);
}

TEST_F(Child, AClosedScreenDoesNotStopTheLog) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  EXPECT_TRUE(run(kFiftyMebibytes, [&](Watch& watch) { watch.show = ends[1]; }).succeeded());
  EXPECT_EQ(fs::file_size(log), kFifty);
  close(ends[1]);
}

TEST_F(Child, AScreenThatStandsStillDoesNotStopTheLog) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // nobody reads it
  EXPECT_TRUE(run(kFiftyMebibytes, [&](Watch& watch) { watch.show = ends[1]; }).succeeded());
  EXPECT_EQ(fs::file_size(log), kFifty);
  close(ends[0]);
}

TEST_F(Child, WhatAScreenCouldNotTakeIsSaid) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string shown;
  std::thread reader;
  run(std::string(kFiftyMebibytes) + "; echo >" + in("all") + "; until [ -e " + in("read") +
          " ]; do sleep 0.05; done; echo last",
      [&](Watch& watch) {
        watch.show = ends[1];
        watch.tick = [&](Milliseconds) {
          if (reader.joinable() || !fs::exists(folder.path() / "all")) return;
          reader = std::thread([&] {
            char buffer[65536];
            // What was waiting for room is read; then the last line may come.
            for (std::size_t sum = 0; sum < 65536 * 4;) {
              const ssize_t count = read(ends[0], buffer, sizeof buffer);
              if (count <= 0) return;
              sum += static_cast<std::size_t>(count);
            }
            std::ofstream(in("read")) << "yes";
            shown = read_to_end(ends[0]);
          });
        };
      });
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_TRUE(shown.find(" bytes not shown: they are in the log]\r\n") != std::string::npos);
  EXPECT_TRUE(shown.ends_with("last\n"));
  EXPECT_LT(shown.size(), kFifty / 2);
}

TEST_F(Child, AFullDiskIsToldAndDoesNotHoldItUp) {
  const platform::Descriptor null(open("/dev/null", O_WRONLY));
  const rlimit before = limit_files_to(1 << 20);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const Ending ending = run("trap '' XFSZ; " + std::string(kFiftyMebibytes),
                            [&](Watch& watch) { watch.show = null.get(); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(ending.exit_code, 0);
  EXPECT_EQ(ending.log_error, EFBIG);
}

}  // namespace

}  // namespace gs::process
