#include <array>
#include <utility>

#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/proof/way.h"
#include "lib/streams/worktree_git.h"

namespace gs::proof {

std::string_view gate_name(Gate gate) {
  constexpr std::array<std::string_view, 7> kNames{
      "",         "pre-commit",  "pre-merge-commit",        "reference-transaction",
      "pre-push", "pre-receive", "git stream check --range"};
  return kNames.at(static_cast<std::size_t>(gate));
}

std::vector<Way> all_ways(const Scene& scene) {
  std::vector<Way> all;
  for (auto* table : {commit_ways, history_ways, merge_ways, branch_ways, identity_ways, hand_ways,
                      push_ways, innocent_ways}) {
    for (Way& way : table(scene)) all.push_back(std::move(way));
  }
  return all;
}

std::vector<Way> about_theirs(const Scene& scene, const std::string& group, std::vector<Way> ways) {
  for (Way& way : ways) {
    way.group = group;
    if (way.path.empty() && !way.server) way.path = scene.cast.theirs;
    if (way.path == scene.cast.theirs && way.path.empty() && way.pointless.empty())
      way.pointless = "this policy lets the agent change every file";
  }
  return ways;
}

Before changed(const std::string& path) {
  return [path](Stage& stage) { stage.append(path, "# changed\n"); };
}

Before staged(const std::string& path) {
  return [path](Stage& stage) {
    stage.append(path, "# changed\n");
    stage.quietly(stage.scene().work, {"add", "-f", "--", ":(literal)" + path});
  };
}

Before locked(const Scene& scene, const std::string& path) {
  if (!scene.cast.other) return {};
  return [path, who = scene.cast.other->full()](Stage& stage) {
    const process::Result result =
        stage.stream({{"lock", "--task", "Proof", ":/" + path}, {"GIT_STREAM_AGENT=" + who}});
    if (result.status != 0)
      throw core::Error(core::ExitCode::broken,
                        "git stream lock failed in the scratch clone: " + app::in_one_line(result));
  };
}

Before both(Before first, Before second) {
  return [first = std::move(first), second = std::move(second)](Stage& stage) {
    if (first) first(stage);
    if (second) second(stage);
  };
}

}  // namespace gs::proof
