#include "lib/state/lock_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <fmt/core.h>
#include <functional>

#include "lib/core/ids.h"
#include "lib/core/path_form.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"

namespace gs::state {

using core::JsonKind;
using core::JsonReader;
using core::JsonString;

namespace {

// One lock as it stands in the text: what each member is, right or not, since the whole text must
// be JSON before anybody hears of a wrong lock in it.
enum class Is : std::uint8_t { missing, null, right, wrong };

struct RawText {
  Is is = Is::missing;
  JsonString value;
};

enum Member : std::size_t {
  kAgent,
  kStream,
  kAcquired,
  kExpires,
  kTask,
  kGeneration,
  kAutomatic,
  kLease
};

// In the order in which they are written.
constexpr std::array<std::string_view, 8> kNames{"agent", "stream",     "acquired",  "expires",
                                                 "task",  "generation", "automatic", "lease"};

struct RawLock {
  bool is_object = true;
  std::array<RawText, kTask + 1> texts;
  Is generation_is = Is::missing, automatic_is = Is::missing, lease_is = Is::missing;
  std::uint64_t generation = 0, lease = 0;
  bool automatic = false;
};

// kNames.size() for a name that we do not know. `guess` is likely, and is moved on.
std::size_t member_of(const JsonString& name, std::size_t& guess) {
  for (std::size_t tries = 0; tries < kNames.size(); ++tries) {
    const std::size_t candidate = guess;
    guess = guess + 1 == kNames.size() ? 0 : guess + 1;
    if (name == kNames[candidate]) return candidate;
  }
  return kNames.size();
}

void read_text(JsonReader& reader, RawText& text) {
  const JsonKind kind = reader.kind();
  text.is = kind == JsonKind::string ? Is::right : kind == JsonKind::null ? Is::null : Is::wrong;
  if (text.is == Is::right) {
    text.value = reader.string();
  } else {
    reader.skip();
  }
}

Is read_generation(JsonReader& reader, std::uint64_t& generation) {
  if (reader.kind() != JsonKind::number) {
    reader.skip();
    return Is::wrong;
  }
  const auto number = core::json_natural(reader.number());
  generation = number.value_or(0);
  return number && *number <= kLastGeneration ? Is::right : Is::wrong;
}

Is read_boolean(JsonReader& reader, bool& value) {
  if (reader.kind() != JsonKind::boolean) {
    reader.skip();
    return Is::wrong;
  }
  value = reader.boolean();
  return Is::right;
}

RawLock read_raw(JsonReader& reader) {
  RawLock raw;
  if (reader.kind() != JsonKind::object) {
    reader.skip();
    raw.is_object = false;
    return raw;
  }
  reader.begin_object();
  std::size_t guess = 0;
  while (const auto name = reader.next_member()) {
    const std::size_t member = member_of(*name, guess);
    if (member <= kTask) {
      read_text(reader, raw.texts[member]);
    } else if (member == kGeneration) {
      raw.generation_is = read_generation(reader, raw.generation);
    } else if (member == kAutomatic) {
      raw.automatic_is = read_boolean(reader, raw.automatic);
    } else if (member == kLease) {
      raw.lease_is = read_generation(reader, raw.lease);
    } else {
      reader.skip();
    }
  }
  return raw;
}

bool is_time(const RawText& text) {
  if (text.is != Is::right) return false;
  if (!text.value.escaped && core::is_utc_text(text.value.raw)) return true;
  return core::parse_time(text.value.text(), local_offset).has_value();
}

// What is wrong with it, after the lock's name; null: nothing.
const char* fault_of(const RawLock& raw) {
  constexpr std::array<const char*, kTask + 1> kNoText{
      ": \"agent\" is no text", ": \"stream\" is no text", ": \"acquired\" is no text",
      ": \"expires\" is no text", ": \"task\" is no text"};
  if (!raw.is_object) return ": it is no object";
  if (raw.texts[kAgent].is == Is::missing) return ": it has no \"agent\"";
  for (const std::size_t member : {kAgent, kStream, kTask, kAcquired, kExpires}) {
    if (raw.texts[member].is == Is::wrong) return kNoText[member];
  }
  if (!is_time(raw.texts[kAcquired])) return ": \"acquired\" is no time";
  if (!is_time(raw.texts[kExpires])) return ": \"expires\" is no time";
  if (raw.generation_is == Is::wrong) return ": \"generation\" is no whole number";
  if (raw.automatic_is == Is::wrong) return ": \"automatic\" is not true or false";
  if (raw.lease_is == Is::wrong) return ": \"lease\" is no whole number";
  return nullptr;
}

// A path in a message.
std::string shown(std::string_view path) {
  constexpr std::size_t kMost = 200;  // bytes
  return core::quote_path(path.substr(0, kMost));
}

// Of one without fault.
core::Lock to_lock(std::string path, const RawLock& raw) {
  const auto text = [&](Member member) { return raw.texts[member].value.text(); };
  const auto time = [&](Member member) {
    return core::parse_time(text(member), local_offset).value_or(core::Instant{});
  };
  return {std::move(path), text(kAgent),   text(kStream), time(kAcquired), time(kExpires),
          text(kTask),     raw.generation, raw.automatic, raw.lease};
}

// The path that a key names.
std::string path_of(const JsonString& key) {
  return core::path_from_json(key.text());
}

// Keys differ, but a needlessly quoted one may name the path of another.
void check_paths(std::string_view text) {
  std::vector<std::string> paths;
  const Json tree = core::parse_json(text);
  for (const auto& [key, lock] : *tree.find("locks")->object())
    paths.push_back(core::path_from_json(key));
  std::sort(paths.begin(), paths.end());
  const auto twice = std::adjacent_find(paths.begin(), paths.end());
  if (twice != paths.end()) throw Damaged("two locks on " + shown(*twice));
}

void check_version(const Json& version) {
  const auto number = version.natural();
  if (!number || *number == 0) throw Damaged("\"version\" is no whole number above 0");
  if (*number != 1)
    throw Damaged(fmt::format("it has version {}, and only version 1 is understood", *number));
}

// What the whole text comes to, beside its locks.
struct Top {
  std::optional<Json> version;
  Is generation_is = Is::missing;
  std::uint64_t generation = 0;  // the highest of all
  Is locks_are = Is::missing;
  std::string fault;    // of the first lock that has one
  bool quoted = false;  // some key is not the path that it names

  void check() const {
    if (version) check_version(*version);
    if (generation_is == Is::wrong) throw Damaged("top level: \"generation\" is no whole number");
    if (locks_are == Is::missing) throw Damaged("it has no \"locks\"");
    if (locks_are == Is::wrong) throw Damaged("\"locks\" is no object");
    if (!fault.empty()) throw Damaged(fault);
  }
};

template <class Each>
void read_entries(JsonReader& reader, Top& top, const Each& each) {
  top.locks_are = reader.kind() == JsonKind::object ? Is::right : Is::wrong;
  if (top.locks_are == Is::wrong) return reader.skip();
  reader.begin_object();
  while (const auto key = reader.next_member()) {
    const RawLock raw = read_raw(reader);
    top.quoted |= key->escaped;
    top.generation = std::max(top.generation, raw.generation);
    const bool nothing = key->escaped ? path_of(*key).empty() : key->raw.empty();
    const char* const fault = nothing ? "" : fault_of(raw);
    if (fault == nullptr) {
      each(*key, raw);
    } else if (top.fault.empty()) {
      top.fault = nothing ? "a lock on nothing" : "lock on " + shown(path_of(*key)) + fault;
    }
  }
}

// Goes over the whole text, and calls `each(key, raw)` for every lock. Throws Damaged.
template <class Each>
Top read_all(std::string_view text, const Each& each) {
  JsonReader reader(text);
  if (reader.kind() != JsonKind::object) {
    reader.skip();
    reader.end();
    throw Damaged("it is no object");
  }
  Top top;
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    std::uint64_t generation = 0;
    if (*name == "locks") {
      read_entries(reader, top, each);
    } else if (*name == "version") {
      top.version = core::read_json(reader);
    } else if (*name == "generation") {
      top.generation_is = read_generation(reader, generation);
      top.generation = std::max(top.generation, generation);
    } else {
      reader.skip();
    }
  }
  reader.end();
  top.check();
  if (top.quoted) check_paths(text);
  return top;
}

}  // namespace

// The file as a value.

LockFile empty_lock_file() {
  LockFile file;
  file.top = Json::Object{{"locks", {}}, {"version", 1}};
  return file;
}

LockFile parse_lock_file(std::string_view text) {
  LockFile file;
  file.generation = read_all(text, [&](const JsonString& key, const RawLock& raw) {
                      file.entries.push_back({to_lock(path_of(key), raw), {}});
                    }).generation;
  file.top = core::parse_json(text);
  Json& locks = *file.top.find("locks");
  for (std::size_t i = 0; i < file.entries.size(); ++i)
    file.entries[i].members = std::move((*locks.object())[i].value);
  locks = {};
  return file;
}

LockEntry make_entry(const core::Lock& lock) {
  LockEntry entry{lock, Json::Object{}};
  entry.members.set("agent", lock.agent);
  entry.members.set("stream", lock.stream);
  entry.members.set("acquired", core::format_utc(lock.acquired));
  refresh_entry(entry);
  entry.members.set("generation", lock.generation);
  entry.members.set("automatic", lock.automatic);
  return entry;
}

void refresh_entry(LockEntry& entry) {
  entry.members.set("expires", core::format_utc(entry.lock.expires));
  entry.members.set("task", entry.lock.task);
  if (entry.members.find("automatic") != nullptr || entry.lock.automatic)
    entry.members.set("automatic", entry.lock.automatic);
  if (entry.members.find("lease") != nullptr || entry.lock.lease != 0)
    entry.members.set("lease", entry.lock.lease);
}

std::string render_lock_file(LockFile file) {
  Json::Object locks;
  locks.reserve(file.entries.size());
  for (LockEntry& entry : file.entries)
    locks.push_back({core::json_path(entry.lock.path), std::move(entry.members)});
  file.top.set("locks", std::move(locks));
  file.top.set("generation", file.generation);
  return core::indented_json(file.top);
}

// What gates ask of the text.

WantedPaths::WantedPaths(std::span<const std::string> paths) {
  std::size_t names = 0;
  for (const std::string& path : paths)
    names += 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  table_.resize(std::bit_ceil(2 * names + 2));
  for (const std::string_view path : paths) {
    add(path);
    for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1))
      add(path.substr(0, at));
  }
}

void WantedPaths::add(std::string_view text) {
  if (text.empty() || covered_by(text)) return;
  const std::size_t hash = std::hash<std::string_view>()(text), mask = table_.size() - 1;
  std::size_t at = hash & mask;
  while (!table_[at].second.empty()) at = (at + 1) & mask;
  table_[at] = {hash, text};
}

bool WantedPaths::covered_by(std::string_view lock) const {
  const std::size_t hash = std::hash<std::string_view>()(lock), mask = table_.size() - 1;
  for (std::size_t at = hash & mask; !table_[at].second.empty(); at = (at + 1) & mask) {
    if (table_[at].first == hash && table_[at].second == lock) return true;
  }
  return false;
}

namespace {

// A text made of these bytes alone is a path, unless it ends with '/'; others are asked of the
// matcher, and what is not ASCII can be another spelling.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (unsigned char c = '0'; c <= '9'; ++c) plain[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) plain[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) plain[c] = true;
  for (const char c : {'/', '_', '-', '.'}) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}

bool is_wanted(std::string_view path, const WantedPaths& wanted) {
  static constexpr std::array<bool, 256> kPlain = plain_bytes();
  bool plain = !path.ends_with('/');
  for (const char c : path) plain &= kPlain[static_cast<unsigned char>(c)];
  return wanted.covered_by(path) || (!plain && (core::is_pattern(path) || !core::is_ascii(path)));
}

}  // namespace

core::LockTable locks_in(std::string_view text) {
  core::LockTable locks;
  read_all(text, [&](const JsonString& key, const RawLock& raw) {
    locks.push_back(to_lock(path_of(key), raw));
  });
  return locks;
}

core::LockTable locks_in(std::string_view text, const WantedPaths& wanted) {
  core::LockTable locks;
  read_all(text, [&](const JsonString& key, const RawLock& raw) {
    const std::string named = key.escaped ? path_of(key) : "";
    if (is_wanted(key.escaped ? named : key.raw, wanted))
      locks.push_back(to_lock(path_of(key), raw));
  });
  return locks;
}

// How render_lock_file lays a lock out: its brace closes alone in a line, which no text within it
// can do, since a line's end in a JSON string is an escape.
std::optional<core::LockTable> find_locks(std::string_view rendered, const WantedPaths& wanted) {
  constexpr std::string_view kBegin = "{\n  \"locks\": {", kKey = "\n    \"",
                             kValue = "\": ", kEnd = "\n    }";
  core::LockTable locks;
  if (!rendered.starts_with(kBegin)) return std::nullopt;
  rendered.remove_prefix(kBegin.size());
  if (rendered.starts_with('}')) return locks;
  for (;;) {
    if (!rendered.starts_with(kKey)) return std::nullopt;
    rendered.remove_prefix(kKey.size());
    const std::string_view key = rendered.substr(0, rendered.find('"'));
    if (key.empty() || key.find('\\') != key.npos) return std::nullopt;
    rendered.remove_prefix(key.size());
    std::size_t end = rendered.find('}');
    while (end != rendered.npos && !rendered.substr(0, end + 1).ends_with(kEnd))
      end = rendered.find('}', end + 1);
    if (end == rendered.npos || !rendered.starts_with(kValue)) return std::nullopt;
    if (is_wanted(key, wanted)) {
      try {
        JsonReader reader(rendered.substr(kValue.size(), end + 1 - kValue.size()));
        const RawLock raw = read_raw(reader);
        reader.end();
        if (fault_of(raw) != nullptr) return std::nullopt;
        locks.push_back(to_lock(std::string(key), raw));
      } catch (const Damaged&) {
        return std::nullopt;
      }
    }
    rendered.remove_prefix(end + 1);
    if (rendered.starts_with("\n  }")) return locks;
    if (!rendered.starts_with(',')) return std::nullopt;
    rendered.remove_prefix(1);
  }
}

std::vector<Lease> leases_in(std::string_view text, std::string_view agent) {
  std::vector<Lease> leases;
  read_all(text, [&](const JsonString& key, const RawLock& raw) {
    const JsonString& holder = raw.texts[kAgent].value;
    if (!core::same_holder(holder.escaped ? holder.text() : holder.raw, agent)) return;
    const JsonString& end = raw.texts[kExpires].value;
    std::optional<std::size_t> at;
    if (!end.escaped && core::is_utc_text(end.raw))
      at = static_cast<std::size_t>(end.raw.data() - text.data());
    leases.push_back({to_lock(path_of(key), raw), at});
  });
  return leases;
}

void fail_damaged(const std::filesystem::path& file, std::string_view why) {
  fail_because(file, "is damaged: " + core::printable(why), kRepair);
}

}  // namespace gs::state
