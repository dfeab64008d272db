#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/json_cursor.h"
#include "lib/store/lock_file.h"
#include "lib/store/lock_waits.h"

namespace gs::store {

namespace {

bool name_is(JsonCursor& cursor, std::string_view expected) {
  std::string_view name;
  return cursor.plain_string(name) && name == expected && cursor.take(':');
}

bool read_text(JsonCursor& cursor, std::string_view name, std::string& text) {
  std::string_view value;
  if (!name_is(cursor, name) || !cursor.plain_string(value)) return false;
  text = value;
  return true;
}

bool read_number(JsonCursor& cursor, std::string_view name, std::uint64_t& number) {
  return name_is(cursor, name) && cursor.number(number) && number <= kLastGeneration;
}

bool read_paths(JsonCursor& cursor, std::vector<std::string>& paths) {
  if (!name_is(cursor, "paths") || !cursor.take('[')) return false;
  do {
    std::string_view path;
    if (!cursor.plain_string(path)) return false;
    paths.push_back(core::path_from_json(path));
  } while (cursor.take(','));
  return cursor.take(']');
}

bool read_waiter(JsonCursor& cursor, Waiter& waiter) {
  std::string since;
  std::uint64_t pid = 0;
  const bool fine = cursor.take('{') && read_text(cursor, "agent", waiter.agent) &&
                    cursor.take(',') && read_paths(cursor, waiter.paths) && cursor.take(',') &&
                    read_text(cursor, "since", since) && cursor.take(',') &&
                    read_number(cursor, "pid", pid) && cursor.take(',') &&
                    read_number(cursor, "start_time", waiter.start_time) && cursor.take(',') &&
                    read_text(cursor, "boot_id", waiter.boot_id) && cursor.take('}');
  if (!fine || !is_plain_utc(since)) return false;
  waiter.pid = static_cast<std::int64_t>(pid);
  waiter.since = core::parse_time(since, local_offset).value_or(core::Instant{});
  return true;
}

}  // namespace

std::optional<std::vector<Waiter>> scan_waits(std::string_view text) {
  JsonCursor cursor(text);
  std::vector<Waiter> waits;
  if (!cursor.take('{') || !name_is(cursor, "waits") || !cursor.take('[')) return std::nullopt;
  if (!cursor.take(']')) {
    do {
      if (!read_waiter(cursor, waits.emplace_back())) return std::nullopt;
    } while (cursor.take(','));
    if (!cursor.take(']')) return std::nullopt;
  }
  std::uint64_t version = 0;
  const bool fine = cursor.take(',') && read_number(cursor, "version", version) && version == 1 &&
                    cursor.take('}') && cursor.at_end();
  if (!fine) return std::nullopt;
  return waits;
}

}  // namespace gs::store
