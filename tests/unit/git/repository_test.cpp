// What a repository says of its branches, commits, files and worktrees.

#include "lib/git/repository.h"

#include <atomic>
#include <gmock/gmock.h>
#include <map>
#include <thread>

#include "lib/core/error.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::Repository;
using testing::HasSubstr;

class RepositoryTest : public testing::Test {
 protected:
  Repository open(const fs::path& folder) { return Repository::discover(folder); }
  Repository open() { return open(repo_.path()); }

  core::ObjectId rev(const std::string& name) {
    return *core::ObjectId::from_hex(trimmed(repo_.git({"rev-parse", name})));
  }

  std::string branch() { return ask(repo_, repo_.path(), {"branch"}, {kNoGit}); }

  TempRepo repo_;
};

TEST_F(RepositoryTest, UnbornBranch) {
  EXPECT_EQ(branch(), "develop");
  EXPECT_EQ(open().head(), std::nullopt);
}

TEST_F(RepositoryTest, TagsArePeeledToCommits) {
  repo_.write("file", "x");
  repo_.commit_all("one");
  repo_.git({"tag", "light"});
  repo_.git({"tag", "-a", "-m", "x", "heavy"});
  repo_.git({"tag", "-a", "-m", "x", "heavier", "heavy"});
  repo_.git({"tag", "-a", "-m", "x", "content", "HEAD:file"});
  for (const bool packed : {false, true}) {
    if (packed) repo_.git({"pack-refs", "--all"});
    const Repository repository = open();
    for (const char* name :
         {"refs/heads/develop", "refs/tags/light", "refs/tags/heavy", "refs/tags/heavier", "HEAD"})
      EXPECT_EQ(repository.resolve(name), rev("HEAD")) << name;
    EXPECT_EQ(repository.resolve("refs/tags/content"), std::nullopt);
    EXPECT_EQ(repository.resolve("refs/heads/none"), std::nullopt);
  }
}

TEST_F(RepositoryTest, EntriesAndBlobs) {
  repo_.write("a/b/c.py", "import x\n");
  repo_.write("a.b", "");
  fs::create_symlink("a/b", repo_.path() / "link");
  repo_.commit_all("one");
  for (const bool packed : {false, true}) {
    if (packed) repo_.git({"gc", "-q"});
    const Repository repository = open();
    const core::ObjectId head = *repository.head();
    const auto file = repository.entry(head, "a/b/c.py");
    ASSERT_TRUE(file);
    EXPECT_EQ(file->id, rev("HEAD:a/b/c.py"));
    EXPECT_EQ(file->mode, core::mode::file);
    EXPECT_EQ(repository.blob(file->id), "import x\n");
    EXPECT_EQ(repository.entry(head, "a")->mode, core::mode::tree);
    EXPECT_EQ(repository.entry(head, "link")->mode, core::mode::symlink);
    for (const char* absent : {"a/b/c", "a/b/c.py/d", "b", "link/c.py", "", "a/"})
      EXPECT_FALSE(repository.entry(head, absent)) << absent;
    EXPECT_THROW(repository.blob(head), core::Error);
    EXPECT_THROW(repository.blob(*core::ObjectId::from_hex(std::string(id_digits(), '1'))),
                 core::Error);
  }
}

TEST_F(RepositoryTest, ObjectsOfAlternatesAndQuarantine) {
  repo_.write("file", "borrowed");
  repo_.commit_all("one");
  repo_.git_in(repo_.folder(), {"clone", "-q", "--shared", "repo", "clone"});
  EXPECT_EQ(open(repo_.folder() / "clone").blob(rev("HEAD:file")), "borrowed");
  // As receive-pack starts its hooks: new objects aside, the repository's own as an alternate.
  const fs::path objects = repo_.path() / ".git/objects",
                 quarantine = repo_.folder() / "in:c\xc3\xb6ming";
  fs::create_directories(quarantine);
  repo_.write("new", "quarantined");
  const process::Result made = repo_.run_in(repo_.path(), {"git", "hash-object", "-w", "new"},
                                            {"GIT_OBJECT_DIRECTORY=" + quarantine.string()});
  const std::vector<std::string> set{"GIT_OBJECT_DIRECTORY=" + objects.string(),
                                     "GIT_ALTERNATE_OBJECT_DIRECTORIES=/nowhere:\"" +
                                         repo_.folder().string() +
                                         "/in:c\\303\\266ming\":/nowhere"};
  EXPECT_EQ(ask(repo_, repo_.path(), {"blob", trimmed(made.output)}, set), "quarantined");
  EXPECT_EQ(ask(repo_, repo_.path(), {"blob", rev("HEAD:file").hex()}, set), "borrowed");
  EXPECT_EQ(probe(repo_, repo_.path(), {"blob", trimmed(made.output)}).status, 3);
}

TEST_F(RepositoryTest, Ancestors) {
  for (const char* name : {"one", "two", "three"}) repo_.commit_all(name);
  repo_.git({"checkout", "-q", "-b", "side", "HEAD~1"});
  repo_.commit_all("side");
  const Repository repository = open();
  EXPECT_TRUE(repository.is_ancestor(rev("develop~2"), rev("develop")));
  EXPECT_TRUE(repository.is_ancestor(rev("side"), rev("side")));
  EXPECT_FALSE(repository.is_ancestor(rev("develop"), rev("develop~2")));
  EXPECT_FALSE(repository.is_ancestor(rev("develop"), rev("side")));
  const core::ObjectId nowhere = *core::ObjectId::from_hex(std::string(id_digits(), '1'));
  EXPECT_THROW((void)repository.is_ancestor(rev("side"), nowhere), core::Error);
}

TEST_F(RepositoryTest, ShallowHistory) {
  for (const char* name : {"one", "two", "three"}) repo_.commit_all(name);
  repo_.git_in(repo_.folder(),
               {"clone", "-q", "--depth=2", "file://" + repo_.path().string(), "clone"});
  const Repository clone = open(repo_.folder() / "clone");
  EXPECT_TRUE(clone.is_ancestor(rev("develop~1"), rev("develop")));
  EXPECT_FALSE(clone.is_ancestor(rev("develop"), rev("develop~1")));
  EXPECT_THAT(own_staged(repo_, repo_.folder() / "clone", {kNoGit}), testing::IsEmpty());
}

TEST_F(RepositoryTest, BloblessClone) {
  repo_.write("file", "far away");
  repo_.commit_all("one");
  repo_.git({"config", "uploadpack.allowFilter", "true"});
  repo_.git_in(repo_.folder(), {"clone", "-q", "--filter=blob:none", "--no-checkout",
                                "file://" + repo_.path().string(), "clone"});
  const fs::path clone = repo_.folder() / "clone";
  repo_.git_in(clone, {"read-tree", "HEAD"});
  const Repository repository = open(clone);
  EXPECT_EQ(repository.unknown_format(), std::nullopt);
  EXPECT_EQ(repository.object_format(), default_format());
  EXPECT_EQ(repository.entry(*repository.head(), "file")->id, rev("HEAD:file"));
  EXPECT_THAT(own_staged(repo_, clone, {kNoGit}), testing::IsEmpty());
  try {
    (void)repository.blob(rev("HEAD:file"));
    FAIL() << "the blob is not here";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::broken);
    EXPECT_THAT(error.hint(), HasSubstr("git cat-file"));
  }
}

TEST_F(RepositoryTest, BranchWhileDetachedRebasingOrBisecting) {
  repo_.write("file", "1\n");
  repo_.commit_all("one");
  repo_.git({"checkout", "-q", "-b", "topic"});
  for (const char* text : {"2\n", "3\n"}) {
    repo_.write("file", text);
    repo_.commit_all(text);
  }
  repo_.git({"checkout", "-q", "develop"});
  repo_.write("file", "x\n");
  repo_.commit_all("x");
  repo_.git({"checkout", "-q", "topic"});
  for (const char* how : {"--merge", "--apply"}) {
    EXPECT_NE(repo_.try_git({"rebase", "-q", how, "develop"}).status, 0);
    EXPECT_EQ(branch(), "topic") << how;
    repo_.git({"rebase", "--abort"});
  }
  repo_.git({"bisect", "start", "topic", "topic~2"});
  EXPECT_EQ(branch(), "topic");
  repo_.git({"bisect", "reset"});
  repo_.git({"checkout", "-q", "--detach"});
  EXPECT_EQ(branch(), "none");
}

TEST_F(RepositoryTest, Upstream) {
  repo_.commit_all("one");
  repo_.git({"remote", "add", "origin", "/nowhere"});
  repo_.git({"config", "--add", "remote.origin.fetch", "^refs/heads/private/*"});
  const auto follow = [&](const std::string& remote, const std::string& merge) {
    repo_.git({"config", "branch.a.b.remote", remote});
    repo_.git({"config", "branch.a.b.merge", merge});
    return open().upstream_ref(core::BranchName("a.b")).value_or("none");
  };
  EXPECT_EQ(follow("origin", "refs/heads/develop"), "refs/remotes/origin/develop");
  EXPECT_EQ(follow("origin", "refs/heads/feature/x"), "refs/remotes/origin/feature/x");
  EXPECT_EQ(follow("origin", "refs/heads/private/x"), "none");
  EXPECT_EQ(follow("origin", "refs/tags/x"), "none");
  EXPECT_EQ(follow(".", "refs/heads/develop"), "refs/heads/develop");
  EXPECT_EQ(follow("gone", "refs/heads/develop"), "none");
  repo_.git({"config", "remote.other.fetch", "+refs/heads/release-*-x:refs/other/r*"});
  repo_.git({"config", "--add", "remote.other.fetch", "refs/heads/one:refs/other/single"});
  EXPECT_EQ(follow("other", "refs/heads/release-2-x"), "refs/other/r2");
  EXPECT_EQ(follow("other", "refs/heads/release-x"), "none");
  EXPECT_EQ(follow("other", "refs/heads/one"), "refs/other/single");
  EXPECT_EQ(follow("other", "refs/heads/one2"), "none");
  EXPECT_EQ(open().upstream_ref(core::BranchName("none")), std::nullopt);
}

TEST_F(RepositoryTest, Worktrees) {
  repo_.commit_all("one");
  for (const char* name : {"b", "a", "gone"})
    repo_.git({"worktree", "add", "-q", std::string("../") + name, "-b", name});
  repo_.git({"worktree", "add", "-q", "--detach", "../loose"});
  fs::remove_all(repo_.folder() / "gone");
  repo_.write(".git/worktrees/b/HEAD", "damaged");
  for (const fs::path& from : {repo_.path(), repo_.folder() / "a"}) {
    std::vector<std::string> seen;
    for (const git::Worktree& tree : open(from).worktrees()) {
      seen.push_back(tree.path.filename().string() + ' ' +
                     (tree.branch ? tree.branch->str() : "-") + (tree.main ? " main" : "") +
                     (tree.prunable ? " prunable" : ""));
      EXPECT_TRUE(fs::is_directory(tree.git_dir));
    }
    EXPECT_THAT(seen, testing::ElementsAre("repo develop main", "a a", "b -", "gone gone prunable",
                                           "loose -"));
  }
}

TEST_F(RepositoryTest, MergeHeads) {
  repo_.commit_all("one");
  const Repository repository = open();
  EXPECT_TRUE(repository.merge_heads().empty());
  const std::string head = rev("HEAD").hex();
  repo_.write(".git/MERGE_HEAD", head + "\n" + std::string(id_digits(), 'a') + "\n");
  ASSERT_EQ(repository.merge_heads().size(), 2U);
  EXPECT_EQ(repository.merge_heads()[0].hex(), head);
}

// Packed and loose objects, the graph, folders and settings, all of them read when first asked.
TEST_F(RepositoryTest, AnswersSeveralThreads) {
  for (int i = 0; i < 30; ++i) {
    repo_.write("folder/" + std::to_string(i % 7), std::string(100, 'x') + std::to_string(i));
    repo_.commit_all("one of many");
    if (i == 20) repo_.git({"repack", "-adq"});
  }
  const core::ObjectId head = rev("HEAD"), old = rev("HEAD~25");
  for (int round = 0; round < 5; ++round) {
    const Repository repository = open();
    std::atomic<int> right{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          const core::ObjectId& commit = i % 2 == 0 ? head : old;
          const auto entry = repository.entry(commit, "folder/2");
          const bool all = entry && repository.blob(entry->id).size() > 100 &&
                           repository.is_ancestor(old, commit) &&
                           repository.config("user.name").has_value() &&
                           repository.source_tree(commit)->file("folder/2") == entry->id;
          right += all ? 1 : 0;
        }
      });
    }
    threads.clear();
    EXPECT_EQ(right, 4 * 100);
  }
}

}  // namespace
}  // namespace gs::test
