#include "lib/proof/way.h"

namespace gs::proof {

namespace {

constexpr char kNoRival[] = "there is no other stream";

// The agent's own work, on a branch that is another stream's.
std::vector<Way> rivals_branch(const Scene& scene) {
  const std::string rivals = "refs/heads/" + scene.rivals;
  std::vector<Way> ways{
      {"others' branches",
       "git branch -f OTHERS-BRANCH COMMIT",
       Gate::reference_transaction,
       {{{"branch", "-f", scene.rivals, scene.stray}}},
       {},
       {},
       scene.cast.theirs},
      {"others' branches",
       "git branch OTHERS-NEW-BRANCH COMMIT",
       Gate::reference_transaction,
       {{{"branch", scene.rivals + "-quick", scene.stray}}},
       {},
       {},
       scene.cast.theirs},
      {"others' branches",
       "git checkout OTHERS-BRANCH, git commit",
       Gate::pre_commit,
       {{{"checkout", "-q", scene.rivals}}, {{"commit", "-q", "-a", "-m", "Proof"}}},
       {},
       {},
       scene.cast.theirs},
  };
  ways.back().steps.insert(
      ways.back().steps.begin() + 1,
      {{"update-index", "--cacheinfo", "100644," + scene.stray_blob + "," + scene.cast.theirs}});
  ways.back().steps.back() = {{"commit", "-q", "-m", "Proof"}};
  for (Way& way : ways) {
    if (scene.rivals.empty()) way.pointless = kNoRival;
    if (scene.cast.theirs.empty()) way.pointless = "this policy lets the agent change every file";
  }
  Way gone{"others' branches",
           "git branch -D OTHERS-BRANCH",
           Gate::none,
           {{{"branch", "-q", "-D", scene.rivals}}}};
  gone.reason =
      "a gate judges the commits that a ref brings, and this one brings none; they stay in "
      "the reflog, and on the server";
  if (scene.rivals.empty()) gone.pointless = kNoRival;
  ways.push_back(std::move(gone));
  return ways;
}

}  // namespace

std::vector<Way> branch_ways(const Scene& scene) {
  std::vector<Way> ways = rivals_branch(scene);
  for (Way& way : about_theirs(scene, "others' branches",
                               {{{},
                                 "git update-ref of the integration branch",
                                 Gate::reference_transaction,
                                 {{{"update-ref", "refs/heads/" + scene.trunk, scene.stray}}}},
                                {{},
                                 "git fetch . COMMIT:INTEGRATION-BRANCH",
                                 Gate::reference_transaction,
                                 {{{"fetch", "-q", "--force", "--update-head-ok", ".",
                                    scene.stray + ":refs/heads/" + scene.trunk}}}}}))
    ways.push_back(std::move(way));
  return ways;
}

}  // namespace gs::proof
