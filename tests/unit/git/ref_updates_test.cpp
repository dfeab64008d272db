#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/git/refs/refs.h"

namespace gs::git {
namespace {

const std::string kZero(40, '0'), kOne(40, '1');

std::string line(const std::string& id, const std::string& ref) {
  return kZero + " " + id + " " + ref + "\n";
}

TEST(RefUpdates, AreReadALineEach) {
  const auto updates = parse_ref_updates(line(kOne, "HEAD") + line(kOne, "refs/heads/a/b") +
                                         line(kZero, "refs/heads/gone"));
  ASSERT_EQ(updates.size(), 3U);
  EXPECT_EQ(updates[0].branch(), std::nullopt);
  EXPECT_EQ(updates[1].branch(), core::BranchName("a/b"));
  EXPECT_EQ(updates[1].id.hex(), kOne);
  EXPECT_FALSE(updates[1].deletes());
  EXPECT_TRUE(updates[2].deletes());
  EXPECT_TRUE(parse_ref_updates("").empty());
  EXPECT_TRUE(parse_ref_updates("\n").empty()) << "as git gc says that nothing is to be done";
}

TEST(RefUpdates, OfSymbolicRefs) {
  const auto updates = parse_ref_updates(kZero + " ref:refs/heads/a refs/heads/b\n");
  ASSERT_EQ(updates.size(), 1U);
  EXPECT_EQ(updates[0].symbolic, "refs/heads/a");
  EXPECT_FALSE(updates[0].deletes());
}

TEST(RefUpdates, OfTheMainWorktreesBranches) {
  EXPECT_EQ(parse_ref_updates(line(kOne, "main-worktree/refs/heads/a"))[0].branch(),
            core::BranchName("a"));
  EXPECT_TRUE(mentions_branches(line(kOne, "main-worktree/refs/heads/a")));
}

TEST(RefUpdates, WhatIsNoLineIsRefused) {
  for (const char* text : {"x\n", "x y\n", "x y z\n", "0 1 refs/heads/a\n"})
    EXPECT_THROW(parse_ref_updates(text), core::Error) << text;
}

TEST(RefUpdates, ASearchFindsBranchesThatMove) {
  EXPECT_TRUE(mentions_branches(line(kOne, "HEAD") + line(kOne, "refs/heads/a")));
  EXPECT_TRUE(mentions_branches(kZero + " ref:refs/heads/a refs/heads/b"));
  EXPECT_TRUE(mentions_branches(std::string(64, '0') + " " + std::string(64, '1') +
                                " refs/heads/sha256\n"));
  EXPECT_TRUE(mentions_branches(line(kZero, "refs/heads/a"))) << "one that is taken away";
  EXPECT_TRUE(mentions_branches(line(kOne, "refs/remotes/origin/a")));
  EXPECT_FALSE(
      mentions_branches(line(kOne, "refs/tags/t") + line(kOne, "ORIG_HEAD") + "rubbish\n\n"));
}

}  // namespace
}  // namespace gs::git
