#include "lib/core/scope.h"

namespace gs::core {

namespace {

bool is_mine(const Identity& identity, const StreamSpec& stream, const AgentSpec& agent) {
  if (identity.agent) return *identity.agent == agent.id;
  return identity.stream && *identity.stream == stream.id;  // a stream: the union of its agents
}

}  // namespace

ScopeMap::ScopeMap(const Policy& policy, const Identity& identity, bool ignore_case)
    : protected_(policy.protect, ignore_case), shared_(policy.shared, ignore_case) {
  for (const StreamSpec& stream : policy.streams) {
    for (const AgentSpec& agent : stream.agents) {
      scopes_.push_back(
          {agent.id, is_mine(identity, stream, agent), PatternList(agent.files, ignore_case)});
    }
  }
}

Place ScopeMap::place(std::string_view path) const {
  if (protected_.matches(path)) return {Standing::protected_path, {}};
  for (const Scope& scope : scopes_) {
    if (scope.mine && scope.patterns.matches(path)) return {Standing::mine, {}};
  }
  if (shared_.matches(path)) return {Standing::shared, {}};
  Place place;
  for (const Scope& scope : scopes_) {
    if (!scope.mine && scope.patterns.matches(path)) place.owners.push_back(scope.agent);
  }
  place.standing = place.owners.empty() ? Standing::unowned : Standing::foreign;
  return place;
}

}  // namespace gs::core
