#pragma once
// Whose is a path? (contract, section 4)

#include <string_view>
#include <vector>

#include "lib/core/identity.h"
#include "lib/core/pattern.h"
#include "lib/core/policy.h"

namespace gs::core {

enum class Standing { protected_path, mine, shared, foreign, unowned };

struct Place {
  Standing standing = Standing::unowned;
  std::vector<AgentId> owners;  // for `foreign`: everybody whose scope it is, in the policy's order
};

// The policy's patterns, ready to be asked from one identity's point of view. For an outsider
// nothing is `mine`. Keeps no reference to the policy.
class ScopeMap {
 public:
  ScopeMap(const Policy& policy, const Identity& identity, bool ignore_case);

  Place place(std::string_view path) const;

 private:
  struct Scope {
    AgentId agent;
    bool mine;
    PatternList patterns;
  };
  PatternList protected_, shared_;
  std::vector<Scope> scopes_;
};

}  // namespace gs::core
