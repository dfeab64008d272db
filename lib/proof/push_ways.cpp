#include "lib/proof/way.h"

namespace gs::proof {

namespace {

const std::string kTrunkReason =
    "work of a stream on the integration branch looks there like a merge of it; keep the branch "
    "for "
    "those who merge, by your server's own rules";

const std::string kNobodysRef =
    "a server knows a stream by its branch, or by the commit's trailers, and here neither says "
    "one; "
    "on a branch of a stream it is judged";
const std::string kOneStream =
    "a server knows the stream, not the agent, unless the commit's trailers say it, and the file "
    "is "
    "the stream's";

Step push(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"push", "-q", "origin"});
  return {std::move(arguments)};
}
Step without_hooks(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"push", "-q", "--no-verify", "origin"});
  return {std::move(arguments)};
}

Way sent(std::string name, Gate gate, std::vector<Step> steps, std::string path) {
  Way way{"pushes", std::move(name), gate, std::move(steps), {}, {}, std::move(path)};
  way.server = true;
  return way;
}

std::vector<Way> of_commits(const Scene& scene) {
  const std::string &stray = scene.stray, &theirs = scene.cast.theirs;
  std::vector<Way> ways;
  const Step tag{{"tag", "quick", stray}};
  const Step note{{"update-ref", "refs/notes/quick", stray}};
  const Gate server = scene.cast.outside ? Gate::pre_receive : Gate::none;
  ways.push_back(
      sent("git push COMMIT:BRANCH", Gate::pre_push, {push({stray + ":" + scene.ref()})}, theirs));
  ways.push_back(sent("git tag COMMIT, git push TAG", Gate::pre_push,
                      {tag, push({"refs/tags/quick"})}, theirs));
  ways.push_back(sent("git push COMMIT:refs/notes/…", Gate::pre_push,
                      {note, push({"refs/notes/quick"})}, theirs));
  ways.push_back(sent("git push --no-verify COMMIT:BRANCH", server,
                      {without_hooks({stray + ":" + scene.ref()})}, theirs));
  ways.push_back(sent("git push --no-verify TAG", Gate::none,
                      {tag, without_hooks({"refs/tags/quick"})}, theirs));
  ways.push_back(sent("git push --no-verify COMMIT:refs/notes/…", Gate::none,
                      {note, without_hooks({"refs/notes/quick"})}, theirs));
  ways.push_back(sent(
      "git push from a clone without git-stream", server,
      {{{"push", "-q", "origin", "HEAD:" + scene.ref()}, {}, {}, scene.root / "plain"}}, theirs));
  ways.back().before = [stray](Stage& stage) {
    const auto& root = stage.scene().root;
    stage.quietly(root, {"clone", "-q", "--shared", "--template=", "--no-checkout", "server.git",
                         (root / "plain").string()});
    stage.quietly(root / "plain", {"reset", "-q", "--soft", stray});
  };
  ways.back().after = [](Stage& stage) {
    std::filesystem::remove_all(stage.scene().root / "plain");
  };
  for (Way& way : ways) {
    if (way.gate == Gate::none) way.reason = scene.cast.outside ? kNobodysRef : kOneStream;
    if (theirs.empty()) way.pointless = "this policy lets the agent change every file";
  }
  return ways;
}

// Work that is the agent's own, where it does not belong.
std::vector<Way> to_places(const Scene& scene) {
  const std::string rivals = "HEAD:refs/heads/" + scene.rivals;
  const std::string trunk = "HEAD:refs/heads/" + scene.trunk;
  std::vector<Way> ways;
  ways.push_back(sent("git push HEAD:OTHERS-BRANCH", Gate::pre_push, {push({"-f", rivals})}, {}));
  ways.push_back(sent("git push --delete OTHERS-BRANCH", Gate::pre_push,
                      {push({"--delete", scene.rivals})}, {}));
  ways.push_back(sent("git push --no-verify HEAD:OTHERS-BRANCH", Gate::pre_receive,
                      {without_hooks({"-f", rivals})}, {}));
  if (scene.rivals.empty())
    for (Way& way : ways) way.pointless = "there is no other stream";
  ways.push_back(
      sent("git push HEAD:INTEGRATION-BRANCH", Gate::pre_push, {push({"-f", trunk})}, {}));
  ways.push_back(sent("git push --no-verify HEAD:INTEGRATION-BRANCH", Gate::none,
                      {without_hooks({"-f", trunk})}, {}));
  ways.back().reason = kTrunkReason;
  ways.push_back(
      sent("git push HEAD:NO-STREAMS-NAME", Gate::pre_push, {push({"HEAD:refs/heads/quick"})}, {}));
  if (scene.policy.rules.branch_name != core::Action::block)
    ways.back().pointless = "rules.branch-name does not block under this policy";
  return ways;
}

}  // namespace

std::vector<Way> push_ways(const Scene& scene) {
  std::vector<Way> ways = of_commits(scene);
  for (Way& way : to_places(scene)) ways.push_back(std::move(way));
  return ways;
}

}  // namespace gs::proof
