// A child that is shown on our terminal, a pseudo-terminal here, and has none of its own.

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
  // In a process of its own that has a terminal: runs the script, shown there. Its exit code is the
  // script's, or 42 for an interruption, or 43 for a terminal left in another state.
  void begin(const std::string& script, const std::function<void(Watch&)>& more = {}) {
    const winsize size{33, 77, 0, 0};
    pid_ = forkpty(&keys_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    termios before{}, after{};
    tcgetattr(0, &before);
    Watch watch;
    watch.log = log;
    watch.show = STDOUT_FILENO;
    watch.input = true;
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

TEST_F(Terminal, TheChildWritesIntoAPipeAndReadsNothing) {
  begin("test -t 0 || test -t 1 || test -t 2 || echo none; cat; echo said");
  EXPECT_EQ(code(), 0);
  EXPECT_THAT(shown_, HasSubstr("none\r\nsaid\r\n"));
  EXPECT_EQ(slurp(log), "none\nsaid\n");
}

TEST_F(Terminal, CtrlCEndsTheChild) {
  begin("echo $$; exec sleep 300");
  ASSERT_TRUE(shows("\n"));
  const auto child = static_cast<pid_t>(std::stol(shown_));
  type("\x03");
  EXPECT_EQ(code(), 42);
  EXPECT_TRUE(comes_true([&] { return kill(child, 0) != 0 && errno == ESRCH; }));
}

TEST_F(Terminal, OneThatStandsStillHoldsNobodyUp) {
  begin("head -c 3000000 /dev/zero | tr '\\0' x; echo >" + (folder.path() / "all").string());
  EXPECT_TRUE(comes_true([&] { return fs::exists(folder.path() / "all"); })) << "nobody reads yet";
  EXPECT_EQ(code(), 0);
  EXPECT_EQ(fs::file_size(log), 3000000U);
  EXPECT_THAT(shown_, HasSubstr("xxx"));
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
  EXPECT_TRUE(slurp(log).ends_with("100000\nlast\n"));
  EXPECT_TRUE(shown_.ends_with("last\r\n"));
}

}  // namespace

}  // namespace gs::process
