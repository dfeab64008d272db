#pragma once
// The JSON files of a state directory: how they begin, what makes one damaged, and how one is read
// and changed as a value. The lock file has more: lock_file.h.

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/json.h"
#include "lib/core/time.h"
#include "lib/state/state_dir.h"

namespace gs::state {

using core::Json;

struct StateFile {
  std::string_view name;
  std::string_view initial;              // as the reference design sets it up
  Json (*parse)(std::string_view text);  // throws core::JsonError for a damaged one
  bool when_needed = false;              // not made beforehand
};

Json parse_locks(std::string_view text);  // null: only checked
Json parse_waits(std::string_view text);  // null: only checked
Json parse_handoffs(std::string_view text);
Json parse_streams(std::string_view text);
Json parse_tasks(std::string_view text);

inline constexpr std::array<StateFile, 5> kStateFiles{{
    {"file_locks.json", "{\"locks\": {}, \"version\": 1}\n", parse_locks},
    {"lock_waits.json", "{\"waits\": [], \"version\": 1}\n", parse_waits, true},
    {"handoffs.json", "{\"handoffs\": []}\n", parse_handoffs},
    {"orchestrator_state.json", "{\"streams\": {}, \"started_at\": null}\n", parse_streams},
    {"tasks.json", "{\"tasks\": [], \"version\": 1}\n", parse_tasks, true},
}};

// Why the file is damaged, in one line; nothing when it is fine or missing.
std::optional<std::string> damage_of(const std::filesystem::path& file, const StateFile& kind);

// The file of this name; `initial` stands for a missing one. Throws core::Error (broken).
Json load_state_file(const StateDir& state, std::string_view name);
// Under the exclusive lock: loads, lets `change` alter, and replaces the file when it says so.
void change_state_file(const StateDir& state, std::string_view name,
                       const std::function<bool(Json&)>& change);

// Members of an object, when they are of that type.
std::string text_of(const Json& object, std::string_view name);  // else empty
std::vector<std::string> texts_of(const Json& object, std::string_view name);
std::optional<core::Instant> time_of(const Json& object, std::string_view name);
std::optional<int> int_of(const Json& object, std::string_view name);
// The member of this name as an object, which is made where it is none.
Json& object_at(Json& parent, std::string_view name);
// Nothing removes the member.
void set_or_remove(Json& object, std::string_view name, std::optional<Json> value);

}  // namespace gs::state
