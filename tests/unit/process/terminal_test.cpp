// A child with a terminal of its own, shown on ours: both are pseudo-terminals here.

#include <cerrno>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process/child.h"
#include "tests/unit/process/process_support.h"

namespace gs::process {

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Terminal : public testing::Test {
 protected:
  // In a process of its own that has a terminal: runs the script in one that is shown there. Its
  // exit code is 0, or 42 for an interruption, or 43 for a terminal left in another state.
  void begin(const std::string& script, const std::function<void(Watch&)>& more = {}) {
    const winsize size{33, 77, 0, 0};
    pid_ = forkpty(&keys_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    termios before{}, after{};
    tcgetattr(0, &before);
    Watch watch;
    watch.log = log;
    watch.show = STDOUT_FILENO;
    watch.input = watch.terminal = true;
    if (more) more(watch);
    int code = 44;
    try {
      const Ending ending = run_watched(sh(script), watch);
      code = ending.interrupted ? 42 : ending.exit_code.value_or(45);
    } catch (const core::Error& error) {
      std::printf("%s\n", error.what());
    }
    const bool open = tcgetattr(0, &after) == 0;
    const bool same = before.c_lflag == after.c_lflag && before.c_iflag == after.c_iflag;
    if (open && !same) code = 43;
    _exit(code);
  }
  void type(const std::string& keys) const {
    ASSERT_EQ(write(keys_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  // Reads what is shown until this has been.
  bool shows(const std::string& part) {
    while (shown_.find(part) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  int code() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    close(keys_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  test::TempFolder folder;
  fs::path log = folder.path() / "log";
  std::string shown_;
  pid_t pid_ = -1;
  int keys_ = -1;

 private:
  bool read_some() {
    pollfd wait{keys_, POLLIN, 0};
    if (poll(&wait, 1, 60000) <= 0) return false;
    char buffer[4096];
    const ssize_t count = read(keys_, buffer, sizeof buffer);
    if (count <= 0) return false;
    shown_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
};

TEST_F(Terminal, IsTheChildsOwnOfTheSameSize) {
  begin("test -t 0 && test -t 1 && test -t 2 && stty size; echo said >/dev/tty");
  EXPECT_EQ(code(), 0);
  EXPECT_THAT(shown_, HasSubstr("33 77\r\nsaid\r\n"));
  EXPECT_EQ(slurp(log), "33 77\r\nsaid\r\n");
}

TEST_F(Terminal, KeysReachTheChild) {
  begin("echo name?; read name; echo hello $name");
  ASSERT_TRUE(shows("name?"));
  type("Ada\r");
  EXPECT_EQ(code(), 0);
  EXPECT_THAT(shown_, HasSubstr("hello Ada"));
  EXPECT_THAT(slurp(log), HasSubstr("hello Ada"));
}

TEST_F(Terminal, CtrlCIsTheChilds) {
  begin("echo ready; exec sleep 300");
  ASSERT_TRUE(shows("ready"));
  type("\x03");
  EXPECT_EQ(code(), 42);
}

TEST_F(Terminal, AChildMayHandleCtrlCItself) {
  begin("trap 'echo caught; exit 0' INT; echo ready; while :; do sleep 0.05; done");
  ASSERT_TRUE(shows("ready"));
  type("\x03");
  EXPECT_EQ(code(), 0);
  EXPECT_THAT(slurp(log), HasSubstr("caught"));
}

TEST_F(Terminal, ItsSizeFollowsOurs) {
  begin("trap 'stty size; exit 0' WINCH; echo ready; while :; do sleep 0.05; done");
  ASSERT_TRUE(shows("ready"));
  const winsize size{21, 99, 0, 0};
  ioctl(keys_, TIOCSWINSZ, &size);
  EXPECT_EQ(code(), 0);
  EXPECT_THAT(slurp(log), HasSubstr("21 99"));
}

TEST_F(Terminal, WhenItClosesTheChildIsToldAndEnds) {
  begin("echo $$ >" + (folder.path() / "pid").string() + "; echo ready; exec sleep 300");
  ASSERT_TRUE(shows("ready"));
  const auto child = static_cast<pid_t>(std::stol(slurp(folder.path() / "pid")));
  close(keys_);
  int status = 0;
  waitpid(pid_, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(comes_true([&] { return kill(child, 0) != 0 && errno == ESRCH; }));
}

TEST_F(Terminal, WithoutAScreenTheChildDoesNotReadFromIt) {
  begin("cat; echo end", [](Watch& watch) { watch.show = -1; });
  EXPECT_EQ(code(), 0);
  EXPECT_EQ(slurp(log), "end\n");
}

TEST_F(Terminal, MuchGoesThrough) {
  begin("seq 1 100000; echo last");
  EXPECT_EQ(code(), 0);
  EXPECT_TRUE(slurp(log).ends_with("100000\r\nlast\r\n"));
  EXPECT_TRUE(shown_.ends_with("last\r\n"));
}

}  // namespace

}  // namespace gs::process
