#include "lib/state/state_files.h"

#include <algorithm>
#include <limits>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/lock_wait.h"

namespace gs::state {

namespace {

Json parse_with(std::string_view text, const char* name, core::JsonKind kind) {
  Json tree = core::parse_json(text);
  const std::string quoted = std::string("\"") + name + '"';
  const Json* const all = tree.find(name);
  if (all == nullptr) throw Damaged("it has no " + quoted);
  const bool list = kind == core::JsonKind::array;
  if (all->kind() != kind) throw Damaged(quoted + (list ? " is no list" : " is no object"));
  const auto check = [&](const Json& entry) {
    if (entry.object() == nullptr) throw Damaged("an entry of " + quoted + " is no object");
  };
  if (list) {
    for (const Json& entry : *all->array()) check(entry);
  } else {
    for (const auto& [key, entry] : *all->object()) check(entry);
  }
  return tree;
}

}  // namespace

Json parse_locks(std::string_view text) {
  locks_in(text);
  return {};
}

Json parse_waits(std::string_view text) {
  waiters_in(text);
  return {};
}

Json parse_handoffs(std::string_view text) {
  return parse_with(text, "handoffs", core::JsonKind::array);
}

Json parse_streams(std::string_view text) {
  return parse_with(text, "streams", core::JsonKind::object);
}

Json parse_tasks(std::string_view text) {
  return parse_with(text, "tasks", core::JsonKind::array);
}

std::optional<std::string> damage_of(const std::filesystem::path& file, const StateFile& kind) {
  try {
    if (const std::optional<std::string> text = read_state_file(file, kStateLimit)) {
      kind.parse(*text);
    }
    return std::nullopt;
  } catch (const Damaged& damage) {
    return core::printable(damage.what());
  } catch (const core::Error& error) {
    // "FILE is a symbolic link": the file is named beside it.
    const std::string_view what = error.what();
    const std::string name = core::quote_path(file.native()) + ' ';
    return std::string(what.starts_with(name) ? what.substr(name.size()) : what);
  }
}

Json load_state_file(const StateDir& state, std::string_view name) {
  const StateFile& kind = *std::find_if(kStateFiles.begin(), kStateFiles.end(),
                                        [&](const StateFile& file) { return file.name == name; });
  const std::filesystem::path file = state.root() / name;
  const auto text = state_exists(state) ? read_state_file(file, kStateLimit) : std::nullopt;
  if (!text && !kind.when_needed && state.was_made()) fail_gone(file);
  try {
    return kind.parse(text ? std::string_view(*text) : kind.initial);
  } catch (const Damaged& damage) {
    fail_damaged(file, damage.what());
  }
}

void change_state_file(const StateDir& state, std::string_view name,
                       const std::function<bool(Json&)>& change) {
  const ExclusiveState exclusive(state);
  Json tree = load_state_file(state, name);
  if (!change(tree)) return;
  const std::filesystem::path file = state.root() / name;
  const std::string text = core::indented_json(tree);
  if (text.size() > kStateLimit)  // nobody would read it any more
    fail_because(file, "would grow beyond " + format_size(kStateLimit), "git stream doctor");
  AtomicFile::replace(file, text);
}

std::string text_of(const Json& object, std::string_view name) {
  const Json* const value = object.find(name);
  const std::string* const text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? std::string() : *text;
}

std::vector<std::string> texts_of(const Json& object, std::string_view name) {
  std::vector<std::string> texts;
  const Json* const list = object.find(name);
  if (list == nullptr || list->array() == nullptr) return texts;
  for (const Json& value : *list->array()) {
    if (const std::string* text = value.string()) texts.push_back(*text);
  }
  return texts;
}

std::optional<core::Instant> time_of(const Json& object, std::string_view name) {
  return core::parse_time(text_of(object, name), local_offset);
}

std::optional<int> int_of(const Json& object, std::string_view name) {
  const Json* const value = object.find(name);
  const auto number = value == nullptr ? std::nullopt : value->integer();
  using Limits = std::numeric_limits<int>;
  if (!number || *number < Limits::min() || *number > Limits::max()) return std::nullopt;
  return static_cast<int>(*number);
}

Json& object_at(Json& parent, std::string_view name) {
  Json* const member = parent.find(name);
  if (member != nullptr && member->object() != nullptr) return *member;
  return parent.set(name, Json::Object{});
}

void set_or_remove(Json& object, std::string_view name, std::optional<Json> value) {
  if (value) {
    object.set(name, std::move(*value));
  } else {
    object.remove(name);
  }
}

}  // namespace gs::state
