#pragma once
// What to do about a clash.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"

namespace gs::streams {

// One line. The later one in the order mends what git cannot merge; who builds on something follows
// it. `sides`: the integration branch `into`, then the streams in their order.
std::string next_step(const Clash& clash, const std::vector<MergeSide>& sides,
                      const core::BranchName& into);

}  // namespace gs::streams
