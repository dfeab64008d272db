#pragma once
// Who did what when, from the activity log.

#include <vector>

#include "lib/report/account.h"
#include "lib/store/journal.h"

namespace gs::streams {

inline constexpr std::size_t kTimelineBins = 96, kMostLanes = 32;

// As many lanes as a page has room for: of those who did most. However many lines, the result is of
// bounded size.
report::Timeline timeline_of(const store::LogRead& log);

}  // namespace gs::streams
