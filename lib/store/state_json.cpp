#include "lib/store/state_json.h"

#include <algorithm>
#include <limits>

#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/store/exclusive.h"
#include "lib/store/lock_file.h"
#include "lib/store/posix.h"

namespace gs::store {

const StateFile& state_file(std::string_view name) {
  return *std::find_if(kStateFiles.begin(), kStateFiles.end(),
                       [&](const StateFile& kind) { return kind.name == name; });
}

Json load_state_json(const std::filesystem::path& file, const StateFile& kind) {
  const bool there = state_exists(StateDir(file.parent_path()));
  const auto text = there ? read_state_file(file, kStateLimit) : std::nullopt;
  if (!text) return parse_json(kind.initial);
  try {
    kind.check(*text);
    return parse_json(*text);
  } catch (const Damaged& damage) {
    fail_damaged(file, damage.what());
  }
}

void change_state_json(const StateDir& state, const std::filesystem::path& file,
                       const StateFile& kind, const std::function<bool(Json&)>& change) {
  const ExclusiveState exclusive(state);
  Json tree = load_state_json(file, kind);
  if (!change(tree)) return;
  const std::string text = to_text(tree);
  if (text.size() > kStateLimit)  // nobody would read it any more
    fail_because(file, "would grow beyond " + format_size(kStateLimit), "git stream doctor");
  AtomicFile fresh(file);
  fresh.write(text);
  fresh.commit();
}

std::string text_of(const Json& object, std::string_view name) {
  const Json* value = find_member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<std::string> texts_of(const Json& object, std::string_view name) {
  std::vector<std::string> texts;
  const Json* list = find_member(object, name);
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& value : *list) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  return texts;
}

std::optional<core::Instant> time_of(const Json& object, std::string_view name) {
  return core::parse_time(text_of(object, name), local_offset);
}

std::optional<int> int_of(const Json& object, std::string_view name) {
  const Json* value = find_member(object, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  constexpr auto kHighest = std::numeric_limits<int>::max();
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > std::uint64_t{kHighest})
    return std::nullopt;
  const auto number = value->get<std::int64_t>();
  if (number < std::numeric_limits<int>::min() || number > kHighest) return std::nullopt;
  return static_cast<int>(number);
}

Json& object_at(Json& parent, const std::string& name) {
  const Json* member = find_member(parent, name);
  if (member == nullptr || !member->is_object()) set_member(parent, name, Json::object());
  return *const_cast<Json*>(find_member(parent, name));
}

void remove_member(Json& object, std::string_view name) {
  object.erase(std::string(name));
}

}  // namespace gs::store
