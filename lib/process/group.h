#pragma once
// Process groups, for this room only.

#include <sys/types.h>

namespace gs::process {

// Whether any process of the group runs still. Those that have ended and that nobody has waited for
// do not count (proc(5)); where there is no /proc they do.
bool group_runs(pid_t group);

}  // namespace gs::process
