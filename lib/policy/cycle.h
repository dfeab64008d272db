#pragma once
// Who waits for whom: streams for streams, agents for agents, and both across each other.

#include <optional>
#include <string>

#include "lib/policy/references.h"

namespace gs::policy {

struct Cycle {
  std::string names;             // "E → F → E", starting with the one first in the file
  const YamlNode* at = nullptr;  // the `depends_on` or `after` entry that leaves it
};

// A cycle among the declared references; nothing when everybody can start some day. An agent waits
// for the agents in its `after` and for every stream that its own depends on; a stream is done
// when all its agents are.
std::optional<Cycle> find_cycle(const References& references);

}  // namespace gs::policy
