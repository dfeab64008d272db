#pragma once
// What a gate asks the lock file about.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

}  // namespace gs::store
