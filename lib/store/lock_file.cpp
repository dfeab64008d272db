#include "lib/store/lock_file.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/store/exclusive.h"
#include "lib/store/lock_seal.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace {

constexpr std::size_t kShown = 200;  // bytes of a path in a message

// The text of a member; empty when it is missing or null.
std::string checked_text(const Json& members, std::string_view name, std::string_view where) {
  const Json* value = find_member(members, name);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) throw Damaged(fmt::format("{}: \"{}\" is no text", where, name));
  return value->get<std::string>();
}

core::Instant checked_time(const Json& members, std::string_view name, std::string_view where) {
  const std::string text = checked_text(members, name, where);
  const std::optional<core::Instant> time = core::parse_time(text, local_offset);
  if (!time) throw Damaged(fmt::format("{}: \"{}\" is no time", where, name));
  return *time;
}

std::uint64_t generation_of(const Json& members, std::string_view where) {
  const Json* value = find_member(members, "generation");
  if (value == nullptr) return 0;
  if (!value->is_number_unsigned() || value->get<std::uint64_t>() > kLastGeneration) {
    throw Damaged(fmt::format("{}: \"generation\" is no whole number", where));
  }
  return value->get<std::uint64_t>();
}

void check_version(const Json& top) {
  const Json* version = find_member(top, "version");
  if (version == nullptr) return;
  if (!version->is_number_unsigned() || version->get<std::uint64_t>() == 0) {
    throw Damaged("\"version\" is no whole number above 0");
  }
  if (version->get<std::uint64_t>() != 1) {
    throw Damaged(fmt::format("it has version {}, and only version 1 is understood",
                              version->get<std::uint64_t>()));
  }
}

// Keys differ, but a needlessly quoted one may name the path of another.
void check_paths(const std::vector<LockEntry>& entries) {
  std::vector<std::string_view> paths;
  paths.reserve(entries.size());
  for (const LockEntry& entry : entries) paths.emplace_back(entry.lock.path);
  std::sort(paths.begin(), paths.end());
  const auto twice = std::adjacent_find(paths.begin(), paths.end());
  if (twice != paths.end()) {
    throw Damaged(fmt::format("two locks on {}", core::quote_path(twice->substr(0, kShown))));
  }
}

}  // namespace

core::LockTable LockFile::table() const {
  core::LockTable locks;
  locks.reserve(entries.size());
  for (const LockEntry& entry : entries) locks.push_back(entry.lock);
  return locks;
}

LockFile empty_lock_file() {
  LockFile file;
  file.top = Json::object();
  set_member(file.top, "locks", nullptr);
  set_member(file.top, "version", 1U);
  return file;
}

LockEntry read_lock_entry(const std::string& key, Json members) {
  core::Lock lock;
  lock.path = core::path_from_json(key);
  const std::string where = "lock on " + core::quote_path(lock.path.substr(0, kShown));
  if (lock.path.empty()) throw Damaged("a lock on nothing");
  if (!members.is_object()) throw Damaged(where + ": it is no object");
  if (find_member(members, "agent") == nullptr) throw Damaged(where + ": it has no \"agent\"");
  lock.agent = checked_text(members, "agent", where);
  lock.stream = checked_text(members, "stream", where);
  lock.task = checked_text(members, "task", where);
  lock.acquired = checked_time(members, "acquired", where);
  lock.expires = checked_time(members, "expires", where);
  lock.generation = generation_of(members, where);
  if (const Json* automatic = find_member(members, "automatic")) {
    if (!automatic->is_boolean()) throw Damaged(where + ": \"automatic\" is not true or false");
    lock.automatic = automatic->get<bool>();
  }
  return {std::move(lock), std::move(members)};
}

LockFile parse_lock_file(std::string_view text) {
  LockFile file;
  file.top = parse_json(text);
  if (!file.top.is_object()) throw Damaged("it is no object");
  check_version(file.top);
  file.generation = generation_of(file.top, "top level");
  if (find_member(file.top, "locks") == nullptr) throw Damaged("it has no \"locks\"");
  Json& locks = file.top["locks"];
  if (!locks.is_object()) throw Damaged("\"locks\" is no object");
  auto& members = locks.get_ref<Json::object_t&>();
  file.entries.reserve(members.size());
  for (auto& [key, value] : members) {
    file.entries.push_back(read_lock_entry(key, std::move(value)));
    file.generation = std::max(file.generation, file.entries.back().lock.generation);
  }
  locks = nullptr;
  check_paths(file.entries);
  return file;
}

LockEntry make_entry(const core::Lock& lock) {
  LockEntry entry{lock, Json::object()};
  set_member(entry.members, "agent", lock.agent);
  set_member(entry.members, "stream", lock.stream);
  set_member(entry.members, "acquired", core::format_utc(lock.acquired));
  refresh_entry(entry);
  set_member(entry.members, "generation", lock.generation);
  set_member(entry.members, "automatic", lock.automatic);
  return entry;
}

void refresh_entry(LockEntry& entry) {
  set_member(entry.members, "expires", core::format_utc(entry.lock.expires));
  set_member(entry.members, "task", entry.lock.task);
  if (find_member(entry.members, "automatic") != nullptr || entry.lock.automatic) {
    set_member(entry.members, "automatic", entry.lock.automatic);
  }
}

std::string render_lock_file(LockFile file) {
  Json locks = Json::object();
  auto& members = locks.get_ref<Json::object_t&>();
  members.reserve(file.entries.size());
  for (LockEntry& entry : file.entries) {
    members.emplace_back(core::json_path(entry.lock.path), std::move(entry.members));
  }
  set_member(file.top, "locks", std::move(locks));
  set_member(file.top, "generation", file.generation);
  return to_text(file.top);
}

void fail_damaged(const std::filesystem::path& file, std::string_view why) {
  fail_because(file, "is damaged: " + core::printable(why), "git stream init --repair");
}

LockFile load_lock_file(const StateDir& state) {
  if (!state_exists(state)) return empty_lock_file();
  const std::optional<std::string> text = read_state_file(state.locks(), kStateLimit);
  if (!text) return empty_lock_file();
  try {
    return parse_lock_file(*text);
  } catch (const Damaged& damage) {
    fail_damaged(state.locks(), damage.what());
  }
}

void save_lock_file(const StateDir& state, LockFile file) {
  const std::string text = render_lock_file(std::move(file));
  if (text.size() > kStateLimit) {
    fail_because(state.locks(), "would grow beyond " + format_size(kStateLimit),
                 "git stream locks");
  }
  AtomicFile target(state.locks());
  target.write(text);
  target.commit();
  seal_locks(state, text.size());
}

}  // namespace gs::store
