#pragma once
// Reading and changing one JSON state file as a value, for this room only.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/time.h"
#include "lib/store/json_tree.h"
#include "lib/store/state_dir.h"
#include "lib/store/state_files.h"

namespace gs::store {

// The checked file; `initial` stands for a missing one. Throws core::Error (broken).
Json load_state_json(const std::filesystem::path& file, const StateFile& kind);

// Under the exclusive lock: loads, lets `change` alter, and replaces the file when it says so.
void change_state_json(const StateDir& state, const std::filesystem::path& file,
                       const StateFile& kind, const std::function<bool(Json&)>& change);

const StateFile& state_file(std::string_view name);

// Members of an object, when they are of that type.
std::string text_of(const Json& object, std::string_view name);  // else empty
std::vector<std::string> texts_of(const Json& object, std::string_view name);
std::optional<core::Instant> time_of(const Json& object, std::string_view name);
std::optional<int> int_of(const Json& object, std::string_view name);
// The member of this name as an object, which is made where it is none.
Json& object_at(Json& parent, const std::string& name);
void remove_member(Json& object, std::string_view name);

}  // namespace gs::store
