// What is not committed in a worktree, against `git status --porcelain`.

#include "lib/git/uncommitted.h"

#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <random>
#include <sys/stat.h>

#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using git::Uncommitted;

class UncommittedTest : public testing::Test {
 protected:
  std::vector<git::WorktreeLook> look() const {
    const auto repository = git::Repository::discover(library_, repo_.path());
    return git::look_for_uncommitted(repository, repository.worktrees());
  }
  Uncommitted by_git(const fs::path& worktree) const {
    const process::Result said =
        repo_.run_in(worktree, {"git", "--no-optional-locks", "status", "--porcelain", "-z",
                                "--no-renames", "--untracked-files=normal"});
    Uncommitted found;
    for (std::size_t at = 0; at < said.output.size(); at = said.output.find('\0', at) + 1)
      ++(said.output.compare(at, 2, "??") == 0 ? found.untracked : found.tracked);
    return found;
  }
  // The main worktree's, which must be what git says; `own`: without asking git.
  Uncommitted main(bool own = true) const {
    const git::WorktreeLook look = this->look().at(0);
    EXPECT_EQ(look.trouble, "");
    EXPECT_EQ(look.by_git, !own) << repo_.git({"status", "--porcelain"});
    const Uncommitted found = look.found.value_or(Uncommitted{999, 999});
    EXPECT_EQ(found, by_git(repo_.path())) << found.tracked << " + " << found.untracked << " for\n"
                                           << repo_.git({"status", "--porcelain", "--no-renames"});
    return found;
  }
  void commit_some() {
    for (const char* path : {"a.py", "llm/news.py", "llm/agents/one.py", "models/risk.py", "z"})
      repo_.write(path, std::string("# ") + path + "\n");
    repo_.commit_all("some");
    settle();
  }
  // Files that are older than the index: nothing is racy. Each time by more, as git looks at
  // seconds only.
  void settle() {
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(++settled_);
    for (const auto& entry : fs::recursive_directory_iterator(repo_.path())) {
      if (entry.is_regular_file() && entry.path().string().find("/.git/") == std::string::npos)
        fs::last_write_time(entry.path(), old);
    }
    repo_.git({"update-index", "-q", "--refresh"});
  }

  git::GitLibrary library_;
  TempRepo repo_;
  int settled_ = 0;
};

TEST_F(UncommittedTest, NothingInAFreshCommit) {
  commit_some();
  EXPECT_EQ(main(), (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, EveryKindOfChange) {
  commit_some();
  repo_.write("a.py", "# b.py\n");  // the same size
  fs::remove(repo_.path() / "z");
  repo_.git({"mv", "models/risk.py", "models/risks.py"});
  repo_.write("llm/new.py", "x");
  repo_.git({"add", "llm/new.py"});
  repo_.write("llm/new.py", "y");
  repo_.write("new/one", "");
  repo_.write("new/two", "");
  repo_.write("llm/agents/two.py", "");
  fs::create_directory(repo_.path() / "empty");
  EXPECT_EQ(main(), (Uncommitted{5, 2})) << "a.py, z, risk.py, risks.py, llm/new.py";
}

TEST_F(UncommittedTest, AFileWrittenInTheMomentOfTheIndex) {
  commit_some();
  repo_.write("a.py", "1111\n");
  repo_.git({"add", "a.py"});
  repo_.git({"commit", "-q", "-m", "m"});
  for (int i = 0; i < 20; ++i) {
    repo_.write("a.py", fmt::format("{}{}{}{}\n", i % 7, i % 3, i % 2, 5));  // the same size
    main();
    repo_.git({"add", "a.py"});
    repo_.write("a.py", fmt::format("{}{}{}{}\n", i % 5, i % 3, 5, i % 2));
    main();
  }
}

TEST_F(UncommittedTest, ModesLinksAndTypes) {
  commit_some();
  fs::create_symlink("a.py", repo_.path() / "link");
  repo_.git({"add", "link"});
  repo_.git({"commit", "-q", "-m", "link"});
  EXPECT_EQ(main(), (Uncommitted{0, 0}));
  fs::permissions(repo_.path() / "a.py", fs::perms::owner_all);
  fs::remove(repo_.path() / "link");
  fs::create_symlink("b.py", repo_.path() / "link");
  fs::remove(repo_.path() / "z");
  repo_.write("z/inside", "");
  fs::rename(repo_.path() / "models", repo_.path() / "elsewhere");
  fs::create_symlink("elsewhere", repo_.path() / "models");
  ::mkfifo((repo_.path() / "pipe").c_str(), 0600);
  EXPECT_EQ(main(), (Uncommitted{4, 2})) << "models is a link, elsewhere a folder";
  repo_.git({"config", "core.fileMode", "false"});
  EXPECT_EQ(main(), (Uncommitted{3, 2}));
}

TEST_F(UncommittedTest, TouchedIsNotChanged) {
  commit_some();
  for (const char* path : {"a.py", "z"})
    fs::last_write_time(repo_.path() / path, fs::file_time_type::clock::now());
  EXPECT_EQ(main(), (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, IgnoredAtEveryLevel) {
  commit_some();
  repo_.write(".gitignore", "*.log\n/build/\n!keep.log\n__pycache__/\n\\#odd\nname \\ \n");
  repo_.write("llm/.gitignore", "!*.log\nagents/*.tmp\ndeep/**/x\n");
  repo_.git({"add", "-f", "."});
  repo_.git({"commit", "-q", "-m", "rules"});
  std::ofstream(repo_.path() / ".git/info/exclude") << "/.aiignore\n*.swp\n";
  for (const char* path :
       {"x.log", "keep.log", "build/x", "sub/build/x", "llm/y.log", "llm/agents/a.tmp",
        "llm/agents/sub/b.tmp", "llm/deep/1/2/x", "llm/deep/x", "llm/deep/1/y", "q/__pycache__/m",
        ".aiignore", "models/.aiignore", "a.swp", "#odd", "name  ", "only/z.log", "only/sub/z.log"})
    repo_.write(path, "");
  main();
  repo_.write("build/tracked.py", "");
  repo_.git({"add", "-f", "build/tracked.py"});
  repo_.write("build/tracked.py", "changed");
  main();
}

TEST_F(UncommittedTest, TheUsersOwnRules) {
  commit_some();
  repo_.write("../rules", "*.mine\n");
  repo_.git({"config", "core.excludesFile", (repo_.folder() / "rules").string()});
  repo_.write("x.mine", "");
  repo_.write("x.yours", "");
  EXPECT_EQ(main(), (Uncommitted{0, 1}));
}

TEST_F(UncommittedTest, AMergeWithConflicts) {
  commit_some();
  repo_.git({"checkout", "-q", "-b", "other"});
  repo_.write("a.py", "other\n");
  repo_.write("models/risk.py", "other\n");
  repo_.commit_all("other");
  repo_.git({"checkout", "-q", "develop"});
  repo_.write("a.py", "ours\n");
  repo_.git({"rm", "-q", "models/risk.py"});
  repo_.commit_all("ours");
  repo_.try_git({"merge", "other"});
  EXPECT_EQ(main().tracked, 2U);
}

TEST_F(UncommittedTest, OnlyToBeAddedAndAssumed) {
  commit_some();
  repo_.write("new.py", "");
  repo_.git({"add", "-N", "new.py"});
  repo_.git({"update-index", "--assume-unchanged", "a.py"});
  repo_.write("a.py", "nobody looks\n");
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
  fs::remove(repo_.path() / "new.py");
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, WhatOnlyGitKnows) {
  commit_some();
  repo_.write("nested/file", "");
  repo_.git({"init", "-q", "nested"});
  EXPECT_EQ(main(false), (Uncommitted{0, 1}));
  fs::remove_all(repo_.path() / "nested");
  repo_.git({"update-index", "--split-index"});
  repo_.write("a.py", "split\n");
  EXPECT_EQ(main(false), (Uncommitted{1, 0}));
  repo_.git({"update-index", "--no-split-index"});
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
  repo_.git({"sparse-checkout", "set", "llm"});
  EXPECT_EQ(main(false), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, ConversionsAreLeftToGit) {
  commit_some();
  repo_.write(".gitattributes", "*.py text eol=crlf\n");
  repo_.commit_all("attributes");
  settle();
  EXPECT_EQ(main(), (Uncommitted{0, 0})) << "nothing was touched";
  fs::last_write_time(repo_.path() / "a.py", fs::file_time_type::clock::now());
  EXPECT_EQ(main(false), (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, ASubmoduleIsLeftToGit) {
  commit_some();
  repo_.git({"-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
             repo_.path().string(), "sub"});
  repo_.git({"commit", "-q", "-m", "sub"});
  repo_.write("sub/a.py", "changed in it");
  EXPECT_EQ(main(false), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, BeforeTheFirstCommit) {
  EXPECT_EQ(main(false), (Uncommitted{0, 0}));
  repo_.write("a", "");
  EXPECT_EQ(main(false), (Uncommitted{0, 1}));
  repo_.git({"add", "a"});
  EXPECT_EQ(main(), (Uncommitted{1, 0}));
}

TEST_F(UncommittedTest, ADamagedIndexIsTroubleOfItsOwn) {
  commit_some();
  repo_.git({"worktree", "add", "-q", "../other", "-b", "other"});
  repo_.write(".git/index", "DIRCrubbish that is long enough to be no index at all");
  const auto looks = look();
  EXPECT_FALSE(looks.at(0).found);
  EXPECT_NE(looks.at(0).trouble, "");
  EXPECT_EQ(looks.at(1).found, (Uncommitted{0, 0}));
}

TEST_F(UncommittedTest, WritesNothing) {
  commit_some();
  fs::last_write_time(repo_.path() / "a.py", fs::file_time_type::clock::now());
  const auto before = fs::last_write_time(repo_.path() / ".git/index");
  const std::string index = repo_.read(".git/index");
  main();
  EXPECT_EQ(repo_.read(".git/index"), index);
  EXPECT_EQ(fs::last_write_time(repo_.path() / ".git/index"), before);
}

// Random worktrees, several at once.
class Chaos {
 public:
  Chaos(const TempRepo& repo, unsigned seed) : repo_(repo), random_(seed) {}

  void disturb(const fs::path& top) {
    for (int i = 0; i < 25; ++i) step(top, any_path());
  }
  std::string any_path() {
    static const std::vector<std::string> names{"a",     "b.py", "c.log", "build", "x",
                                                "x.tmp", "ü",    "y z",   "!k",    "keep.log"};
    std::string path = pick(names);
    for (int depth = below(3); depth > 0; --depth) path = pick(names) + "/" + path;
    return path;
  }
  std::string any_rules() {
    static const std::vector<std::string> lines{
        "*.log", "!keep.log", "/build/", "build",  "x/",        "**/x.tmp", "a/*",     "!a/b.py",
        "a/**",  "/x",        "y\\ z",   "[ab]*",  "\\!k",      "a/**/c*",  "!/a/x/",  "  ",
        "#",     "*",         "!*/",     "b.py  ", "x/**/b.py", "foo**/b",  "a/b*/**", "!x.tmp"};
    std::string text;
    for (int i = below(5); i >= 0; --i) text += pick(lines) + (below(5) == 0 ? "\r\n" : "\n");
    return text;
  }
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }

 private:
  const std::string& pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }
  void write(const fs::path& file, const std::string& content) {
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    std::ofstream(file) << content;
  }
  void step(const fs::path& top, const std::string& path) {
    const fs::path file = top / path;
    std::error_code ignored;
    switch (below(11)) {
      case 0:
      case 1:
        return write(file, std::to_string(below(3)));
      case 2:
        fs::remove_all(file, ignored);
        return;
      case 3:
        repo_.run_in(top, {"git", "add", "-f", "--", path});
        return;
      case 4:
        repo_.run_in(top, {"git", "rm", "-q", "--cached", "-r", "--", path});
        return;
      case 5:
        fs::permissions(file, fs::perms::owner_exec, fs::perm_options::add, ignored);
        return;
      case 6:
        fs::remove_all(file, ignored);
        fs::create_symlink("nowhere" + std::to_string(below(3)), file, ignored);
        return;
      case 7:
        return write(file.parent_path() / ".gitignore", any_rules());
      case 8:
        repo_.run_in(top, {"git", "add", "-N", "-f", "--", path});
        return;
      case 9:
        fs::create_directories(file, ignored);
        return;
      default:
        repo_.run_in(top, {"git", "commit", "-q", "-m", "m"});
    }
  }

  const TempRepo& repo_;
  std::mt19937 random_;
};

TEST_F(UncommittedTest, AgreesWithGitOnRandomWorktrees) {
  constexpr int kWorktrees = 6, kRounds = 12;
  Chaos chaos(repo_, 42);
  for (int i = 0; i < 40; ++i) repo_.write(chaos.any_path() + fmt::format("{}", i), "content");
  repo_.write(".gitignore", "*.log\nbuild/\n");
  repo_.git({"add", "-A", "-f"});
  repo_.git({"commit", "-q", "-m", "start"});
  for (int i = 1; i < kWorktrees; ++i)
    repo_.git({"worktree", "add", "-q", "--detach", fmt::format("../w{}", i)});
  std::size_t own = 0, found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto repository = git::Repository::discover(library_, repo_.path());
    const auto worktrees = repository.worktrees();
    for (const auto& worktree : worktrees) chaos.disturb(worktree.path);
    std::ofstream(repo_.path() / ".git/info/exclude") << chaos.any_rules();
    const auto looks = git::look_for_uncommitted(repository, worktrees);
    for (std::size_t i = 0; i < looks.size(); ++i) {
      const std::string shown =
          repo_.git_in(worktrees[i].path, {"status", "--porcelain", "--no-renames"});
      ASSERT_TRUE(looks[i].found) << looks[i].trouble;
      ASSERT_EQ(*looks[i].found, by_git(worktrees[i].path))
          << looks[i].found->tracked << " + " << looks[i].found->untracked << " for\n"
          << shown;
      own += looks[i].by_git ? 0U : 1U;
      found += looks[i].found->total();
    }
  }
  EXPECT_EQ(own, kWorktrees * kRounds) << "git was asked";
  EXPECT_GT(found, 500U);
}

}  // namespace
}  // namespace gs::test
