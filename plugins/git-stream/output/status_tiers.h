#pragma once
// The tiers at which a change can be judged, and which of them hold here (docs/enforcement.md).

#include <string>
#include <vector>

#include "lib/install/installation.h"
#include "lib/core/identity.h"
#include "lib/core/policy.h"

namespace gs::command {

struct Tier {
  std::string name;                // "commit", "ref update", "push", "server"
  std::vector<std::string> gates;  // that make it: all of them are needed
  bool in_force = false;
};

// In the order of their doors. "server" only where the repository is one.
std::vector<Tier> tiers_of(const std::vector<install::HookReport>& hooks);
// The strongest that holds: what goes past the others is judged there. Empty: none.
std::string strongest(const std::vector<Tier>& tiers);

// In words, with what they mean to who works here.
std::string tier_text(const std::vector<Tier>& tiers, const core::Identity& who,
                      const core::Policy& policy);

}  // namespace gs::command
