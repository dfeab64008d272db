#pragma once
// The JSON files of a state directory: how they begin, and what makes one damaged.

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gs::store {

struct StateFile {
  std::string_view name;
  std::string_view initial;              // as the reference design sets it up
  void (*check)(std::string_view text);  // throws Damaged
  bool when_needed = false;              // not made beforehand
};

void check_locks(std::string_view text);
void check_waits(std::string_view text);
void check_handoffs(std::string_view text);
void check_streams(std::string_view text);
void check_tasks(std::string_view text);

inline constexpr std::array<StateFile, 5> kStateFiles{{
    {"file_locks.json", "{\"locks\": {}, \"version\": 1}\n", check_locks},
    {"lock_waits.json", "{\"waits\": [], \"version\": 1}\n", check_waits, true},
    {"handoffs.json", "{\"handoffs\": []}\n", check_handoffs},
    {"orchestrator_state.json", "{\"streams\": {}, \"started_at\": null}\n", check_streams},
    {"tasks.json", "{\"tasks\": [], \"version\": 1}\n", check_tasks, true},
}};

// Why the file is damaged, in one line; nothing when it is fine or missing.
std::optional<std::string> damage_of(const std::filesystem::path& file, const StateFile& kind);

// A fresh lock file with every lock of the damaged text that can be read, and a generation beyond
// all that it names and beyond `floor`.
std::string salvage_locks(std::string_view text, std::uint64_t floor);

}  // namespace gs::store
