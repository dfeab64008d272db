#pragma once
// Who stands behind the places that clash.

#include <vector>

#include "lib/app/session.h"
#include "lib/conflicts/conflict.h"

namespace gs::streams {

// Fills in `who` of every place, from the log and the commits of its side; of what is not committed
// "agent-F1 (not committed)".
void name_authors(app::Session& session, const std::vector<MergeSide>& sides,
                  std::vector<Clash>& clashes, const std::vector<std::string>& variables = {});

}  // namespace gs::streams
