#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/platform/process_id.h"
#include "lib/process/child.h"
#include "tests/unit/process/process_support.h"

namespace gs::process {

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Detached : public testing::Test {
 protected:
  ~Detached() override {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
  // Its end is written into the file "end".
  pid_t run(const std::string& script, const std::function<void(pid_t)>& started = {}) const {
    Watch watch;
    watch.log = log;
    watch.started = started;
    return run_detached(sh(script), watch, [end = folder.path() / "end"](const Ending& ending) {
      std::ofstream(end) << ending.exit_code.value_or(-1) << " " << ending.signal.value_or(0)
                         << "\n";
    });
  }
  bool ends_with(const std::string& end) const {
    return comes_true([&] { return slurp(folder.path() / "end") == end; });
  }
  std::string in(const char* file) const { return (folder.path() / file).string(); }

  test::TempFolder folder;
  fs::path log = folder.path() / "log";
};

TEST_F(Detached, RunsAndItsEndIsSeen) {
  const pid_t pid = run("until [ -e " + in("go") + " ]; do sleep 0.02; done; echo done; exit 3");
  EXPECT_NE(platform::liveness(platform::process_id_of(pid)), platform::Liveness::ended);
  EXPECT_FALSE(fs::exists(folder.path() / "end"));
  std::ofstream(in("go")) << "go";
  EXPECT_TRUE(ends_with("3 0\n"));
  EXPECT_EQ(slurp(log), "done\n");
}

TEST_F(Detached, HasNoTerminalNoFilesOfOursAndItsOwnSession) {
  const platform::Descriptor held(open(log.c_str(), O_WRONLY | O_CREAT, 0600));  // not CLOEXEC
  fcntl(held.get(), F_SETFD, 0);
  run("ls /proc/self/fd; readlink /proc/self/fd/0; ps -o sid= -p $$ | tr -d ' '; echo $$");
  ASSERT_TRUE(ends_with("0 0\n"));
  const std::string text = slurp(log);
  EXPECT_THAT(text, testing::StartsWith("0\n1\n2\n3\n/dev/null\n"));
  const std::string numbers = text.substr(std::string("0\n1\n2\n3\n/dev/null\n").size());
  const std::string sid = numbers.substr(0, numbers.find('\n') + 1);
  EXPECT_EQ(numbers, sid + sid);
  EXPECT_NE(sid, std::to_string(getsid(0)) + "\n");
}

TEST_F(Detached, IsRecordedBeforeWeGoOn) {
  const pid_t pid = run("exec sleep 300", [&](pid_t started) {
    std::ofstream(folder.path() / "started") << started << " " << getpid() << "\n";
  });
  const std::string text = slurp(folder.path() / "started");
  EXPECT_THAT(text, testing::StartsWith(std::to_string(pid) + " "));
  EXPECT_EQ(text.find(" " + std::to_string(getpid()) + "\n"), std::string::npos);
  kill(pid, SIGTERM);
  EXPECT_TRUE(ends_with("-1 15\n"));
}

TEST_F(Detached, NobodyWaitsForItByAnOpenFile) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t pid = run("exec sleep 300");
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0) << "somebody holds the other end";
  close(ends[0]);
  kill(pid, SIGKILL);
  EXPECT_TRUE(ends_with("-1 9\n"));
}

TEST_F(Detached, SaysWhatIsWrongAtOnce) {
  Watch watch;
  watch.log = log;
  EXPECT_THROW(run_detached({{"no-such-program"}, {}, {}, {}, {}}, watch, {}), MissingProgram);
  EXPECT_THROW(run_detached({{"true"}, in("nowhere"), {}, {}, {}}, watch, {}), core::Error);
  watch.log = folder.path() / "nowhere" / "log";
  EXPECT_THROW(run_detached(sh("true"), watch, {}), core::Error);
  watch.log = log;
  watch.started = [](pid_t) { throw core::Error(core::ExitCode::broken, "no state"); };
  try {
    run_detached(sh("exec sleep 300"), watch, {});
    FAIL() << "nobody was told of it";
  } catch (const core::Error& error) {
    EXPECT_STREQ(error.what(), "no state");
  }
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_FALSE(fs::exists(folder.path() / "end"));
}

TEST_F(Detached, WhoWaitsHandsItsSignalsOn) {
  const pid_t pid = run("trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 0.02; done");
  ASSERT_TRUE(comes_true([&] { return slurp(log) == "ready\n"; }));
  const std::string stat = slurp("/proc/" + std::to_string(pid) + "/stat");
  const pid_t waiting = static_cast<pid_t>(std::stol(stat.substr(stat.rfind(") ") + 4)));
  ASSERT_NE(waiting, getpid());
  kill(waiting, SIGTERM);
  EXPECT_TRUE(ends_with("5 0\n"));
  EXPECT_THAT(slurp(log), HasSubstr("told"));
}

TEST_F(Detached, WhatCannotBeRecordedAtTheEndIsInTheLog) {
  Watch watch;
  watch.log = log;
  run_detached(sh("true"), watch, [](const Ending&) {
    throw core::Error(core::ExitCode::broken, "no room for its end");
  });
  EXPECT_TRUE(comes_true([&] { return slurp(log) == "git-stream: no room for its end\n"; }));
}

}  // namespace

}  // namespace gs::process
