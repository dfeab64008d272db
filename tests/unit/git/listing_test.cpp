// Listings of an index and of commits against git's own, and blobs read on several threads.

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <thread>

#include "lib/core/error.h"
#include "lib/git/repository.h"
#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

using Lines = std::vector<std::string>;

// The probe's answer: "MODE ID PATH" each.
Lines own_listing(const TempRepo& repo, const std::filesystem::path& folder, const Lines& question,
                  const Lines& set = {}) {
  return split(ask(repo, folder, question, set), '\0');
}

// `git ls-files -s` without what is not decided and what is only intended to be added.
Lines git_index(const TempRepo& repo, const std::filesystem::path& folder, const Lines& set = {}) {
  const auto listed = repo.run_in(folder, {"git", "ls-files", "-s", "-z"}, set);
  const auto intended =
      repo.run_in(folder, {"git", "diff-files", "--name-only", "--diff-filter=A", "-z"}, set);
  const Lines names = split(intended.output, '\0');
  Lines lines;
  for (const std::string& line : split(listed.output, '\0')) {
    const std::string path = line.substr(line.find('\t') + 1);
    const std::size_t id_end = 7 + id_digits();  // after "MODE "
    if (line[id_end + 1] != '0' || std::find(names.begin(), names.end(), path) != names.end())
      continue;
    lines.push_back(line.substr(0, id_end) + ' ' + path);
  }
  return lines;
}

Lines git_tree(const TempRepo& repo, const std::string& tree) {
  Lines lines;
  for (const std::string& line : split(repo.git({"ls-tree", "-r", "-z", tree}), '\0')) {
    const std::size_t tab = line.find('\t'), id = line.rfind(' ', tab) + 1;
    lines.push_back(line.substr(0, 6) + ' ' + line.substr(id, tab - id) + ' ' +
                    line.substr(tab + 1));
  }
  return lines;
}

std::string head(const TempRepo& repo) {
  return trimmed(repo.git({"rev-parse", "HEAD"}));
}

class Listing : public testing::Test {
 protected:
  Listing() {
    const char* paths[] = {"a/b/c.py", "a.py", "a-b/x.py",  "a0/y.py",
                           "b.py",     "c.py", "z\nq/ü.py", "deep/er/f"};
    for (const char* path : paths) repo.write(path, std::string("# ") + path + "\n");
    repo.write("run.sh", "#!/bin/sh\n");
    std::filesystem::permissions(repo.path() / "run.sh", std::filesystem::perms::owner_all);
    std::filesystem::create_symlink("b.py", repo.path() / "link.py");
    repo.commit_all("base");
    repo.git({"update-index", "--add", "--cacheinfo", "160000," + head(repo) + ",module"});
    repo.git({"commit", "-q", "-m", "module"});
  }

  void expect_same(const Lines& set = {kNoGit}) {
    const Lines lines = own_listing(repo, repo.path(), {"index"}, set);
    EXPECT_EQ(lines, git_index(repo, repo.path()));
    EXPECT_GT(lines.size(), 8U);
  }

  TempRepo repo;
};

TEST_F(Listing, OfTheIndexIsGitsInEveryVersion) {
  repo.write("new.py", "import os\n");
  repo.write("intended.py", "import os\n");
  repo.git({"add", "new.py"});
  repo.git({"add", "-N", "intended.py"});
  repo.git({"rm", "-q", "--cached", "a.py"});
  for (const char* version : {"2", "3", "4"}) {
    repo.git({"update-index", "--index-version", version});
    expect_same();
  }
}

TEST_F(Listing, LeavesOutWhatIsNotDecided) {
  repo.git({"checkout", "-q", "-b", "other"});
  repo.write("b.py", "other\n");
  repo.commit_all("other");
  repo.git({"checkout", "-q", "develop"});
  repo.write("b.py", "ours\n");
  repo.commit_all("ours");
  EXPECT_NE(repo.try_git({"merge", "other"}).status, 0);
  expect_same();
  repo.git({"update-index", "--split-index"});
  expect_same({});
  EXPECT_EQ(ask(repo, repo.path(), {"index"}).find(" b.py"), std::string::npos);
}

TEST_F(Listing, OfASplitOrSparseIndexIsWhole) {
  repo.write("intended.py", "import os\n");
  repo.git({"add", "-N", "intended.py"});
  const Lines all = git_index(repo, repo.path());
  repo.git({"update-index", "--split-index"});
  expect_same({});
  repo.git({"update-index", "--no-split-index"});
  repo.git({"sparse-checkout", "set", "--cone", "--sparse-index", "deep"});
  EXPECT_NE(repo.git({"ls-files", "--sparse"}).find("a/\n"), std::string::npos);
  EXPECT_EQ(own_listing(repo, repo.path(), {"index"}), all);
}

TEST_F(Listing, TakesTheIndexThatGitNames) {
  const std::string other = (repo.path() / ".git/next-index-1.lock").string();
  std::filesystem::copy_file(repo.path() / ".git/index", other);
  repo.git({"rm", "-q", "--cached", "b.py"});
  const Lines set{"GIT_INDEX_FILE=" + other};
  const Lines lines = own_listing(repo, repo.path(), {"index"}, set);
  EXPECT_EQ(lines, git_index(repo, repo.path(), set));
  EXPECT_NE(lines, git_index(repo, repo.path()));
}

TEST_F(Listing, OfNoIndexIsEmpty) {
  std::filesystem::remove(repo.path() / ".git/index");
  EXPECT_EQ(ask(repo, repo.path(), {"index"}), "");
}

TEST_F(Listing, OfACutIndexIsAnError) {
  const std::string index = repo.read(".git/index");
  repo.write(".git/index", std::string_view(index).substr(0, index.size() / 2));
  EXPECT_THAT(ask(repo, repo.path(), {"index"}), testing::HasSubstr("the index is damaged"));
}

TEST_F(Listing, OfACommitIsGits) {
  for (const bool packed : {false, true}) {
    if (packed) repo.git({"repack", "-adq"});
    const Lines lines = own_listing(repo, repo.path(), {"files", head(repo)}, {kNoGit});
    EXPECT_EQ(lines, git_tree(repo, "HEAD"));
    EXPECT_GT(lines.size(), 8U);
  }
}

TEST_F(Listing, OfAMissingTreeIsAnError) {
  const std::string tree = trimmed(repo.git({"rev-parse", "HEAD:a/b"}));
  std::filesystem::remove(repo.path() / ".git/objects" / tree.substr(0, 2) / tree.substr(2));
  EXPECT_THAT(ask(repo, repo.path(), {"files", head(repo)}), testing::HasSubstr("failed: object "));
}

TEST(BlobReaders, WorkBesideEachOther) {
  const TempRepo repo;
  std::vector<std::string> contents, ids;
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (int line = 0; line < 50; ++line)
      text += fmt::format("value_{} = {}\n", line, i * (line % 9));
    repo.write(fmt::format("f{}.py", i), text);
    contents.push_back(text);
  }
  repo.commit_all("base");
  repo.git({"repack", "-adq"});
  const std::string listed = ask(repo, repo.path(), {"index"});
  for (int i = 0; i < 300; ++i)
    ids.push_back(listed.substr(listed.find(fmt::format(" f{}.py", i)) - id_digits(), id_digits()));
  const auto repository = git::Repository::discover(repo.path());
  std::vector<std::string> faults(4);
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < faults.size(); ++number) {
    threads.emplace_back([&, number] {
      const auto reader = repository.blob_reader();
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const std::size_t at = (i * 7 + number * 31) % ids.size();
        if (reader->blob(*core::ObjectId::from_hex(ids[at])) != contents[at]) faults[number] += "!";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(faults, testing::Each(""));
  const auto tree = core::ObjectId::from_hex(trimmed(repo.git({"rev-parse", "HEAD^{tree}"})));
  EXPECT_THROW(repository.blob_reader()->blob(*tree), core::Error);
  EXPECT_THROW(repository.blob_reader()->blob(core::ObjectId{}), core::Error);
}

}  // namespace
}  // namespace gs::test
