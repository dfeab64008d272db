#include "lib/proof/way.h"

namespace gs::proof {

namespace {

Before theirs_by_owner(const Scene& scene) {
  return [commit = scene.ahead_mine](Stage& stage) {
    // The integration branch has moved on, on the server.
    stage.quietly(stage.scene().server,
                  {"update-ref", "refs/heads/" + stage.scene().trunk, commit});
  };
}

}  // namespace

std::vector<Way> innocent_ways(const Scene& scene) {
  const std::string& mine = scene.cast.mine;
  const std::string amend = "--amend";
  std::vector<Way> ways{
      {{}, "git commit", {}, {kCommit}, staged(mine)},
      {{}, "git commit -a", {}, {{{"commit", "-q", "-a", "-m", "Proof"}}}, changed(mine)},
      {{},
       "git commit --amend",
       {},
       {kCommit, {{"commit", "-q", amend, "-m", "Proof again"}}},
       staged(mine)},
      {{}, "git cherry-pick", {}, {{{"cherry-pick", scene.fresh}}}},
      {{}, "git revert", {}, {{{"revert", "--no-edit", "HEAD"}}}},
      {{}, "git merge INTEGRATION-BRANCH", {}, {{{"merge", "-q", "--no-edit", scene.trunk}}}},
      {{}, "git rebase INTEGRATION-BRANCH", {}, {{{"rebase", "-q", scene.trunk}}}},
      {{},
       "git pull INTEGRATION-BRANCH",
       {},
       {{{"pull", "-q", "--no-rebase", "--no-edit", "origin", scene.trunk}}},
       theirs_by_owner(scene)},
      {{},
       "git pull --rebase INTEGRATION-BRANCH",
       {},
       {{{"pull", "-q", "--rebase", "origin", scene.trunk}}},
       theirs_by_owner(scene)},
      {{}, "git fetch", {}, {{{"fetch", "-q", "origin"}}}, theirs_by_owner(scene)},
      {{},
       "git stash, git stash pop",
       {},
       {{{"stash", "-q"}}, {{"stash", "pop", "-q"}}},
       changed(mine)},
      {{},
       "git branch -D of its own branch",
       {},
       {{{"branch", "quick", scene.fresh}}, {{"branch", "-q", "-D", "quick"}}}},
      {{}, "git push of its own branch", {}, {{{"push", "-q", "origin", scene.branch}}}},
      {{},
       "git push --force after a rebase",
       {},
       {{{"push", "-q", "origin", scene.branch}},
        {{"rebase", "-q", scene.trunk}},
        {{"push", "-q", "--force", "origin", scene.branch}}}},
      {{},
       "git push of a tag on it",
       {},
       {{{"tag", "quick"}}, {{"push", "-q", "origin", "refs/tags/quick"}}}},
  };
  if (!scene.cast.shared.empty())
    ways.push_back(
        {{},
         "git commit of a shared file",
         {},
         {{{"add", "-f", "--", ":(literal)" + scene.cast.shared}}, kCommit},
         [path = scene.cast.shared](Stage& stage) { stage.write(path, "# everybody's\n"); }});
  for (Way& way : ways) {
    way.group = "innocent";
    way.innocent = true;
  }
  return ways;
}

}  // namespace gs::proof
