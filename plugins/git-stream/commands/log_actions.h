#pragma once
// The actions of the activity log.

#include <array>
#include <string_view>

namespace gs::command {

// What git stream writes (contract, section 5); other programs' words are known once they are in
// the log.
inline constexpr std::array<std::string_view, 23> kActions{
    "enrolled", "unenrolled", "uninstalled", "started",     "locked",  "renewed",
    "released", "expired",    "stolen",      "committed",   "blocked", "bypassed",
    "pushed",   "merged",     "validated",   "completed",   "handoff", "task",
    "asked",    "answered",   "lost",        "unreachable", "warned"};

}  // namespace gs::command
