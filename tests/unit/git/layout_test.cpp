// Where a hook, or a command in any folder, finds its repository. Hooks are started by git itself
// where it tells something that the environment alone does not.

#include <fmt/core.h>
#include <fstream>
#include <gmock/gmock.h>

#include "tests/unit/git/probe.h"

namespace gs::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string expected(const fs::path& git_dir, const fs::path& common_dir,
                     const std::string& worktree, const std::string& main,
                     const std::string& format = "known") {
  return fmt::format("git_dir {}\ncommon_dir {}\nworktree {}\nmain {}\nformat {}\n",
                     git_dir.string(), common_dir.string(), worktree, main, format);
}

// Installs the probe as a hook that writes its answer, exits 0, and is found by all worktrees.
void install_probe_hook(const TempRepo& repo, const fs::path& hooks, const std::string& name,
                        const std::string& question) {
  const fs::path self = fs::read_symlink("/proc/self/exe");
  fs::create_directories(hooks);
  std::ofstream(hooks / name) << "#!/bin/sh\nexec " << self.string() << " --probe " << question
                              << " >> " << (repo.folder() / "answer").string() << " 2>&1\n";
  fs::permissions(hooks / name, fs::perms::owner_all);
}

std::string take_answer(const TempRepo& repo) {
  const fs::path file = repo.folder() / "answer";
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  fs::remove(file);
  return text;
}

TEST(LayoutTest, MainWorktree) {
  const TempRepo repo;
  const fs::path git = repo.path() / ".git";
  const std::string answer = expected(git, git, repo.path().string(), repo.path().string());
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}), answer);
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}, {"GIT_DIR=.git"}), answer);
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}, {"GIT_DIR=.git/", "GIT_WORK_TREE=."}), answer);
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}, {"GIT_DIR=" + git.string()}), answer);
  EXPECT_EQ(ask(repo, git, {"layout"}, {"GIT_DIR=."}), answer) << "as git receive-pack does";
}

TEST(LayoutTest, FoundFromAnyFolder) {
  const TempRepo repo;
  repo.write("a/b/c", "x");
  const fs::path git = repo.path() / ".git";
  const std::string answer = expected(git, git, repo.path().string(), repo.path().string());
  for (const fs::path& folder : {repo.path(), repo.path() / "a/b", git, git / "refs"})
    EXPECT_EQ(ask(repo, repo.folder(), {"layout", "", folder.string()}), answer) << folder;
  const process::Result none = probe(repo, repo.folder(), {"layout", "", "."});
  EXPECT_EQ(none.status, 3);
  EXPECT_THAT(none.errors, HasSubstr("not a git repository"));
  const std::string ceiling = "GIT_CEILING_DIRECTORIES=/nowhere:" + (repo.path() / "a").string();
  EXPECT_EQ(
      probe(repo, repo.folder(), {"layout", "", (repo.path() / "a/b").string()}, {ceiling}).status,
      3);
}

TEST(LayoutTest, LinkedWorktree) {
  const TempRepo repo;
  repo.commit_all("first");
  repo.git({"worktree", "add", "-q", "../side"});
  const fs::path side = repo.folder() / "side", git = repo.path() / ".git";
  const fs::path own = git / "worktrees/side";
  const std::string answer = expected(own, git, side.string(), repo.path().string());
  EXPECT_EQ(ask(repo, side, {"layout"}), answer);
  EXPECT_EQ(ask(repo, side, {"layout"}, {"GIT_DIR=" + own.string()}), answer);
  EXPECT_EQ(ask(repo, side, {"layout"}, {"GIT_DIR=.git"}), answer) << "GIT_DIR names a file";
  EXPECT_EQ(probe(repo, side, {"layout"}, {"GIT_DIR=nowhere"}).status, 3);
  fs::create_directories(side / "deep/er");
  EXPECT_EQ(ask(repo, repo.folder(), {"layout", "", (side / "deep/er").string()}), answer);

  install_probe_hook(repo, git / "hooks", "pre-commit", "layout");
  repo.git_in(side, {"commit", "-q", "--allow-empty", "-m", "x"});
  EXPECT_EQ(take_answer(repo), answer);
}

TEST(LayoutTest, RelativeLinksBetweenWorktreeAndRepository) {
  const TempRepo repo;
  repo.commit_all("first");
  repo.git({"worktree", "add", "-q", "../side"});
  // As extensions.relativeWorktrees of git 2.48 writes them.
  repo.git({"config", "core.repositoryformatversion", "1"});
  repo.git({"config", "extensions.relativeWorktrees", "true"});
  repo.write("../side/.git", "gitdir: ../repo/.git/worktrees/side\n");
  repo.write(".git/worktrees/side/gitdir", "../../../../side/.git\n");
  const fs::path side = repo.folder() / "side", git = repo.path() / ".git";
  EXPECT_EQ(ask(repo, side, {"layout"}),
            expected(git / "worktrees/side", git, side.string(), repo.path().string()));
}

TEST(LayoutTest, BareRepositoryAndItsWorktree) {
  const TempRepo repo({"--bare"});
  const std::string commit = trimmed(repo.git({"commit-tree", kEmptyTree, "-m", "first"}));
  repo.git({"update-ref", "refs/heads/develop", commit});
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}), expected(repo.path(), repo.path(), "none", "none"));
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}, {"GIT_DIR=."}),
            expected(repo.path(), repo.path(), "none", "none"));
  repo.git({"worktree", "add", "-q", "../side"});
  const fs::path side = repo.folder() / "side";
  EXPECT_EQ(ask(repo, side, {"layout"}),
            expected(repo.path() / "worktrees/side", repo.path(), side.string(), "none"));
}

TEST(LayoutTest, Submodule) {
  const TempRepo repo, library;
  library.commit_all("library");
  repo.git({"-c", "protocol.file.allow=always", "submodule", "add", "-q", library.path().string(),
            "sub"});
  const fs::path git = repo.path() / ".git/modules/sub";
  const std::string top = (repo.path() / "sub").string();
  EXPECT_EQ(ask(repo, top, {"layout"}), expected(git, git, top, top));
  repo.write("sub/x/y", "");
  EXPECT_EQ(ask(repo, repo.path() / "sub/x", {"layout", "", "."}), expected(git, git, top, top));
}

TEST(LayoutTest, SeparateGitDirectoryAndForeignWorktree) {
  const TempRepo repo;
  repo.git({"init", "-q", "--separate-git-dir", "../elsewhere"});
  const fs::path git = repo.folder() / "elsewhere";
  // Nothing in the repository says where its main worktree is: all worktrees must agree on that.
  EXPECT_EQ(ask(repo, repo.path(), {"layout"}), expected(git, git, repo.path().string(), "none"));
  fs::create_directories(repo.folder() / "other");
  EXPECT_EQ(ask(repo, repo.folder() / "other", {"layout"},
                {"GIT_DIR=" + git.string(), "GIT_WORK_TREE=" + repo.path().string()}),
            expected(git, git, repo.path().string(), "none"));
}

TEST(LayoutTest, UnknownFormatsStillHaveALayout) {
  const TempRepo repo;
  const fs::path git = repo.path() / ".git";
  const std::string top = repo.path().string();
  const std::string one = "[core]\nrepositoryformatversion = 1\n[extensions]\n";
  for (const auto& [config, format] : std::vector<std::pair<std::string, std::string>>{
           {one + "refStorage = pigeons\n", "extensions.refstorage = pigeons"},
           {one + "Future\n", "extensions.future = true"},
           {one + "objectFormat = sha3\n", "extensions.objectformat = sha3"},
           {"[core]\nrepositoryformatversion = 2\n", "core.repositoryformatversion = 2"},
           {one + "objectFormat = sha256\ncompatObjectFormat = sha1\nrelativeWorktrees = true\n",
            "known"},
           {one + "refStorage = files\nobjectFormat = sha1\npreciousObjects = true\n", "known"},
           {"[core]\nrepositoryformatversion = 0\n[extensions]\nfuture = 1\n", "known"},
           {"[extensions]\nfuture = 1\n", "known"}}) {
    repo.write(".git/config", config);
    EXPECT_EQ(ask(repo, top, {"layout"}), expected(git, git, top, top, format)) << config;
  }
}

TEST(LayoutTest, WorktreeConfig) {
  const TempRepo repo;
  repo.commit_all("first");
  repo.git({"worktree", "add", "-q", "../side"});
  repo.git({"config", "extensions.worktreeConfig", "true"});
  repo.git({"config", "--worktree", "core.bare", "true"});
  const fs::path side = repo.folder() / "side", git = repo.path() / ".git";
  EXPECT_EQ(ask(repo, side, {"ignorecase"}), "false");
  repo.git_in(side, {"config", "--worktree", "core.ignoreCase", "true"});
  EXPECT_EQ(ask(repo, side, {"ignorecase"}), "true");
  EXPECT_EQ(ask(repo, repo.path(), {"ignorecase"}), "false");
  // The main worktree's own file says that there is none.
  EXPECT_EQ(ask(repo, side, {"layout"}),
            expected(git / "worktrees/side", git, side.string(), "none"));
}

TEST(LayoutTest, WorktreeThatLostItsRepositorySaysSo) {
  const TempRepo repo;
  fs::create_directories(repo.folder() / "lost");
  repo.write("../lost/.git", "gitdir: /nowhere/at/all\n");
  const process::Result result = probe(repo, repo.folder() / "lost", {"layout"});
  EXPECT_EQ(result.status, 3);
  EXPECT_THAT(result.errors, HasSubstr("git worktree repair"));
}

TEST(HookTest, SeesTheIndexThatIsCommitted) {
  const TempRepo repo;
  repo.write("a", "1\n");
  repo.write("b", "1\n");
  repo.commit_all("first");
  install_probe_hook(repo, repo.path() / ".git/hooks", "pre-commit", "staged");
  const auto paths = [&] {
    std::string all;
    for (const std::string& line : split(take_answer(repo), '\0'))
      all += line.substr(line.rfind(' ') + 1) + ' ';
    return all;
  };
  repo.write("a", "2\n");
  repo.write("b", "2\n");
  repo.git({"add", "a"});
  repo.git({"commit", "-q", "-m", "staged"});
  EXPECT_EQ(paths(), "a ");
  repo.write("a", "3\n");
  repo.git({"add", "a"});
  repo.git({"commit", "-q", "-m", "one path", "--", "b"});
  EXPECT_EQ(paths(), "b ") << "next-index-PID.lock";
  repo.write("b", "4\n");
  repo.git({"commit", "-q", "-a", "-m", "all"});
  EXPECT_EQ(paths(), "a b ") << "index.lock";
}

TEST(ConfigTest, EnvironmentUserAndIncludes) {
  const TempRepo repo;
  repo.write("../global", "[user]\nname = Global\n[core]\nhooksPath = /global\n");
  repo.write("../included", "[core]\nhooksPath = /included\n");
  const std::string global = "GIT_CONFIG_GLOBAL=" + (repo.folder() / "global").string();
  const auto hooks_path = [&](std::vector<std::string> set) {
    set.push_back(global);
    return ask(repo, repo.path(), {"config", "core.hookspath"}, set);
  };
  EXPECT_EQ(hooks_path({}), "/global");
  repo.git({"config", "includeIf.gitdir:**/repo/.git.path", (repo.folder() / "included").string()});
  EXPECT_EQ(hooks_path({}), "/included");
  EXPECT_EQ(hooks_path({"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.hooksPath",
                        "GIT_CONFIG_VALUE_0=/count"}),
            "/count");
  EXPECT_EQ(hooks_path({"GIT_CONFIG_PARAMETERS='a.b'='c' 'core.hooksPath'='/it'\\''s'"}), "/it's");
  EXPECT_EQ(hooks_path({"GIT_CONFIG_PARAMETERS='core.hooksPath=/old'"}), "/old");
  EXPECT_EQ(ask(repo, repo.path(), {"config", "user.name"}, {global}), "Global");
  EXPECT_EQ(ask(repo, repo.path(), {"config", "user.none"}, {global}), "none");
  EXPECT_EQ(ask(repo, repo.path(), {"ignorecase"}, {"GIT_CONFIG_PARAMETERS='core.ignoreCase'"}),
            "true");
}

}  // namespace
}  // namespace gs::test
