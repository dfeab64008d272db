#pragma once
// What gates say of the two files that the scene's agents like to change and must not.

#include "tests/gates/stream_repo.h"

namespace gs::test {

inline const Findings kRisk{"models/risk.py: scope: belongs to agent-E1 (stream E)"};
inline const Findings kNews{"llm/news.py: scope: belongs to agent-F2 (stream F)"};

inline constexpr char kUpdate[] = "ref update";

}  // namespace gs::test
