#include "lib/gates/landed.h"

#include "lib/gates/arrivals.h"

namespace gs::gates {

namespace {

using core::ObjectId;

void add_ref(const git::Repository& repository, const std::string& ref,
             std::vector<ObjectId>& tips) {
  if (const auto tip = repository.resolve(ref)) tips.push_back(*tip);
}

// The branches that others work on, whatever they are called: their own gates saw all of it.
void add_enrolled(const git::Repository& repository, std::vector<ObjectId>& tips) {
  for (const git::Worktree& worktree : repository.worktrees()) {
    const bool own = worktree.git_dir == repository.layout().git_dir;
    if (own || worktree.prunable || !worktree.branch) continue;
    if (session::read_enrolment(worktree.git_dir))
      add_ref(repository, "refs/heads/" + worktree.branch->str(), tips);
  }
}

}  // namespace

std::vector<ObjectId> landed(session::Session& session) {
  const git::Repository& repository = session.repository();
  std::vector<ObjectId> tips = judged_elsewhere(session);
  const auto own = session.identity().stream;
  for (const auto& [branch, tip] : git::branches(repository)) {
    if (!own || core::stream_of_branch(session.policy(), branch) != own) continue;
    tips.push_back(tip);
    if (const auto upstream = repository.upstream_ref(branch)) add_ref(repository, *upstream, tips);
  }
  add_enrolled(repository, tips);
  return tips;
}

std::set<core::Change> carried(session::Session& session, const ObjectId& old, const ObjectId& tip) {
  const git::Repository& repository = session.repository();
  std::set<core::Change> changes;
  std::vector<ObjectId> hidden = judged_elsewhere(session);
  hidden.push_back(tip);
  for (const git::Commit& commit : git::commits_between(repository, hidden, old)) {
    for (core::Change& change : git::changes_of(repository, commit))
      changes.insert(std::move(change));
  }
  return changes;
}

}  // namespace gs::gates
