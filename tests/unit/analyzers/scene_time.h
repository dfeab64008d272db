#pragma once
// When the scenes of these tests play.

#include "lib/core/time.h"

namespace gs::analyzers {

inline constexpr core::Instant kNow{core::Seconds{1765015500}};  // 2025-12-06T10:05:00Z

}  // namespace gs::analyzers
