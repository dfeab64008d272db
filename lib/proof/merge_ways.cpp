#include "lib/proof/way.h"

namespace gs::proof {

namespace {

// The trunk's merge, stopped before its commit, with a change that is on neither side.
Before spoiled_merge(const Scene& scene) {
  return [trunk = scene.trunk, theirs = scene.cast.theirs](Stage& stage) {
    stage.quietly(stage.scene().work, {"merge", "-q", "--no-commit", "--no-ff", trunk});
    staged(theirs)(stage);
  };
}

std::vector<Way> evil_merges(const Scene& scene) {
  return {
      {{},
       "git merge --no-commit, a change, git commit",
       Gate::pre_commit,
       {kCommit},
       spoiled_merge(scene)},
      {{},
       "git merge --no-commit, a change, git commit -n",
       Gate::reference_transaction,
       {kUnverified},
       spoiled_merge(scene)},
      {{},
       "git merge --no-commit, a change, git merge --continue",
       Gate::pre_commit,
       {{{"merge", "--continue"}}},
       spoiled_merge(scene)},
      {{},
       "git merge --squash, git commit",
       Gate::pre_commit,
       {{{"merge", "-q", "--squash", scene.side}}, kCommit}},
  };
}

std::vector<Way> merges_of_strays(const Scene& scene) {
  const Gate ref = Gate::reference_transaction;
  return {
      {{}, "git merge COMMIT", ref, {{{"merge", "-q", "--no-edit", scene.side}}}},
      {{},
       "git merge --no-verify COMMIT",
       ref,
       {{{"merge", "-q", "--no-verify", "--no-edit", scene.side}}}},
      {{}, "git merge --ff-only COMMIT", ref, {{{"merge", "-q", "--ff-only", scene.stray}}}},
      {{},
       "git merge of three (octopus)",
       ref,
       {{{"merge", "-q", "--no-edit", scene.side, scene.empty_side}}}},
      {{},
       "a scratch branch made elsewhere, merged later",
       ref,
       {{{"merge", "-q", "--no-edit", "scratch"}}},
       [side = scene.side](Stage& stage) {
         // By somebody who belongs to no stream, or in a worktree that git-stream never saw.
         stage.quietly(stage.scene().repo, {"branch", "scratch", side});
       },
       {},
       scene.cast.theirs},
      {{},
       "git tag COMMIT, git merge TAG",
       ref,
       {{{"tag", "quick", scene.side}}, {{"merge", "-q", "--no-edit", "quick"}}}},
      {{},
       "git pull . REF",
       ref,
       {{{"update-ref", "refs/quick/side", scene.side}},
        {{"pull", "-q", "--no-rebase", "--no-edit", ".", "refs/quick/side"}}}},
  };
}

}  // namespace

std::vector<Way> merge_ways(const Scene& scene) {
  std::vector<Way> ways = evil_merges(scene);
  for (Way& way : merges_of_strays(scene)) ways.push_back(std::move(way));
  for (Way& way : ways)
    if (way.name.starts_with("a scratch branch")) way.ref = scene.ref();
  ways = about_theirs(scene, "merges", std::move(ways));
  Way locked_file{"merges",
                  "git merge, where both sides changed a locked file",
                  Gate::pre_merge_commit,
                  {{{"merge", "-q", "--no-edit", scene.ahead_mine}}},
                  locked(scene, scene.cast.mine),
                  {},
                  scene.cast.mine};
  if (!scene.cast.other || scene.policy.rules.lock != core::Action::block)
    locked_file.pointless = "nobody's lock keeps the agent out under this policy";
  ways.push_back(std::move(locked_file));
  return ways;
}

}  // namespace gs::proof
