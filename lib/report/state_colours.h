#pragma once
// What states look like in pictures.

#include <array>
#include <string_view>

#include "lib/report/graph.h"

namespace gs::report {

struct StateColours {
  NodeState state;
  std::string_view name, fill, line;
};

inline constexpr std::array<StateColours, 5> kStateColours{{
    {NodeState::waiting, "waiting", "#f1f3f5", "#868e96"},
    {NodeState::ready, "ready", "#d0ebff", "#1971c2"},
    {NodeState::in_progress, "in_progress", "#fff3bf", "#e67700"},
    {NodeState::completed, "completed", "#d3f9d8", "#2f9e44"},
    {NodeState::merged, "merged", "#e5dbff", "#6741d9"},
}};

}  // namespace gs::report
