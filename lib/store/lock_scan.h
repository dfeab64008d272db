#pragma once
// One pass over the text of file_locks.json without building anything: what gates ask for.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/lock.h"

namespace gs::store {

// A set of paths, and whether a lock's key is one of them or a folder above one.
class WantedPaths {
 public:
  explicit WantedPaths(std::span<const std::string> paths);

  bool covered_by(std::string_view key, std::uint64_t hash) const;
  static std::uint64_t hash(std::string_view text);

 private:
  void add(std::string_view text);

  std::vector<std::pair<std::uint64_t, std::string_view>> table_;  // open addressing
  std::size_t mask_ = 0;
};

// Exactly what parse_lock_file would give, reduced to the locks on one of these paths and to all
// patterns; nothing when the text holds anything unusual (it may be fine or damaged then). The
// paths must outlive the call.
std::optional<core::LockTable> scan_locks(std::string_view text, const WantedPaths& wanted);
// The same, reduced to one holder's locks.
std::optional<core::LockTable> scan_locks_of(std::string_view text, std::string_view agent);

}  // namespace gs::store
