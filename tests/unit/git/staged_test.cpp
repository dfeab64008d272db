// The staged diff where something is out of the ordinary.

#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>

#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const kHook = ".git/hooks/pre-merge-commit";

void commit_modules(const TempRepo& repo, int count) {
  for (int i = 0; i < count; ++i)
    repo.write(fmt::format("d{}/f{}", i % 5, i), fmt::format("{}", i));
  repo.commit_all("modules");
}

TEST(StagedTest, NoIndexIsAnEmptyOne) {
  const TempRepo repo;
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), IsEmpty()) << "neither index nor commit";
  commit_modules(repo, 3);
  fs::remove(repo.path() / ".git/index");
  EXPECT_EQ(own_staged(repo, repo.path(), {kNoGit}), git_staged(repo, repo.path()));
  std::ofstream(repo.path() / ".git/index").flush();
  EXPECT_EQ(own_staged(repo, repo.path(), {kNoGit}).size(), 3U);
}

TEST(StagedTest, SparseIndexIsLeftToGit) {
  const TempRepo repo;
  commit_modules(repo, 20);
  repo.git({"sparse-checkout", "set", "--cone", "--sparse-index", "d1"});
  repo.write("d1/new", "x");
  repo.git({"add", "d1/new"});
  EXPECT_THAT(repo.git({"ls-files", "--sparse"}), HasSubstr("d2/\n"));
  EXPECT_EQ(own_staged(repo, repo.path()), git_staged(repo, repo.path()));
  EXPECT_THAT(own_staged(repo, repo.path()), ElementsAre(EndsWith(" d1/new")));
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), ElementsAre(HasSubstr("failed")));
}

TEST(StagedTest, OptionalExtensionsAndNoHash) {
  const TempRepo repo;
  repo.git({"config", "core.untrackedCache", "true"});
  repo.git({"config", "index.threads", "2"});
  repo.git({"config", "index.recordEndOfIndexEntries", "true"});
  repo.git({"config", "index.recordOffsetTable", "true"});
  repo.git({"config", "index.version", "4"});
  commit_modules(repo, 300);
  repo.write("d1/f1", "changed");
  repo.git({"add", "d1/f1"});
  repo.git({"status"});
  std::string index = repo.read(".git/index");
  for (const char* extension : {"UNTR", "EOIE"}) EXPECT_THAT(index, HasSubstr(extension));
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), ElementsAre(EndsWith(" d1/f1")));
  index.replace(index.size() - id_size(), id_size(), id_size(), '\0');  // index.skipHash
  repo.write(".git/index", index);
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), ElementsAre(EndsWith(" d1/f1")));
}

TEST(StagedTest, DamagedIndexIsAnErrorNotACrash) {
  const TempRepo repo;
  commit_modules(repo, 10);
  const std::string index = repo.read(".git/index");
  for (std::size_t size = 12; size < index.size(); size += 97) {
    repo.write(".git/index", index.substr(0, size));
    const process::Result result = probe(repo, repo.path(), {"staged"});
    EXPECT_EQ(result.status, 3) << size;
    EXPECT_THAT(result.errors, HasSubstr("the index is damaged"));
  }
}

TEST(StagedTest, OfAMergeOnlyWhatGitDidNotMake) {
  const TempRepo repo;
  commit_modules(repo, 30);
  repo.git({"checkout", "-q", "-b", "other"});
  repo.write("d1/f1", "theirs");
  repo.write("conflict", "theirs");
  repo.write("d9/new", "theirs");
  repo.git({"rm", "-q", "d2/f2"});
  repo.commit_all("theirs");
  repo.git({"checkout", "-q", "develop"});
  repo.write("conflict", "ours");
  repo.write("d3/f3", "ours");
  repo.commit_all("ours");
  EXPECT_NE(repo.try_git({"merge", "-q", "other"}).status, 0);
  const auto conflict = own_staged(repo, repo.path(), {});
  EXPECT_THAT(conflict, ElementsAre(EndsWith(" conflict"))) << "unmerged, but never out of sight";
  repo.write("conflict", "both");
  repo.write("extra", "smuggled in");
  repo.write("d1/f1", "theirs, but edited");
  repo.git({"add", "-A"});
  EXPECT_EQ(git_staged(repo, repo.path()).size(), 5U);
  EXPECT_THAT(own_staged(repo, repo.path(), {}),
              ElementsAre(EndsWith(" conflict"), EndsWith(" d1/f1"), EndsWith(" extra")));
}

TEST(StagedTest, OctopusCountsEveryParent) {
  const TempRepo repo;
  commit_modules(repo, 10);
  for (const std::string branch : {"one", "two", "three"}) {
    repo.git({"checkout", "-q", "-b", branch, "develop"});
    repo.write("from-" + branch, branch);
    repo.commit_all(branch);
  }
  repo.git({"checkout", "-q", "develop"});
  repo.git({"merge", "-q", "--no-commit", "one", "two", "three"});
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), IsEmpty());
  repo.write("from-two", "edited");
  repo.git({"add", "-A"});
  EXPECT_THAT(own_staged(repo, repo.path(), {kNoGit}), ElementsAre(EndsWith(" from-two")));
}

TEST(StagedTest, PreMergeCommitLearnsTheParentsFromTheEnvironment) {
  const TempRepo repo;
  commit_modules(repo, 5);
  repo.git({"checkout", "-q", "-b", "other"});
  repo.write("theirs", "x");
  repo.commit_all("theirs");
  repo.git({"checkout", "-q", "develop"});
  repo.write("ours", "x");
  repo.commit_all("ours");
  const fs::path self = fs::read_symlink("/proc/self/exe");
  repo.write(kHook,
             fmt::format("#!/bin/sh\ntest ! -e .git/MERGE_HEAD || exit 1\n"
                         "{0} --probe automerge > ../automerge\n{0} --probe staged > ../staged\n",
                         self.string()));
  fs::permissions(repo.path() / kHook, fs::perms::owner_all);
  repo.git({"merge", "-q", "other"});
  EXPECT_EQ(repo.read("../automerge"), "");
  EXPECT_THAT(repo.read("../staged"), HasSubstr(" theirs"));
}

TEST(StagedTest, TreesThatWereNotFetched) {
  const TempRepo origin;
  commit_modules(origin, 20);
  origin.git({"config", "uploadpack.allowFilter", "true"});
  origin.git({"config", "uploadpack.allowAnySHA1InWant", "true"});
  const fs::path clone = origin.folder() / "clone";
  const std::string url = "file://" + origin.path().string();
  origin.git_in(origin.folder(), {"clone", "-q", "--filter=tree:0", "--no-checkout", url, "clone"});
  const std::string before = origin.git_in(clone, {"count-objects", "-v"});
  const process::Result result = probe(origin, clone, {"staged"});
  EXPECT_EQ(result.status, 3) << result.output;
  EXPECT_THAT(result.errors, HasSubstr("git diff-index --cached HEAD"));
  EXPECT_EQ(origin.git_in(clone, {"count-objects", "-v"}), before) << "nothing may be fetched";
  origin.git_in(clone, {"diff-index", "--cached", "HEAD"});
  EXPECT_EQ(own_staged(origin, clone, {kNoGit}).size(), 20U);
}

}  // namespace
}  // namespace gs::test
