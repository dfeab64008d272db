#pragma once
// file_locks.json (contract, section 5): its format, reading its text and changing it as a value.
// The file itself: lock_store.h.
//
//   {"locks": {PATH: {"agent": …, "stream": …, "acquired": TIME, "expires": TIME, "task": …,
//                     "generation": N, "automatic": BOOL, "lease": N}, …},
//    "version": 1, "generation": N}
//
// "agent", "acquired" and "expires" are needed, the reference design's files have no more than the
// first five; whatever else somebody put there stays. The top "generation" is the highest that was
// given out. "lease" is the generation in the store that clones share, once it has the lock.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/json.h"
#include "lib/core/lock.h"

namespace gs::state {

using core::Json;
// What is wrong with a state file. Caught within lib/store, where the file's name is known.
using Damaged = core::JsonError;

// Beyond what doubles hold exactly, other readers of the file would see another number.
inline constexpr std::uint64_t kLastGeneration = (std::uint64_t{1} << 53) - 1;

// The file as a value, to be changed.

struct LockEntry {
  core::Lock lock;
  Json members;  // as read, unknown ones too
};

struct LockFile {
  Json top;  // every top-level member; "locks" only keeps its place
  std::vector<LockEntry> entries;
  std::uint64_t generation = 0;  // the highest that is known to have been given out
};

// An empty one: {"locks": {}, "version": 1, "generation": 0}.
LockFile empty_lock_file();
// Throws Damaged on anything that is not a lock file of version 1.
LockFile parse_lock_file(std::string_view text);
LockEntry make_entry(const core::Lock& lock);
// Brings the members up to date with a lock whose expiry, task, automatic or lease has changed.
void refresh_entry(LockEntry& entry);
std::string render_lock_file(LockFile file);

// Its text, read in one pass that builds nothing but the locks that are asked for.

// A set of paths, and whether a lock's path is one of them or a folder above one. They must outlive
// it.
class WantedPaths {
 public:
  explicit WantedPaths(std::span<const std::string> paths);
  bool covered_by(std::string_view lock) const;

 private:
  void add(std::string_view text);

  std::vector<std::pair<std::size_t, std::string_view>> table_;  // by hash, open addressing
};

// All locks in the file's order. The whole text is checked: these throw Damaged where
// parse_lock_file does.
core::LockTable locks_in(std::string_view text);
// Those on one of these paths, all patterns, and all that are not ASCII.
core::LockTable locks_in(std::string_view text, const WantedPaths& wanted);
// The same of a text that render_lock_file wrote, in a tenth of the time: nothing but the keys and
// the wanted locks is looked at. Nothing when it is not written like that.
std::optional<core::LockTable> find_locks(std::string_view rendered, const WantedPaths& wanted);
// A lock, and where in the text the time of its end stands; nothing: not written as format_utc
// does.
struct Lease {
  core::Lock lock;
  std::optional<std::size_t> expires;
};
// One holder's.
std::vector<Lease> leases_in(std::string_view text, std::string_view agent);

// The error for a state file that is damaged: names it, why, and the repair.
[[noreturn]] void fail_damaged(const std::filesystem::path& file, std::string_view why);

}  // namespace gs::state
