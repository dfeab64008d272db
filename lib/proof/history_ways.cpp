#include "lib/proof/way.h"

namespace gs::proof {

namespace {

Before patch_of(const std::string& commit) {
  return [commit](Stage& stage) {
    const std::string patch =
        stage.quietly(stage.scene().repo, {"format-patch", "-1", "--stdout", commit});
    stage.write(stage.scene().root / "patch", patch);
  };
}

Before todo(const std::string& text) {
  return [text](Stage& stage) { stage.write(stage.scene().root / "todo", text); };
}

// A commit that git's own plumbing makes, step by step, from a file of the agent's.
std::string fast_import(const Scene& scene) {
  return "commit " + scene.ref() + "\ncommitter a <a@b> 0 +0000\ndata 5\nProof\nfrom " + scene.tip +
         "\nM 100644 " + scene.stray_blob + " " + scene.cast.theirs + "\ndone\n";
}

std::vector<Way> made_by_git(const Scene& scene) {
  const Gate ref = Gate::reference_transaction;
  const std::string editor = "GIT_SEQUENCE_EDITOR=cp ../todo";  // seen from the worktree's top
  return {
      {{}, "git cherry-pick", ref, {{{"cherry-pick", scene.stray}}}},
      {{},
       "git cherry-pick -n, git commit -n",
       ref,
       {{{"cherry-pick", "-n", scene.stray}}, {{"commit", "-q", "-n", "-m", "Proof"}}}},
      {{}, "git revert", ref, {{{"revert", "--no-edit", scene.start}}}},
      {{},
       "git rebase -i",
       ref,
       {{{"rebase", "-q", "-i", scene.start}, {editor}}},
       todo("pick " + scene.tip + "\npick " + scene.stray + "\n")},
      {{}, "git am", ref, {{{"am", "-q", "../patch"}}}, patch_of(scene.stray)},
      {{},
       "git apply --index, git commit -n",
       ref,
       {{{"apply", "--index", "../patch"}}, {{"commit", "-q", "-n", "-m", "Proof"}}},
       patch_of(scene.stray)},
  };
}

// A commit that stands on no branch yet gets onto one.
std::vector<Way> put_on_a_branch(const Scene& scene) {
  const Gate ref = Gate::reference_transaction;
  return {
      {{}, "git reset --hard COMMIT", ref, {{{"reset", "-q", "--hard", scene.stray}}}},
      {{},
       "git checkout -B BRANCH COMMIT",
       ref,
       {{{"checkout", "-q", "-B", scene.branch, scene.stray}}}},
      {{}, "git branch OTHER-NAME COMMIT", ref, {{{"branch", "quick", scene.stray}}}},
      {{},
       "git commit-tree, git update-ref",
       ref,
       {{{"update-index", "--cacheinfo", "100644," + scene.stray_blob + "," + scene.cast.theirs}},
        {{"update-ref", scene.ref(), scene.stray}}}},
      {{},
       "git update-ref --stdin",
       ref,
       {{{"update-ref", "--stdin"}, {}, "update " + scene.ref() + " " + scene.stray + "\n"}}},
      {{},
       "git fetch . COMMIT:BRANCH",
       ref,
       {{{"fetch", "-q", ".", scene.stray + ":refs/heads/quick"}}}},
      {{},
       "git push --no-verify . COMMIT:BRANCH",
       ref,
       {{{"push", "-q", "--no-verify", ".", scene.stray + ":refs/heads/quick"}}}},
      {{},
       "git worktree add -b OTHER-NAME",
       ref,
       {{{"worktree", "add", "-q", "-b", "quick", "../quick", scene.stray}}},
       {},
       [](Stage& stage) {
         std::filesystem::remove_all(stage.scene().root / "quick");
         stage.quietly(stage.scene().repo, {"worktree", "prune"});
       }},
      {{},
       "git fast-import",
       ref,
       {{{"fast-import", "--quiet", "--done"}, {}, fast_import(scene)}}},
  };
}

}  // namespace

std::vector<Way> history_ways(const Scene& scene) {
  std::vector<Way> ways = made_by_git(scene);
  for (Way& way : put_on_a_branch(scene)) ways.push_back(std::move(way));
  return about_theirs(scene, "commits that are there", std::move(ways));
}

}  // namespace gs::proof
