#include "plugins/git-stream/commands/lock_text.h"

#include "lib/core/text.h"
#include "lib/state/clock.h"

namespace gs::command {

std::string lock_until(const core::Lock& lock) {
  const core::Instant now = state::now();
  return core::quote_path(lock.path) + " until " +
         core::format_local(lock.expires, now, &state::offset_at) + " (" +
         core::format_duration(lock.expires - now) + ")";
}

void write_locks(core::JsonWriter& json, std::string_view name, const core::LockTable& locks) {
  json.key(name).begin_array();
  for (const core::Lock& lock : locks) {
    json.begin_object().member("path", core::json_path(lock.path)).member("agent", lock.agent);
    json.member("stream", lock.stream).member("acquired", core::format_utc(lock.acquired));
    json.member("expires", core::format_utc(lock.expires)).member("task", lock.task);
    json.member("generation", lock.generation).member("automatic", lock.automatic).end_object();
  }
  json.end_array();
}

}  // namespace gs::command
