#include "lib/app/enrolment.h"
#include "lib/proof/way.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;

Step commit_with(const std::string& variable) {
  return {kCommit.arguments, {variable}};
}

void forget_enrolment(Stage& stage) {
  app::remove_enrolment(stage.scene().git_dir);
}
void remember_enrolment(Stage& stage) {
  const Cast& cast = stage.scene().cast;
  app::write_enrolment(stage.scene().git_dir, {cast.stream, cast.agent});
}

Way in_owners_worktree(const Scene& scene) {
  Way way{{},
          "git commit in a worktree of no stream",
          Gate::none,
          {{{"update-index", "--cacheinfo", "100644," + scene.stray_blob + "," + scene.cast.theirs},
            {},
            {},
            scene.repo},
           {kCommit.arguments, {}, {}, scene.repo}}};
  way.reason = "who works in no stream is judged by rules.outsider, and this policy lets them";
  if (scene.policy.rules.outsider == core::Outsider::block) way.gate = Gate::pre_commit;
  way.after = [](Stage& stage) { stage.quietly(stage.scene().repo, {"reset", "-q", "--hard"}); };
  return way;
}

Way bypass(const Scene& scene) {
  Way way{{},
          "GIT_STREAM_BYPASS=… git commit",
          Gate::pre_commit,
          {commit_with("GIT_STREAM_BYPASS=a proof")},
          staged(scene.cast.theirs)};
  if (scene.policy.rules.bypass != core::Bypass::allow) return way;
  way.gate = Gate::none;
  way.reason = "the policy allows it; it is logged as `bypassed`, with the reason given";
  return way;
}

Way as_owner(const Scene& scene) {
  const std::string owner = scene.cast.owner ? scene.cast.owner->full() : "";
  Way way{{},
          "GIT_STREAM_AGENT=OWNER git commit",
          Gate::none,
          {commit_with("GIT_STREAM_AGENT=" + owner)},
          staged(scene.cast.theirs)};
  way.reason = "the environment is asked first for who acts; the log names who was claimed";
  if (owner.empty()) way.pointless = "nobody owns a file that is out of bounds";
  return way;
}

}  // namespace

std::vector<Way> identity_ways(const Scene& scene) {
  Way unenrolled{{},
                 "the enrolment removed, git commit",
                 Gate::pre_commit,
                 {kCommit},
                 both(forget_enrolment, staged(scene.cast.theirs)),
                 remember_enrolment};
  if (!scene.cast.theirs.empty() && !scene.cast.outside) {
    unenrolled.gate = Gate::none;
    unenrolled.reason = "the branch says the stream, not the agent, and the file is the stream's";
  }
  return about_theirs(scene, "identity",
                      {{{},
                        "GIT_STREAM_AGENT= git commit",
                        Gate::pre_commit,
                        {commit_with("GIT_STREAM_AGENT=")},
                        staged(scene.cast.theirs)},
                       {{},
                        "GIT_STREAM_AGENT=NOBODY git commit",
                        Gate::pre_commit,
                        {commit_with("GIT_STREAM_AGENT=no.such.agent")},
                        staged(scene.cast.theirs)},
                       {{},
                        "git commit --author",
                        Gate::pre_commit,
                        {{{"commit", "-q", "-m", "Proof", "--author", "A <a@example.org>"}}},
                        staged(scene.cast.theirs)},
                       unenrolled,
                       as_owner(scene),
                       bypass(scene),
                       in_owners_worktree(scene)});
}

}  // namespace gs::proof
