#include "lib/gates/leases/stale_locks.h"

#include "analyzers/judge.h"
#include "lib/session/known_locks.h"

namespace gs::gates {

std::optional<core::Finding> judge_stale(session::Session& session,
                                         const core::ChangeSet& changes) {
  const core::Policy& policy = session.policy();
  if (!session::shares_locks(session) || policy.rules.lock == core::Action::off)
    return std::nullopt;
  std::vector<std::string> paths;
  paths.reserve(changes.size());
  for (const core::Change& change : changes) paths.push_back(change.path);
  const auto stale = session::stale_locks(session, paths);
  if (!stale) return std::nullopt;
  return analyzers::finding(core::Rule::stale, policy.coordination.stale, stale->path, stale->why,
                            "git stream sync");
}

}  // namespace gs::gates
