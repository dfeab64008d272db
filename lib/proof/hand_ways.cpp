#include "lib/proof/way.h"
#include "lib/store/state_dir.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;

constexpr char kOwnsGit[] = "who may write in .git can take out every gate that is there";

fs::path state_of(const Scene& scene) {
  return scene.repo / scene.policy.state_dir;
}

void take_hooks_out(Stage& stage) {
  fs::rename(stage.scene().repo / ".git" / "hooks", stage.scene().repo / ".git" / "hooks.away");
}
void put_hooks_back(Stage& stage) {
  fs::remove_all(stage.scene().repo / ".git" / "hooks");
  fs::rename(stage.scene().repo / ".git" / "hooks.away", stage.scene().repo / ".git" / "hooks");
}

std::vector<Way> around_git(const Scene& scene) {
  const std::string& theirs = scene.cast.theirs;
  std::vector<Way> ways{
      {{},
       "git -c core.hooksPath=/dev/null commit",
       Gate::none,
       {{{"-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Proof"}}},
       staged(theirs)},
      {{},
       "the hooks removed, git commit",
       Gate::none,
       {kCommit},
       both(take_hooks_out, staged(theirs)),
       put_hooks_back},
      {{},
       "a file written into .git/refs",
       Gate::none,
       {},
       [stray = scene.stray](Stage& stage) {
         stage.write(stage.scene().repo / ".git" / "refs" / "heads" / "quick", stray + "\n");
       }},
  };
  ways[0].reason = "git was told to run no hooks";
  ways[1].reason = kOwnsGit;
  ways[2].reason = "git does not know of it, and runs no hook";
  return ways;
}

Before write_policy(const Scene& scene) {
  return [text = wide_policy(scene)](Stage& stage) {
    stage.write(std::string(core::kPolicyFile), text);
  };
}

std::vector<Way> edited_policy(const Scene& scene) {
  const std::string& theirs = scene.cast.theirs;
  const std::string policy(core::kPolicyFile);
  std::vector<Way> ways{
      {{},
       "a wider policy in the worktree, git commit",
       Gate::pre_commit,
       {kCommit},
       both(write_policy(scene), staged(theirs))},
      {{},
       "a wider policy committed with -n, git commit -n",
       Gate::reference_transaction,
       {{{"add", policy}}, {{"commit", "-q", "-n", "-m", "Wider", "--", policy}}, kUnverified},
       both(write_policy(scene), staged(theirs))},
      {{},
       "a wider policy put on the integration branch",
       Gate::reference_transaction,
       {{{"update-ref", "refs/heads/" + scene.trunk, scene.takeover}}},
       {},
       {},
       policy},
      {{},
       "the note of the integration branch edited, git commit",
       Gate::none,
       {kCommit},
       [takeover = scene.takeover, theirs](Stage& stage) {
         const fs::path git = stage.scene().repo / ".git";
         stage.write(git / "refs" / "heads" / kWideBranch, takeover + "\n");
         stage.write(git / "stream" / "integration", std::string(kWideBranch) + "\n");
         staged(theirs)(stage);
       },
       [](Stage& stage) {
         stage.write(stage.scene().repo / ".git" / "stream" / "integration",
                     stage.scene().trunk + "\n");
       }},
  };
  ways.back().reason = kOwnsGit;
  return ways;
}

std::vector<Way> edited_state(const Scene& scene) {
  const std::string& mine = scene.cast.mine;
  const fs::path locks = store::StateDir(state_of(scene)).locks();
  std::vector<Way> ways{
      {{},
       "git commit of a locked file",
       Gate::pre_commit,
       {kCommit},
       both(locked(scene, mine), staged(mine))},
      {{},
       "git commit -n of a locked file",
       Gate::reference_transaction,
       {kUnverified},
       both(locked(scene, mine), staged(mine))},
      {{},
       "the lock removed from its file, git commit",
       Gate::none,
       {kCommit},
       both(locked(scene, mine), both(staged(mine),
                                      [locks](Stage& stage) {
                                        stage.write(locks, "{\"locks\": {}, \"version\": 1}\n");
                                      }))},
  };
  ways.back().reason = "locks keep those apart who ask; the state is a file of the same user's";
  for (Way& way : ways) {
    way.path = mine;
    if (!scene.cast.other || scene.policy.rules.lock != core::Action::block)
      way.pointless = "nobody's lock keeps the agent out under this policy";
  }
  ways.push_back({{},
                  "the file of locks damaged, git commit",
                  Gate::pre_commit,
                  {kCommit},
                  both(staged(mine), [locks](Stage& stage) { stage.write(locks, "{"); }),
                  {},
                  mine});
  ways.push_back({{},
                  "the file of locks damaged, git commit -n",
                  Gate::reference_transaction,
                  {kUnverified},
                  both(staged(mine), [locks](Stage& stage) { stage.write(locks, "{"); }),
                  {},
                  mine});
  return ways;
}

}  // namespace

std::vector<Way> hand_ways(const Scene& scene) {
  std::vector<Way> ways = around_git(scene);
  for (auto* more : {edited_policy, edited_state})
    for (Way& way : more(scene)) ways.push_back(std::move(way));
  return about_theirs(scene, "what the gates rely on", std::move(ways));
}

}  // namespace gs::proof
