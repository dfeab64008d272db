#pragma once
// The content of file_locks.json as a value: what is known of it, and what must survive a rewrite.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"
#include "lib/store/json_tree.h"
#include "lib/store/state_dir.h"

namespace gs::store {

// Beyond what doubles hold exactly, other readers of the file would see another number.
inline constexpr std::uint64_t kLastGeneration = (std::uint64_t{1} << 53) - 1;

struct LockEntry {
  core::Lock lock;
  Json members;  // as read, unknown ones too
};

struct LockFile {
  Json top;  // every top-level member; "locks" only marks its place
  std::vector<LockEntry> entries;
  std::uint64_t generation = 0;  // the highest that is known to have been given out

  core::LockTable table() const;
};

// An empty one: {"locks": {}, "version": 1, "generation": 0}.
LockFile empty_lock_file();

// Throws Damaged on anything that is not a lock file of version 1.
LockFile parse_lock_file(std::string_view text);
// One member of "locks". Throws Damaged.
LockEntry read_lock_entry(const std::string& key, Json members);

LockEntry make_entry(const core::Lock& lock);
// Brings the members up to date with a lock whose expiry, task or automatic has changed.
void refresh_entry(LockEntry& entry);
std::string render_lock_file(LockFile file);

// Reads or replaces the state's file_locks.json; a missing one is empty. Throws core::Error
// (broken). Saving is for those who hold the exclusive lock.
LockFile load_lock_file(const StateDir& state);
void save_lock_file(const StateDir& state, LockFile file);

// The error for a state file that is damaged: names it, why, and the repair.
[[noreturn]] void fail_damaged(const std::filesystem::path& file, std::string_view why);

}  // namespace gs::store
