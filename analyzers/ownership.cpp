#include "analyzers/ownership.h"

#include "analyzers/severity.h"

namespace gs::analyzers {

using core::Finding;
using core::Rule;
using core::Severity;
using core::Standing;

namespace {

std::string owners_of(const core::Policy& policy, const core::Place& place) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < place.owners.size() && i < kNamed; ++i) {
    const core::StreamSpec* stream = policy.stream_of(place.owners[i]);
    if (i > 0) text += ", ";
    text += place.owners[i].full();
    if (stream != nullptr) text += " (stream " + stream->id.str() + ")";
  }
  if (place.owners.size() > kNamed) text += ", …";
  return text;
}

}  // namespace

std::optional<Finding> judge_place(const core::Policy& policy, const core::Place& place,
                                   std::string_view path) {
  switch (place.standing) {
    case Standing::protected_path:
      return Finding{Rule::protected_path,
                     Severity::block,
                     std::string(path),
                     0,
                     "nobody in a stream may change it",
                     {}};
    case Standing::foreign:
      return finding(Rule::scope, policy.rules.scope, path,
                     "belongs to " + owners_of(policy, place));
    case Standing::unowned:
      if (policy.rules.unowned != core::Unowned::block) return std::nullopt;
      return Finding{
          Rule::unowned, Severity::block, std::string(path), 0, "is in nobody's scope", {}};
    case Standing::mine:
    case Standing::shared:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Finding> judge_outsider(const core::Policy& policy, std::string_view path) {
  if (policy.rules.outsider == core::Outsider::allow) return std::nullopt;
  const bool blocks = policy.rules.outsider == core::Outsider::block;
  return Finding{Rule::outsider,
                 blocks ? Severity::block : Severity::warn,
                 std::string(path),
                 0,
                 "this worktree belongs to no stream",
                 "git stream install --agent AGENT"};
}

}  // namespace gs::analyzers
