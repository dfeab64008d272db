#include "lib/gates/arrivals.h"

#include <algorithm>
#include <string_view>

#include "lib/gates/judge_change.h"

namespace gs::gates {

namespace {

// "feature/x" from "refs/remotes/origin/feature/x".
core::BranchName tracked_branch(std::string_view ref) {
  constexpr std::string_view kRemotes = "refs/remotes/";
  ref.remove_prefix(kRemotes.size());
  return core::BranchName(std::string(ref.substr(std::min(ref.find('/'), ref.size() - 1) + 1)));
}

}  // namespace

std::vector<JudgedTip> judged_tips(session::Session& session) {
  const git::Repository& repository = session.repository();
  const core::Policy& policy = session.policy();
  std::vector<JudgedTip> tips;
  const auto counts = [&](const core::BranchName& branch) {
    return branch == policy.integration_branch || core::stream_of_branch(policy, branch);
  };
  for (const auto& [branch, tip] : git::branches(repository)) {
    if (!counts(branch)) continue;
    const auto stream =
        branch == policy.integration_branch ? std::nullopt : core::stream_of_branch(policy, branch);
    tips.push_back({stream, tip});
    const auto upstream = repository.upstream_ref(branch);
    if (const auto remote = upstream ? repository.resolve(*upstream) : std::nullopt)
      tips.push_back({stream, *remote});
  }
  // A clone may know other streams' branches, and the integration branch, by these alone.
  const auto wanted = [&](std::string_view ref) { return counts(tracked_branch(ref)); };
  for (const auto& [ref, tip] : git::refs_below(repository, "refs/remotes/", wanted)) {
    const core::BranchName branch = tracked_branch(ref);
    const auto stream =
        branch == policy.integration_branch ? std::nullopt : core::stream_of_branch(policy, branch);
    if (git::known_commit(repository, tip)) tips.push_back({stream, tip});
  }
  return tips;
}

std::vector<core::ObjectId> judged_elsewhere(session::Session& session) {
  const auto own = session.identity().stream;
  std::vector<core::ObjectId> tips;
  for (const JudgedTip& tip : judged_tips(session)) {
    if (!tip.stream || tip.stream != own) tips.push_back(tip.commit);
  }
  return tips;
}

std::vector<git::Commit> arrivals(session::Session& session, std::vector<core::ObjectId> hidden,
                                  const core::ObjectId& tip) {
  const std::vector<core::ObjectId> judged = judged_elsewhere(session);
  hidden.insert(hidden.end(), judged.begin(), judged.end());
  return git::commits_between(session.repository(), hidden, tip);
}

CommitVerdict judge_commit(session::Session& session, const git::Commit& commit,
                           const std::set<core::Change>& except) {
  const git::Repository& repository = session.repository();
  std::vector<core::ObjectId> others = commit.parents;
  std::optional<core::ObjectId> first;
  if (!others.empty()) {
    first = others.front();
    others.erase(others.begin());
  }
  core::ChangeSet judged = git::changes_of(repository, commit);
  const core::ChangeSet whole =
      others.empty() ? judged : git::changes_between(repository, first, commit.id);
  std::erase_if(judged, [&](const core::Change& change) { return except.contains(change); });
  return {judge_change(session, {first, whole, judged, others}), judged.size()};
}

}  // namespace gs::gates
