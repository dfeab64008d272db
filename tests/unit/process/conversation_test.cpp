#include "lib/process/conversation.h"

#include <gtest/gtest.h>

#include "lib/core/error.h"

namespace gs::process {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMost = std::size_t{8} << 20;

Command shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

TEST(Conversation, EachLineGetsOne) {
  Conversation talk(shell("read first; while read line; do echo \"$first $line\"; done"));
  talk.tell("hello");
  EXPECT_EQ(talk.ask("a", milliseconds(10'000), kMost), "hello a");
  EXPECT_EQ(talk.ask("b", milliseconds(10'000), kMost), "hello b");
}

TEST(Conversation, LongLinesPass) {
  Conversation talk(shell("exec cat"));
  const std::string line(std::size_t{3} << 20, 'x');
  EXPECT_EQ(talk.ask(line, milliseconds(30'000), kMost), line);
}

TEST(Conversation, WhoEndsIsHeard) {
  Conversation talk(shell("read line; echo why >&2; exit 3"));
  EXPECT_FALSE(talk.ask("a", milliseconds(10'000), kMost));
  EXPECT_EQ(talk.errors(), "why\n");
  EXPECT_FALSE(talk.ask("a", milliseconds(10'000), kMost)) << "and never answers again";
}

TEST(Conversation, WhoIsTooLateOrSaysTooMuchIsEnded) {
  const auto begin = std::chrono::steady_clock::now();
  Conversation late(shell("exec sleep 100"));
  EXPECT_FALSE(late.ask("a", milliseconds(100), kMost));
  Conversation loud(shell("exec yes | tr -d '\\n'"));
  EXPECT_FALSE(loud.ask("a", milliseconds(60'000), 1000));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(Conversation, WhoDoesNotHeedTheEndIsKilled) {
  const auto begin = std::chrono::steady_clock::now();
  { const Conversation deaf(shell("trap '' TERM; exec sleep 100")); }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(Conversation, WhatIsNotThereCannotBeStarted) {
  Command command;
  command.argv = {"/nonexistent/program"};
  EXPECT_THROW(Conversation{command}, core::Error);
}

}  // namespace
}  // namespace gs::process
