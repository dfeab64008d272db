// The tree that git notes in its index: found without the entries, and believed only when it
// stands.
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "lib/git/index/index_file.h"
#include "tests/support/temp_repo.h"
#include "tests/unit/git/probe.h"

namespace gs::git {
namespace {

using test::TempRepo;

std::string index_of(const TempRepo& repo) {
  std::ifstream file(repo.path() / ".git/index", std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string noted_hex(const std::string& index) {
  const auto id = noted_tree(index, test::default_format());
  return id ? id->hex() : "nothing";
}

void fill(const TempRepo& repo) {
  repo.write("a/TREE", "1\n");
  repo.write("a/TREE.d/TREE", "2\n");
  repo.write("b/c/d.py", "3\n");
  repo.write("e.py", "4\n");
  repo.git({"add", "."});
}

TEST(NotedTree, IsWhatGitWouldCommitFromEveryKindOfIndex) {
  for (const char* const option : {"--index-version=2", "--index-version=3", "--index-version=4",
                                   "--split-index", "--untracked-cache"}) {
    const TempRepo repo;
    fill(repo);
    repo.git({"update-index", option});
    const std::string tree = test::trimmed(repo.git({"write-tree"}));
    EXPECT_EQ(noted_hex(index_of(repo)), tree) << option;
  }
}

TEST(NotedTree, IsNoneOnceAnEntryHasChanged) {
  const TempRepo repo;
  fill(repo);
  repo.git({"write-tree"});
  repo.write("b/c/d.py", "changed\n");
  repo.git({"add", "."});
  EXPECT_EQ(noted_hex(index_of(repo)), "nothing");
  repo.git({"write-tree"});
  repo.write("new.py", "");
  repo.git({"add", "--intent-to-add", "new.py"});
  EXPECT_EQ(noted_hex(index_of(repo)), "nothing");
}

TEST(NotedTree, IsNoneInACutIndexAndBeforeAnUnknownExtension) {
  const TempRepo repo;
  fill(repo);
  const std::string tree = test::trimmed(repo.git({"write-tree"}));
  const std::string index = index_of(repo);
  for (std::size_t size = 0; size < index.size(); ++size)
    EXPECT_EQ(noted_hex(index.substr(0, size)), "nothing") << size;
  const std::string body = index.substr(0, index.size() - test::id_size()),
                    hash(test::id_size(), '\0');
  const std::string nothing("\0\0\0\0", 4);
  EXPECT_EQ(noted_hex(body + "TREE" + nothing + hash), tree);  // an empty one at the end is none
  EXPECT_EQ(noted_hex(body + "NEWS" + nothing + hash), tree);
  EXPECT_EQ(noted_hex(body + "must" + nothing + hash), "nothing");
}

// 26,000 files in 260 folders: an index of more than 2 MB, of which the noted tree is read first.
class LargeIndex : public testing::Test {
 protected:
  LargeIndex() {
    repo_.write("blob", "content\n");
    blob_ = test::trimmed(repo_.git({"hash-object", "-w", "blob"}));
    shell(
        "i=0; while [ $i -lt 26000 ]; do i=$((i + 1));"
        " printf '100644 %s\\tfolder%s/a-file-with-a-name-of-some-length-%s.py\\n' " +
        blob_ + " $((i % 260)) $i; done | git update-index --index-info; git commit -qm Start");
    EXPECT_GT(std::filesystem::file_size(repo_.path() / ".git/index"), std::size_t{2} << 20);
  }

  void shell(const std::string& script) const {
    const auto result = repo_.run_in(repo_.path(), {"sh", "-ec", script});
    ASSERT_EQ(result.status, 0) << result.errors;
  }
  void change_some() const {
    shell(
        "printf '100644 " + blob_ + "\\tfolder7/new.py\\n100755 " + blob_ +
        "\\tfolder9/a-file-with-a-name-of-some-length-9.py\\n0 " +
        std::string(test::id_digits(), '0') +
        "\\tfolder11/a-file-with-a-name-of-some-length-11.py\\n' | git update-index --index-info");
  }

  TempRepo repo_;
  std::string blob_;
};

TEST_F(LargeIndex, IsReadAsGitReadsItWithANotedTreeAndWithout) {
  EXPECT_TRUE(test::own_staged(repo_, repo_.path(), {test::kNoGit}).empty());
  change_some();
  ASSERT_EQ(noted_hex(index_of(repo_)), "nothing");
  const auto changes = test::git_staged(repo_, repo_.path());
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(test::own_staged(repo_, repo_.path(), {test::kNoGit}), changes) << "by the entries";
  repo_.git({"write-tree"});
  ASSERT_NE(noted_hex(index_of(repo_)), "nothing");
  EXPECT_EQ(test::own_staged(repo_, repo_.path(), {test::kNoGit}), changes) << "by the noted tree";
}

TEST_F(LargeIndex, IsReadByItsEntriesWhereTheNotedTreeWasNotWritten) {
  change_some();
  const auto changes = test::git_staged(repo_, repo_.path());
  const std::string tree = test::trimmed(repo_.git({"write-tree"}));
  std::filesystem::remove(repo_.path() / ".git/objects" / tree.substr(0, 2) / tree.substr(2));
  ASSERT_EQ(noted_hex(index_of(repo_)), tree);
  EXPECT_EQ(test::own_staged(repo_, repo_.path(), {test::kNoGit}), changes);
}

}  // namespace
}  // namespace gs::git
