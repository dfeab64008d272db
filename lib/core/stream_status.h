#pragma once
// How far a stream is.

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace gs::core {

enum class StreamStatus { waiting, in_progress, completed, merged };  // waiting: not started

// As orchestrator_state.json spells them; "waiting" is never written there.
inline constexpr std::array<std::pair<StreamStatus, std::string_view>, 4> kStreamStatuses{{
    {StreamStatus::waiting, "waiting"},
    {StreamStatus::in_progress, "in_progress"},
    {StreamStatus::completed, "completed"},
    {StreamStatus::merged, "merged"},
}};

constexpr std::string_view status_name(StreamStatus status) {
  return kStreamStatuses[static_cast<std::size_t>(status)].second;
}

constexpr std::optional<StreamStatus> parse_status(std::string_view name) {
  for (const auto& [status, text] : kStreamStatuses) {
    if (text == name) return status;
  }
  return std::nullopt;
}

// Whether those who depend on it may begin.
constexpr bool is_done(StreamStatus status) {
  return status == StreamStatus::completed || status == StreamStatus::merged;
}

}  // namespace gs::core
