#include "lib/facts/tree_imports.h"

#include <filesystem>
#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/import_facts.h"
#include "tests/support/temp_repo.h"

namespace gs::gates {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class SurveyTest : public testing::Test {
 protected:
  git::Repository open() const { return git::Repository::discover(repo.path()); }
  fs::path cache() const { return repo.path() / ".git/stream/facts"; }
  // "PATH: MODULE…" each.
  static std::vector<std::string> told(const facts::TreeImports& tree_imports) {
    std::vector<std::string> lines;
    for (const facts::FileImports& file : tree_imports.files()) {
      std::string line = file.path + ":";
      core::ImportReader reader(file.facts);
      for (core::Import import; reader.next(import);) line += " " + std::string(import.module);
      EXPECT_FALSE(reader.damaged());
      lines.push_back(line);
    }
    return lines;
  }

  test::TempRepo repo;
};

TEST_F(SurveyTest, TellsWhatEveryPythonFileImports) {
  repo.write("app/main.py", "import os\nimport lib.a\n");
  repo.write("app/same.py", "import os\nimport lib.a\n");
  repo.write("lib/a.pyi", "from . import b\n");
  repo.write("lib/__pycache__/c.py", "import no\n");
  repo.write(".tools/d.py", "import no\n");
  repo.write("README", "import no\n");
  fs::create_symlink("a.pyi", repo.path() / "lib/link.py");
  repo.commit_all("base");
  const std::vector<std::string> expected{"app/main.py: os lib.a", "app/same.py: os lib.a",
                                          "lib/a.pyi: "};
  const git::Repository repository = open();
  for (int round = 0; round < 2; ++round) {  // from the blobs, then from the cache
    facts::TreeImports tree_imports = facts::TreeImports::of_index(repository);
    EXPECT_EQ(told(tree_imports), expected);
    EXPECT_EQ(told(facts::TreeImports::of_commit(repository, *repository.head())), expected);
    EXPECT_TRUE(tree_imports.tree().file("app/main.py"));
    EXPECT_EQ(tree_imports.tree().file("app/main.py"), tree_imports.blob("app/same.py"));
    EXPECT_FALSE(tree_imports.tree().file("lib/link.py"));
    EXPECT_TRUE(tree_imports.blob("lib/link.py"));
    EXPECT_FALSE(tree_imports.blob("lib"));
  }
}

TEST_F(SurveyTest, LooksAtTheIndexAndNotAtTheFolder) {
  repo.write("a.py", "import committed\n");
  repo.commit_all("base");
  repo.write("a.py", "import staged\n");
  repo.git({"add", "a.py"});
  repo.write("a.py", "import unstaged\n");
  const git::Repository repository = open();
  EXPECT_THAT(told(facts::TreeImports::of_index(repository)), ElementsAre("a.py: staged"));
  EXPECT_THAT(told(facts::TreeImports::of_commit(repository, *repository.head())),
              ElementsAre("a.py: committed"));
}

TEST_F(SurveyTest, TakesKnownFactsFromTheCache) {
  repo.write("a.py", "import os\n");
  repo.commit_all("base");
  const git::Repository repository = open();
  facts::TreeImports::of_index(repository);
  const core::ObjectId blob = *facts::TreeImports::of_index(repository).blob("a.py");
  // The blob is not asked for a second time: it may even be gone.
  const std::string hex = blob.hex();
  fs::remove(repo.path() / ".git/objects" / hex.substr(0, 2) / hex.substr(2));
  EXPECT_THAT(told(facts::TreeImports::of_index(open())), ElementsAre("a.py: os"));
  fs::remove_all(cache());
  EXPECT_THROW(facts::TreeImports::of_index(open()), core::Error);
}

TEST_F(SurveyTest, WorksWithoutACache) {
  repo.write("a.py", "import os\n");
  repo.commit_all("base");
  fs::create_directories(cache().parent_path());
  repo.write(".git/stream/facts", "in the way");
  EXPECT_THAT(told(facts::TreeImports::of_index(open())), ElementsAre("a.py: os"));
}

TEST_F(SurveyTest, ManyFilesAreReadOnAllCoresAndTold) {
  std::vector<std::string> expected;
  for (int i = 1000; i < 2000; ++i) {
    repo.write(fmt::format("p/m{}.py", i), fmt::format("import m{}\n", i % 700));
    expected.push_back(fmt::format("p/m{}.py: m{}", i, i % 700));
  }
  repo.commit_all("base");
  repo.git({"repack", "-adq"});
  std::size_t last = 0, calls = 0;
  const auto progress = [&](std::size_t done, std::size_t all) {
    EXPECT_EQ(all, 1000U);
    EXPECT_GE(done, last);
    last = done;
    ++calls;
  };
  const git::Repository repository = open();
  EXPECT_EQ(told(facts::TreeImports::of_index(repository, progress)), expected);
  EXPECT_EQ(last, 1000U);
  EXPECT_GE(calls, 1U);  // how often is up to which thread reads how much
  last = 0;
  EXPECT_EQ(told(facts::TreeImports::of_index(repository, progress)), expected);
  EXPECT_EQ(last, 1000U);
}

TEST_F(SurveyTest, OfNothingIsEmpty) {
  EXPECT_TRUE(facts::TreeImports::of_index(open()).files().empty());
}

TEST(ListedTree, AnswersAboutFolders) {
  facts::ListedTree tree;
  const git::TreeEntry file{{}, core::mode::file}, link{{}, core::mode::symlink},
      module{{}, core::mode::gitlink};
  for (const char* path : {"a-b/x.txt", "a/.h/p.py", "a/b/c/d.py", "a/b0/e.txt", "a/c.py"})
    tree.add(path, file);
  tree.add("l/k.py", link);
  tree.add("m", module);
  tree.finish();
  EXPECT_THAT(tree.folders(""), ElementsAre("a-b", "a", "l"));
  EXPECT_THAT(tree.folders("a"), ElementsAre(".h", "b", "b0"));
  EXPECT_THAT(tree.folders("a/c.py"), ElementsAre());
  EXPECT_THAT(tree.folders("none"), ElementsAre());
  for (const char* folder : {"", "a", "a/b", "a/b/c"}) EXPECT_TRUE(tree.holds_python(folder));
  for (const char* folder : {"a-b", "a/.h", "a/b0", "l", "m", "a/c.py", "none"})
    EXPECT_FALSE(tree.holds_python(folder)) << folder;
  EXPECT_TRUE(tree.file("a/b0/e.txt"));
  EXPECT_FALSE(tree.file("l/k.py"));
  EXPECT_FALSE(tree.file("m"));
  EXPECT_FALSE(tree.file("a"));
  EXPECT_FALSE(facts::ListedTree().file("a"));
}

}  // namespace
}  // namespace gs::gates
