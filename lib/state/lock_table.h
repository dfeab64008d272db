#pragma once
// What the locks of a file mean for those who want some: which collide with what, and one try at
// taking them, on the file's content in memory.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/state/lock_file.h"
#include "lib/state/locks.h"

namespace gs::state {

// Which of the wanted paths collide with a lock, without asking the matcher about every pair.
// Two plain paths collide when they are equal or one is a folder above the other: a look-up. Only
// pairs with a pattern whose literal beginnings agree go through core::patterns_collide.
class CollisionIndex {
 public:
  CollisionIndex(std::span<const std::string> wanted, bool ignore_case);

  // The positions in `wanted` that collide with this path or pattern, ascending.
  std::vector<std::size_t> colliding(std::string_view lock) const;
  // Two texts for the same lock entry.
  bool same(std::string_view a, std::string_view b) const;

 private:
  using Positions = std::unordered_map<std::string, std::vector<std::size_t>>;

  bool patterns_meet(std::size_t position, const std::string& lock) const;

  std::vector<std::string> wanted_;  // their path_form()
  std::vector<std::size_t> patterns_, plain_;
  Positions paths_, folders_above_;
  bool ignore_case_;
};

struct Attempt {
  LockOutcome outcome;
  bool changed = false;  // the file has to be saved
};

// Changes `file` only when nothing is held. Throws core::Error (broken) when the generations are
// used up.
Attempt try_acquire(LockFile& file, const LockRequest& request, core::Instant now);

// When a lease of this length ends: never beyond what the file can say.
core::Instant lease_end(core::Instant now, core::Seconds ttl);

}  // namespace gs::state
