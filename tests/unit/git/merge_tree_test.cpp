// Merges in memory, against what `git merge` makes of the same commits.

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/git/merge/merge.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using core::ObjectId;
using git::TreeMerge;
using testing::ElementsAre;
using testing::HasSubstr;

class MergeTreeTest : public testing::Test {
 protected:
  ObjectId rev(const std::string& name) const {
    return *ObjectId::from_hex(trimmed(repo_.git({"rev-parse", name})));
  }
  void commit(const std::string& file, const std::string& content) const {
    repo_.write(file, content);
    repo_.commit_all("Change");
  }
  TreeMerge merge() const {
    const git::Repository repository = git::Repository::discover(repo_.path());
    return git::merge_trees(repository.layout(), rev("develop"), rev("other"), repo_.path());
  }
  // "a", "b" and "c" in a root commit; ours and theirs each change some file.
  void parted(const std::string& ours, const std::string& our_text, const std::string& theirs,
              const std::string& their_text) const {
    for (const char* file : {"a", "b", "c"}) repo_.write(file, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    repo_.commit_all("Root");
    repo_.git({"checkout", "-q", "-b", "other"});
    commit(theirs, their_text);
    repo_.git({"checkout", "-q", "develop"});
    commit(ours, our_text);
  }

  TempRepo repo_;
};

TEST_F(MergeTreeTest, CleanIsWhatGitCommits) {
  parted("a", "0\n2\n3\n4\n5\n6\n7\n8\n9\n", "a", "1\n2\n3\n4\n5\n6\n7\n8\n0\n");
  const TreeMerge merged = merge();
  EXPECT_TRUE(merged.clean);
  EXPECT_TRUE(merged.unmerged.empty() && merged.messages.empty());
  const std::string before = repo_.git({"for-each-ref"});
  repo_.git({"merge", "-q", "--no-ff", "-m", "Merge", "other"});
  EXPECT_EQ(merged.tree, rev("HEAD^{tree}"));
  EXPECT_THAT(before, testing::Not(HasSubstr("Merge")));
}

TEST_F(MergeTreeTest, ConflictsAreWhatGitLeavesInTheIndex) {
  parted("b c\td", "ours\n", "b c\td", "theirs\n");
  const TreeMerge merged = merge();
  EXPECT_FALSE(merged.clean);
  EXPECT_THAT(merged.messages.back().paths, ElementsAre("b c\td"));
  EXPECT_EQ(merged.messages.back().type, "CONFLICT (contents)");
  EXPECT_EQ(merged.messages.back().text, "CONFLICT (add/add): Merge conflict in b c\td");
  repo_.try_git({"merge", "-q", "other"});
  std::string listed;
  for (const git::UnmergedEntry& entry : merged.unmerged) {
    EXPECT_EQ(entry.mode, core::mode::file);
    listed += "100644 " + entry.id.hex() + " " + std::to_string(entry.stage) + "\t" + entry.path;
    listed += '\0';
  }
  EXPECT_EQ(listed, repo_.git({"ls-files", "-z", "-u"}));
}

TEST_F(MergeTreeTest, FollowsTheUsersSettings) {
  commit("old/a", "1\n2\n3\n");
  repo_.git({"checkout", "-q", "-b", "other"});
  commit("old/new", "4\n5\n6\n");
  repo_.git({"checkout", "-q", "develop"});
  repo_.git({"mv", "old", "moved"});
  repo_.git({"commit", "-q", "-m", "Move"});
  for (const auto& [setting, path] :
       {std::pair{"true", "moved/new"}, std::pair{"false", "old/new"}}) {
    repo_.git({"config", "merge.directoryRenames", setting});
    const TreeMerge merged = merge();
    EXPECT_TRUE(merged.clean);
    EXPECT_THAT(repo_.git({"ls-tree", "-r", "--name-only", merged.tree.hex()}), HasSubstr(path));
    repo_.git({"merge", "-q", "--no-ff", "-m", "Merge", "other"});
    EXPECT_EQ(merged.tree, rev("HEAD^{tree}"));
    repo_.git({"reset", "-q", "--hard", "HEAD~"});
  }
  repo_.git({"config", "merge.directoryRenames", "conflict"});
  const TreeMerge merged = merge();
  EXPECT_FALSE(merged.clean);
  EXPECT_EQ(merged.messages.at(0).type, "CONFLICT (directory rename suggested)");
}

TEST_F(MergeTreeTest, NoTreeIsNoConflict) {
  parted("a", "1\n", "b", "1\n");
  repo_.git({"checkout", "-q", "--orphan", "alone"});
  commit("z", "1\n");
  repo_.git({"branch", "-q", "-f", "other", "alone"});
  try {
    merge();
    FAIL() << "unrelated histories";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("refusing to merge unrelated histories"));
  }
}

TEST(ParseMergeTree, RefusesWhatIsCutShort) {
  using namespace std::string_literals;
  const std::string tree(id_digits(), 'a'), entry = "100644 " + tree + " 2\tpath";
  EXPECT_TRUE(git::parse_merge_tree(tree + "\0"s, true));
  EXPECT_FALSE(git::parse_merge_tree(tree, true)) << "no end";
  EXPECT_FALSE(git::parse_merge_tree(tree.substr(1) + "\0"s, true));
  EXPECT_TRUE(git::parse_merge_tree(tree + "\0"s + entry + "\0"s, false));
  EXPECT_FALSE(git::parse_merge_tree(tree + "\0"s + entry, false));
  EXPECT_FALSE(git::parse_merge_tree(tree + "\0 100644 x\0"s, false));
  EXPECT_FALSE(git::parse_merge_tree(tree + "\0\0"
                                            "2\0a\0b\0type\0"s,
                                     false));
  EXPECT_FALSE(git::parse_merge_tree(tree + "\0\0x\0a\0type\0text\0"s, false));
  const auto merge = git::parse_merge_tree(tree +
                                               "\0\0"
                                               "2\0a\0b\0type\0text\n\0advice"s,
                                           false);
  ASSERT_TRUE(merge);
  EXPECT_THAT(merge->messages, ElementsAre(git::MergeMessage{{"a", "b"}, "type", "text"}));
}

}  // namespace
}  // namespace gs::test
