// What git tells pre-push and pre-receive, and how a remote is shown.

#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/gates/push_gate.h"
#include "lib/git/refs/remotes.h"

namespace gs::gates {
namespace {

const std::string kOne(40, '1'), kNone(40, '0');

TEST(PushedRefs, AreReadFromTheEnd) {
  const auto moves = read_pushed("HEAD@{1 day ago} " + kOne + " refs/heads/x " + kNone + "\n" +
                                     "(delete) " + kNone + " refs/tags/y " + kOne + "\n",
                                 "origin");
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[0].source, "HEAD@{1 day ago}");
  EXPECT_EQ(moves[0].ref, "refs/heads/x");
  EXPECT_EQ(moves[0].after->hex(), kOne);
  EXPECT_FALSE(moves[0].before);
  EXPECT_FALSE(moves[1].after);
  EXPECT_EQ(moves[1].before->hex(), kOne);
  EXPECT_TRUE(read_pushed("", "origin").empty()) << "nothing to push";
  for (const std::string& bad :
       {std::string("x"), "HEAD " + kOne + " x " + kNone, "HEAD 12 refs/heads/x " + kNone})
    EXPECT_THROW(read_pushed(bad, "origin"), core::Error) << bad;
}

TEST(PushedRefs, AreReadWhereTheyArrive) {
  const auto moves = read_received(kNone + " " + kOne + " refs/heads/x\n");
  ASSERT_EQ(moves.size(), 1U);
  EXPECT_FALSE(moves[0].before);
  EXPECT_EQ(moves[0].after->hex(), kOne);
  EXPECT_EQ(moves[0].ref, "refs/heads/x");
  EXPECT_THROW(read_received(kOne + " refs/heads/x\n"), core::Error);
}

TEST(PushedRefs, ARemoteIsShownWithoutItsPassword) {
  EXPECT_EQ(git::without_password("https://ada:secret@example.org/a@b.git"),
            "https://example.org/a@b.git");
  EXPECT_EQ(git::without_password("https://a@b@example.org/x"), "https://example.org/x");
  for (const char* remote : {"origin", "../x.git", "https://example.org/a@b.git", "git@host:x.git"})
    EXPECT_EQ(git::without_password(remote), remote);
}

}  // namespace
}  // namespace gs::gates
