#include "lib/store/lock_waits.h"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/store/exclusive.h"
#include "lib/store/json_tree.h"
#include "lib/store/lock_file.h"
#include "lib/store/posix.h"

namespace gs::store {

namespace {

std::string text_member(const Json& entry, std::string_view name) {
  const Json* value = find_member(entry, name);
  if (value == nullptr || !value->is_string()) {
    throw Damaged(fmt::format("a wait has no text \"{}\"", name));
  }
  return value->get<std::string>();
}

std::uint64_t number_member(const Json& entry, std::string_view name) {
  const Json* value = find_member(entry, name);
  if (value == nullptr || !value->is_number_unsigned() ||
      value->get<std::uint64_t>() > kLastGeneration) {
    throw Damaged(fmt::format("a wait has no number \"{}\"", name));
  }
  return value->get<std::uint64_t>();
}

Waiter read_waiter(const Json& entry) {
  if (!entry.is_object()) throw Damaged("a wait is no object");
  Waiter waiter;
  waiter.agent = text_member(entry, "agent");
  const Json* paths = find_member(entry, "paths");
  if (paths == nullptr || !paths->is_array()) throw Damaged("a wait has no list \"paths\"");
  for (const Json& path : *paths) {
    if (!path.is_string()) throw Damaged("a wait has a path that is no text");
    waiter.paths.push_back(core::path_from_json(path.get<std::string>()));
  }
  const auto since = core::parse_time(text_member(entry, "since"), local_offset);
  if (!since) throw Damaged("a wait has no time \"since\"");
  waiter.since = *since;
  waiter.pid = static_cast<std::int64_t>(number_member(entry, "pid"));
  waiter.start_time = number_member(entry, "start_time");
  waiter.boot_id = text_member(entry, "boot_id");
  return waiter;
}

}  // namespace

bool Waiter::same_process_and_wish(const Waiter& other) const {
  return pid == other.pid && start_time == other.start_time && boot_id == other.boot_id &&
         agent == other.agent && paths == other.paths;
}

Waiter this_waiter(const LockRequest& request, core::Instant since) {
  platform::ProcessMark self = platform::mark_of(getpid());
  return {request.agent, request.paths, since, self.pid, self.start_time, std::move(self.boot_id)};
}

Liveness liveness(const Waiter& waiter) {
  return platform::liveness({waiter.pid, waiter.start_time, waiter.boot_id});
}

std::vector<Waiter> parse_waits(std::string_view text) {
  if (text.empty()) return {};
  const Json tree = parse_json(text);
  const Json* list = find_member(tree, "waits");
  if (list == nullptr || !list->is_array()) throw Damaged("it has no list \"waits\"");
  const Json* version = find_member(tree, "version");
  if (version != nullptr && *version != Json(1U)) throw Damaged("its version is not 1");
  std::vector<Waiter> waits;
  for (const Json& entry : *list) waits.push_back(read_waiter(entry));
  return waits;
}

std::string render_waits(const std::vector<Waiter>& waits) {
  std::string text = "{\"waits\": [";
  for (const Waiter& waiter : waits) {
    core::JsonWriter json;
    json.begin_object().member("agent", waiter.agent).key("paths").begin_array();
    for (const std::string& path : waiter.paths) json.value(core::json_path(path));
    json.end_array().member("since", core::format_utc(waiter.since));
    json.member("pid", waiter.pid).member("start_time", waiter.start_time);
    json.member("boot_id", waiter.boot_id).end_object();
    text += (text.back() == '[' ? "\n  " : ",\n  ") + json.take();
  }
  return text + "], \"version\": 1}\n";
}

WaitList load_waits(const StateDir& state) {
  const std::optional<std::string> text = read_state_file(state.waits(), kStateLimit);
  if (!text) return {};
  try {
    if (auto waits = scan_waits(*text)) return {std::move(*waits), false};
    return {parse_waits(*text), false};
  } catch (const Damaged& damage) {
    fail_damaged(state.waits(), damage.what());
  }
}

void save_waits(const StateDir& state, const std::vector<Waiter>& waits) {
  // Nobody waits on after a power failure, so there is nothing to bring safely to the disk.
  AtomicFile file(state.waits(), AtomicFile::Durability::cache);
  file.write(render_waits(waits));
  file.commit();
}

bool drop_dead(WaitList& list, std::span<const Waiter> suspects) {
  std::vector<Waiter> dead;
  std::copy_if(suspects.begin(), suspects.end(), std::back_inserter(dead),
               [](const Waiter& waiter) { return liveness(waiter) == Liveness::ended; });
  std::erase_if(list.waits, [&](const Waiter& waiter) {
    return std::any_of(dead.begin(), dead.end(),
                       [&](const Waiter& other) { return other.same_process_and_wish(waiter); });
  });
  list.changed |= !dead.empty();
  return !dead.empty();
}

}  // namespace gs::store
