#include "lib/git/objects/scratch.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <optional>

#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "tests/support/temp_repo.h"

namespace gs::git {
namespace {

namespace fs = std::filesystem;
using core::ObjectId;

struct ScratchObjectsTest : testing::Test {
  test::TempRepo repo;
  std::optional<Repository> repository;
  ObjectId head;

  void SetUp() override {
    repo.write("a/b.py", "1\n");
    repo.commit_all("First");
    repository.emplace(Repository::discover(repo.path()));
    head = *repository->head();
  }
  // With the file away.
  ObjectId made_by(ScratchObjects& scratch) const {
    const TreeEntry file = *repository->entry(head, "a/b.py");
    return scratch.tree(scratch.tree_of(head),
                        {{"a/b.py", file.id, {}, file.mode, core::mode::none}});
  }
  std::string by_git(const ScratchObjects& scratch, const std::string& what,
                     const ObjectId& id) const {
    return repo.run_in(repo.path(), {"git", "cat-file", what, id.hex()}, scratch.variables())
        .output;
  }
  bool in_a_folder() const {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(repo.path() / ".git/stream", none)) {
      if (entry.path().filename().native().starts_with("scratch-")) return true;
    }
    return false;
  }
};

TEST_F(ScratchObjectsTest, AreInMemoryUntilGitIsToSeeThem) {
  {
    ScratchObjects scratch(*repository);
    const ObjectId first = scratch.commit(made_by(scratch), {head});
    EXPECT_FALSE(in_a_folder());
    EXPECT_EQ(repository->entry(first, "a/b.py"), std::nullopt);
    EXPECT_EQ(by_git(scratch, "-t", first), "commit\n");
    EXPECT_TRUE(in_a_folder());
    const ObjectId second = scratch.commit(scratch.tree_of(head), {first});
    EXPECT_EQ(by_git(scratch, "-t", second), "commit\n") << "what comes later, too";
  }
  EXPECT_FALSE(in_a_folder());
}

TEST_F(ScratchObjectsTest, OfOneIdAreThereAsLongAsOneNeedsThem) {
  ScratchObjects scratch(*repository);
  const ObjectId tree = made_by(scratch), commit = scratch.commit(tree, {head});
  {
    ScratchObjects other(*repository);
    EXPECT_EQ(made_by(other), tree);
    EXPECT_EQ(other.commit(tree, {head}), commit);
  }
  EXPECT_EQ(tree_of(*repository, commit), tree);
}

TEST_F(ScratchObjectsTest, AreGoneAtTheEnd) {
  std::optional<ScratchObjects> scratch;
  scratch.emplace(*repository);
  const ObjectId commit = scratch->commit(made_by(*scratch), {head});
  scratch.reset();
  EXPECT_THROW(tree_of(*repository, commit), core::Error);
}

// A walk back in time would go on to the first commit of all, before it came to an older one.
TEST_F(ScratchObjectsTest, AreAsLateAsTheirLastParent) {
  repo.run_in(repo.path(), {"env", "GIT_COMMITTER_DATE=2030-01-02T03:04:05Z", "git", "commit", "-q",
                            "--allow-empty", "-m", "Later"});
  const ObjectId late = *Repository::discover(repo.path()).head();
  ScratchObjects scratch(*repository);
  for (const auto& parents : {std::vector{head, late}, std::vector{late, head}}) {
    const ObjectId commit = scratch.commit(scratch.tree_of(head), parents);
    EXPECT_THAT(by_git(scratch, "-p", commit),
                testing::HasSubstr("\ncommitter git-stream <> 1893553445 +0000\n"));
  }
}

}  // namespace
}  // namespace gs::git
