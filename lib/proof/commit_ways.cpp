#include "lib/proof/way.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;

Before as_symlink(const std::string& path) {
  return [path](Stage& stage) {
    const fs::path file = stage.scene().work / path;
    fs::remove(file);
    fs::create_symlink("elsewhere", file);
  };
}

// A folder outside every worktree, with another version of the file.
Before elsewhere(const std::string& path) {
  return [path](Stage& stage) {
    stage.write(stage.scene().root / "elsewhere" / path, "# elsewhere\n");
  };
}

// As on a file system that does not tell letters' case apart.
Before case_ignored(bool ignored) {
  return [ignored](Stage& stage) {
    stage.quietly(stage.scene().repo, {"config", "core.ignorecase", ignored ? "true" : "false"});
  };
}

std::vector<Way> plain_ways(const Scene& scene) {
  const std::string& theirs = scene.cast.theirs;
  const Gate commit = Gate::pre_commit, ref = Gate::reference_transaction;
  return {
      {{}, "git commit", commit, {kCommit}, staged(theirs)},
      {{}, "git commit -a", commit, {{{"commit", "-q", "-a", "-m", "Proof"}}}, changed(theirs)},
      {{},
       "git commit -p",
       commit,
       {{{"commit", "-q", "-p", "-m", "Proof"}, {}, "y\n"}},
       changed(theirs)},
      {{},
       "git commit -- PATH",
       commit,
       {{{"commit", "-q", "-m", "Proof", "--", ":(literal)" + theirs}}},
       changed(theirs)},
      {{},
       "git commit -i PATH",
       commit,
       {{{"commit", "-q", "-m", "Proof", "-i", "--", ":(literal)" + theirs}}},
       changed(theirs)},
      {{}, "git commit -n", ref, {kUnverified}, staged(theirs)},
      {{},
       "git commit --amend",
       commit,
       {{{"commit", "-q", "--amend", "--no-edit"}}},
       staged(theirs)},
      {{},
       "git commit --amend -n",
       ref,
       {{{"commit", "-q", "-n", "--amend", "--no-edit"}}},
       staged(theirs)},
      {{},
       "git commit, HEAD detached, then git branch -f",
       commit,
       {{{"checkout", "-q", "--detach"}}, kCommit, {{"branch", "-f", "quick"}}},
       staged(theirs)},
      {{},
       "git commit -n, HEAD detached, then git branch -f",
       ref,
       {{{"checkout", "-q", "--detach"}}, kUnverified, {{"branch", "-f", "quick"}}},
       staged(theirs)},
      {{},
       "git checkout -b OTHER-NAME, git commit -n",
       ref,
       {{{"checkout", "-q", "-b", "quick"}}, kUnverified},
       staged(theirs)},
      {{},
       "git stash pop, git commit -a",
       commit,
       {{{"stash", "-q"}}, {{"stash", "pop", "-q"}}, {{"commit", "-q", "-a", "-m", "Proof"}}},
       changed(theirs)},
  };
}

// Changes that are no new lines in a file.
std::vector<Way> odd_changes(const Scene& scene) {
  const std::string& theirs = scene.cast.theirs;
  const std::string literal = ":(literal)" + theirs;
  const Gate commit = Gate::pre_commit;
  return {
      {{}, "git mv THEIRS MINE", commit, {{{"mv", "-f", theirs, scene.cast.mine}}, kCommit}},
      {{}, "git rm THEIRS", commit, {{{"rm", "-q", literal}}, kCommit}},
      {{},
       "git update-index --chmod=+x",
       commit,
       {{{"update-index", "--chmod=+x", theirs}}, kCommit}},
      {{},
       "a symbolic link in its place",
       commit,
       {{{"add", literal}}, kCommit},
       as_symlink(theirs)},
      {{},
       "a submodule in its place",
       commit,
       {{{"update-index", "--cacheinfo", "160000," + scene.start + "," + theirs}}, kCommit}},
      {{},
       "its name in other letters, core.ignoreCase",
       commit,
       {{{"update-index", "--add", "--cacheinfo",
          "100644," + scene.stray_blob + "," + scene.alias}},
        kCommit},
       case_ignored(true),
       case_ignored(false),
       scene.alias,
       false,
       false,
       {},
       scene.alias.empty() && !theirs.empty() ? "its name has no letters" : ""},
  };
}

std::vector<Way> by_environment(const Scene& scene) {
  const std::string& theirs = scene.cast.theirs;
  const fs::path there = scene.root / "elsewhere";
  const std::string index = "GIT_INDEX_FILE=" + (scene.root / "index").string();
  const std::string git_dir = "GIT_DIR=" + scene.git_dir.string();
  const std::string tree = "GIT_WORK_TREE=" + there.string();
  return {
      {{},
       "GIT_INDEX_FILE=… git commit",
       Gate::pre_commit,
       {{{"read-tree", "HEAD"}, {index}},
        {{"update-index", "--cacheinfo", "100644," + scene.stray_blob + "," + theirs}, {index}},
        {kCommit.arguments, {index}}}},
      {{},
       "GIT_DIR=… GIT_WORK_TREE=… git commit",
       Gate::pre_commit,
       {{{"add", "-f", "--", ":(literal)" + theirs}, {git_dir, tree}, {}, there},
        {kCommit.arguments, {git_dir, tree}, {}, there}},
       elsewhere(theirs)},
  };
}

}  // namespace

std::vector<Way> commit_ways(const Scene& scene) {
  std::vector<Way> ways = plain_ways(scene);
  for (auto* more : {odd_changes, by_environment})
    for (Way& way : more(scene)) ways.push_back(std::move(way));
  return about_theirs(scene, "commits", std::move(ways));
}

}  // namespace gs::proof
