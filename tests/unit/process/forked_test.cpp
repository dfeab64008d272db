#include "lib/process/forked.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

namespace gs::process {
namespace {

void wait_for_end(Forked& forked) {
  constexpr int kLongest = 20'000;  // milliseconds
  while (!forked.collect()) {
    std::array<pollfd, 3> waits{{{forked.output_descriptor(), POLLIN, 0},
                                 {forked.errors_descriptor(), POLLIN, 0},
                                 {forked.answer_descriptor(), POLLIN, 0}}};
    ASSERT_GT(poll(waits.data(), waits.size(), kLongest), 0);
  }
}

TEST(Forked, WhatItSaysAndItsExitCodeAreTaken) {
  const SignalGuard guard;
  const std::string large(1 << 20, 'x');
  Forked forked(
      [&](int answer) {
        std::fputs(large.c_str(), stdout);
        std::fputs("errors", stderr);
        dprintf(answer, "answer");
        char byte = 0;
        return read(STDIN_FILENO, &byte, 1) == 0 ? 7 : 8;
      },
      guard);
  wait_for_end(forked);
  EXPECT_EQ(forked.output, large);
  EXPECT_EQ(forked.errors, "errors");
  EXPECT_EQ(forked.answer, "answer");
  EXPECT_EQ(forked.status, 7);
}

TEST(Forked, ADeathIsItsSignal) {
  const SignalGuard guard;
  Forked thrown([](int) -> int { throw std::runtime_error("x"); }, guard);
  wait_for_end(thrown);
  EXPECT_EQ(thrown.status, 128 + SIGABRT);
  Forked stopped([](int) { return pause(); }, guard);
  EXPECT_FALSE(stopped.collect());
  stopped.stop();
  wait_for_end(stopped);
  EXPECT_EQ(stopped.status, 128 + SIGTERM);
}

TEST(Forked, WhatItLeavesBehindIsNotWaitedFor) {
  const SignalGuard guard;
  Forked forked(
      [](int) {
        std::fputs("said", stdout);
        std::fflush(stdout);
        return std::system("sleep 60 &");
      },
      guard);
  wait_for_end(forked);
  EXPECT_EQ(forked.output, "said");
  EXPECT_EQ(forked.status, 0);
}

TEST(Forked, WhoIsNotWaitedForIsKilled) {
  const SignalGuard guard;
  pid_t pid = -1;
  {
    Forked forked(
        [](int answer) {
          signal(SIGTERM, SIG_IGN);
          dprintf(answer, "%d\n", static_cast<int>(getpid()));
          return pause();
        },
        guard);
    pollfd wait{forked.answer_descriptor(), POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 20'000), 1);
    forked.stop();
    ASSERT_FALSE(forked.collect());
    pid = static_cast<pid_t>(std::stol(forked.answer));
  }
  EXPECT_EQ(kill(pid, 0), -1);
}

}  // namespace
}  // namespace gs::process
