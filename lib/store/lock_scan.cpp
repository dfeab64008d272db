#include "lib/store/lock_scan.h"

#include <array>
#include <utility>

#include "lib/core/ids.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/store/clock.h"
#include "lib/store/json_cursor.h"
#include "lib/store/lock_file.h"

namespace gs::store {

namespace {

// A key made of these bytes alone is a path, unless it ends with '/'; others are asked of the
// matcher.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (unsigned char c = '0'; c <= '9'; ++c) plain[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) plain[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) plain[c] = true;
  for (const char c : {'/', '_', '-', '.'}) plain[static_cast<unsigned char>(c)] = true;
  return plain;
}

bool may_be_pattern(std::string_view key) {
  static constexpr std::array<bool, 256> kPlain = plain_bytes();
  bool plain = true;
  for (const char c : key) plain &= kPlain[static_cast<unsigned char>(c)];
  return (!plain || key.back() == '/') && core::is_pattern(key);
}

// The keys so far, to find one that comes twice.
class KeySet {
 public:
  KeySet() : slots_(1024) {}

  // False when the key was there, or when so many collide that somebody must be behind it.
  bool insert(std::string_view key, std::uint64_t hash) {
    constexpr std::size_t kMostProbes = 64;
    if (2 * ++count_ > slots_.size()) grow();
    std::size_t at = hash & (slots_.size() - 1);
    for (std::size_t probes = 0; probes < kMostProbes; ++probes) {
      Slot& slot = slots_[at];
      if (slot.key.data() == nullptr) {
        slot = {hash, key};
        return true;
      }
      if (slot.hash == hash && slot.key == key) return false;
      at = (at + 1) & (slots_.size() - 1);
    }
    return false;
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::string_view key;
  };

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key.data() == nullptr) continue;
      std::size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].key.data() != nullptr) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t count_ = 0;
};

struct RawLock {
  std::string_view agent, stream, acquired, expires, task;  // between the quotes
  std::uint64_t generation = 0;
  bool automatic = false;
};

enum Member : unsigned {
  kAgent = 1,
  kStream = 2,
  kAcquired = 4,
  kExpires = 8,
  kTask = 16,
  kGeneration = 32,
  kAutomatic = 64
};

struct MemberName {
  std::string_view name;
  unsigned member;
};

// In the order in which they are written.
constexpr std::array<MemberName, 7> kMembers{{{"agent", kAgent},
                                              {"stream", kStream},
                                              {"acquired", kAcquired},
                                              {"expires", kExpires},
                                              {"task", kTask},
                                              {"generation", kGeneration},
                                              {"automatic", kAutomatic}}};

// `guess` is the position in kMembers that is likely next, and is moved on.
unsigned member_of(std::string_view name, std::size_t& guess) {
  for (std::size_t tries = 0; tries < kMembers.size(); ++tries) {
    const MemberName& candidate = kMembers[guess];
    guess = guess + 1 == kMembers.size() ? 0 : guess + 1;
    if (candidate.name == name) return candidate.member;
  }
  return 0;
}

core::Seconds no_offset(core::Instant) {
  return core::Seconds{0};
}

bool is_time(std::string_view text) {
  return is_plain_utc(text) || core::parse_time(text, no_offset).has_value();
}

bool read_number(JsonCursor& cursor, std::uint64_t& number) {
  return cursor.number(number) && number <= kLastGeneration;
}

bool read_member(JsonCursor& cursor, unsigned member, RawLock& lock) {
  switch (member) {
    case kAgent:
      return cursor.plain_string(lock.agent);
    case kStream:
      return cursor.plain_string(lock.stream);
    case kAcquired:
      return cursor.plain_string(lock.acquired) && is_time(lock.acquired);
    case kExpires:
      return cursor.plain_string(lock.expires) && is_time(lock.expires);
    case kTask:
      return cursor.string(lock.task);
    case kGeneration:
      return read_number(cursor, lock.generation);
    case kAutomatic:
      return cursor.boolean(lock.automatic);
    default:
      return false;
  }
}

// One lock's object; false on anything unusual.
bool read_lock(JsonCursor& cursor, RawLock& lock) {
  constexpr unsigned kNeeded = kAgent | kAcquired | kExpires;
  unsigned seen = 0;
  std::size_t guess = 0;
  if (!cursor.take('{')) return false;
  do {
    std::string_view name;
    if (!cursor.plain_string(name) || !cursor.take(':')) return false;
    const unsigned member = member_of(name, guess);
    if ((seen & member) != 0 || !read_member(cursor, member, lock)) return false;
    seen |= member;
  } while (cursor.take(','));
  return (seen & kNeeded) == kNeeded && cursor.take('}');
}

std::optional<core::Lock> to_lock(std::string_view key, const RawLock& raw) {
  const auto acquired = core::parse_time(raw.acquired, local_offset);
  const auto expires = core::parse_time(raw.expires, local_offset);
  std::optional<std::string> task = unescape_json(raw.task);
  if (!acquired || !expires || !task) return std::nullopt;
  return core::Lock{
      std::string(key), std::string(raw.agent), std::string(raw.stream), *acquired,
      *expires,         std::move(*task),       raw.generation,          raw.automatic};
}

// Runs over "locks"; `select(key, hash, raw)` says which to keep.
template <class Select>
bool read_locks_object(JsonCursor& cursor, const Select& select, core::LockTable& kept) {
  if (!cursor.take('{')) return false;
  if (cursor.take('}')) return true;
  KeySet keys;
  do {
    std::string_view key;
    if (!cursor.plain_string(key) || key.empty() || !cursor.take(':')) return false;
    const std::uint64_t hash = WantedPaths::hash(key);
    RawLock raw;
    if (!keys.insert(key, hash) || !read_lock(cursor, raw)) return false;
    if (!select(key, hash, raw)) continue;
    std::optional<core::Lock> lock = to_lock(key, raw);
    if (!lock) return false;
    kept.push_back(std::move(*lock));
  } while (cursor.take(','));
  return cursor.take('}');
}

template <class Select>
std::optional<core::LockTable> scan(std::string_view text, const Select& select) {
  JsonCursor cursor(text);
  core::LockTable kept;
  bool locks = false, version = false, generation = false;
  if (!cursor.take('{')) return std::nullopt;
  do {
    std::string_view name;
    std::uint64_t number = 0;
    bool fine = cursor.plain_string(name) && cursor.take(':');
    if (name == "locks") {
      fine = fine && !std::exchange(locks, true) && read_locks_object(cursor, select, kept);
    } else if (name == "version") {
      fine = fine && !std::exchange(version, true) && cursor.number(number) && number == 1;
    } else {
      fine = fine && name == "generation" && !std::exchange(generation, true) &&
             read_number(cursor, number);
    }
    if (!fine) return std::nullopt;
  } while (cursor.take(','));
  if (!locks || !cursor.take('}') || !cursor.at_end()) return std::nullopt;
  return kept;
}

}  // namespace

std::optional<core::LockTable> scan_locks(std::string_view text, const WantedPaths& wanted) {
  return scan(text, [&](std::string_view key, std::uint64_t hash, const RawLock&) {
    return wanted.covered_by(key, hash) || may_be_pattern(key);
  });
}

std::optional<core::LockTable> find_locks(std::string_view rendered, const WantedPaths& wanted) {
  constexpr std::string_view kBegin = "{\n  \"locks\": {", kKey = "\n    \"",
                             kValue = "\": ", kEnd = "\n    }";
  core::LockTable kept;
  if (!rendered.starts_with(kBegin)) return std::nullopt;
  rendered.remove_prefix(kBegin.size());
  if (rendered.starts_with('}')) return kept;
  for (;;) {
    if (!rendered.starts_with(kKey)) return std::nullopt;
    rendered.remove_prefix(kKey.size());
    const std::string_view key = rendered.substr(0, rendered.find('"'));
    if (key.empty() || key.find('\\') != key.npos) return std::nullopt;
    rendered.remove_prefix(key.size());
    // No text within a lock holds a line's end: the first brace at this depth closes it.
    std::size_t end = rendered.find('}');
    while (end != rendered.npos && !rendered.substr(0, end + 1).ends_with(kEnd))
      end = rendered.find('}', end + 1);
    if (end == rendered.npos || !rendered.starts_with(kValue)) return std::nullopt;
    const std::uint64_t hash = WantedPaths::hash(key);
    if (wanted.covered_by(key, hash) || may_be_pattern(key)) {
      JsonCursor cursor(rendered.substr(kValue.size(), end + 1 - kValue.size()));
      RawLock raw;
      std::optional<core::Lock> lock;
      if (read_lock(cursor, raw) && cursor.at_end()) lock = to_lock(key, raw);
      if (!lock) return std::nullopt;
      kept.push_back(std::move(*lock));
    }
    rendered.remove_prefix(end + 1);
    if (rendered.starts_with("\n  }")) return kept;
    if (!rendered.starts_with(',')) return std::nullopt;
    rendered.remove_prefix(1);
  }
}

std::optional<core::LockTable> scan_all_locks(std::string_view text) {
  return scan(text, [](std::string_view, std::uint64_t, const RawLock&) { return true; });
}

std::optional<std::vector<Lease>> scan_leases(std::string_view text, std::string_view agent) {
  bool plain = true;
  std::vector<std::size_t> places;
  auto locks = scan(text, [&](std::string_view, std::uint64_t, const RawLock& raw) {
    if (!core::same_holder(raw.agent, agent)) return false;
    plain = plain && is_plain_utc(raw.expires);
    places.push_back(static_cast<std::size_t>(raw.expires.data() - text.data()));
    return true;
  });
  if (!locks || !plain) return std::nullopt;
  std::vector<Lease> leases;
  for (std::size_t i = 0; i < places.size(); ++i)
    leases.push_back({std::move((*locks)[i]), places[i]});
  return leases;
}

}  // namespace gs::store
