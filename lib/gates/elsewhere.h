#pragma once
// What other streams are doing to imported modules: on their branches, and by their progress.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analyzers/import_conflicts.h"
#include "lib/session/session.h"
#include "lib/core/pattern.h"

namespace gs::gates {

// A branch that another stream works on, and where it stands.
struct OthersBranch {
  core::StreamId stream;
  core::BranchName branch;
  core::ObjectId tip;
};
std::vector<OthersBranch> others_branches(session::Session& session);

// The imported modules that other streams' branches have changed since they left the integration
// branch, as far as the change in hand, made on `base`, does not have that yet.
std::vector<analyzers::Elsewhere> find_elsewhere(session::Session& session,
                                                 const std::vector<OthersBranch>& others,
                                                 const std::vector<core::ImportEdge>& edges,
                                                 const std::optional<core::ObjectId>& base);

// Those of the files that are not the same on some other stream's branch: few, and quickly found.
std::set<std::string> touched_elsewhere(session::Session& session, const std::vector<OthersBranch>& others,
                                        const std::vector<std::string>& files,
                                        const std::optional<core::ObjectId>& base);

// The scopes of the agents that the committer comes after.
std::vector<core::PatternList> scopes_of_earlier(session::Session& session);

// Of the agents that the committer comes after, those whose work is complete.
std::vector<core::AgentId> finished_agents(session::Session& session);

}  // namespace gs::gates
