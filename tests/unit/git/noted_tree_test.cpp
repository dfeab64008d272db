// The tree that git notes in its index: found without the entries, and believed only when it
// stands.
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

#include "lib/git/index_file.h"
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
  const auto id = noted_tree(index);
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
  const std::string body = index.substr(0, index.size() - 20), hash(20, '\0');
  const std::string nothing("\0\0\0\0", 4);
  EXPECT_EQ(noted_hex(body + "TREE" + nothing + hash), tree);  // an empty one at the end is none
  EXPECT_EQ(noted_hex(body + "NEWS" + nothing + hash), tree);
  EXPECT_EQ(noted_hex(body + "must" + nothing + hash), "nothing");
}

}  // namespace
}  // namespace gs::git
