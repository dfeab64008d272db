// run() and its limit.

#include <chrono>
#include <filesystem>
#include <gmock/gmock.h>

#include "lib/process/process.h"
#include "tests/support/temp_repo.h"

namespace gs::process {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Command shell(const std::string& script, std::optional<std::chrono::milliseconds> limit) {
  Command command;
  command.argv = {"sh", "-c", script};
  command.limit = limit;
  return command;
}

TEST(RunLimit, IsNotReachedByWhatEnds) {
  const Result result = run(shell("echo out; echo err >&2; exit 3", 60s));
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
  EXPECT_FALSE(result.timed_out);
}

TEST(RunLimit, EndsWhatTakesTooLong) {
  const auto begin = Clock::now();
  const Result result = run(shell("echo before; sleep 60; echo after", 100ms));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 128 + 15);
  EXPECT_EQ(result.output, "before\n");
  EXPECT_LT(Clock::now() - begin, 20s);
}

TEST(RunLimit, EndsWhatDoesNotHeedIt) {
  const auto begin = Clock::now();
  const Result result = run(shell("trap '' TERM; while :; do sleep 1; done", 100ms));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 128 + 9);
  EXPECT_LT(Clock::now() - begin, 20s);
}

TEST(RunLimit, EndsWhatItHasStarted) {
  const test::TempFolder folder;
  const std::string file = (folder.path() / "late").string();
  run(shell("(sleep 2; echo >" + file + ") & wait", 100ms));
  EXPECT_EQ(run(shell("sleep 3; test -e " + file, std::nullopt)).status, 1);
}

TEST(RunLimit, LeavesItNoTerminal) {
  EXPECT_NE(run(shell("exec </dev/tty", 60s)).status, 0);
}

}  // namespace
}  // namespace gs::process
