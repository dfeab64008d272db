#pragma once
// What can be judged only once the whole policy is read.

#include "lib/core/policy.h"
#include "lib/policy/reader.h"

namespace gs::policy {

// Throws core::Error, as the reader words it, on names of nobody, agents and modules at home
// twice, dependency cycles, tasks of the wrong stream, and branches that get in each other's way.
// Fills in the stream of a task that names only its agent.
void check_references(const Reader& reader, core::Policy& policy);

}  // namespace gs::policy
