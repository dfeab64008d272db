#include "lib/app/arrivals.h"

#include "lib/app/judgement.h"

namespace gs::app {

std::vector<core::ObjectId> judged_elsewhere(Session& session) {
  const git::Repository& repository = session.repository();
  std::vector<core::ObjectId> tips;
  const auto add = [&](const core::BranchName& branch, const core::ObjectId& tip) {
    tips.push_back(tip);
    const auto upstream = repository.upstream_ref(branch);
    if (const auto remote = upstream ? repository.resolve(*upstream) : std::nullopt)
      tips.push_back(*remote);
  };
  const core::BranchName& integration = session.policy().integration_branch;
  const auto own = session.identity().stream;
  for (const auto& [branch, tip] : git::branches(repository)) {
    const auto stream = core::stream_of_branch(session.policy(), branch);
    if (branch == integration || (stream && stream != own)) add(branch, tip);
  }
  const auto remote = repository.resolve("refs/remotes/origin/" + integration.str());
  if (remote) tips.push_back(*remote);
  return tips;
}

std::vector<git::Commit> arrivals(Session& session, std::vector<core::ObjectId> hidden,
                                  const core::ObjectId& tip) {
  const std::vector<core::ObjectId> judged = judged_elsewhere(session);
  hidden.insert(hidden.end(), judged.begin(), judged.end());
  return git::commits_between(session.repository(), hidden, tip);
}

CommitVerdict judge_commit(Session& session, const git::Commit& commit,
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

}  // namespace gs::app
