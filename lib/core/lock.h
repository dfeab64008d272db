#pragma once
// A lease on a path or a pattern, and when two of them collide.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/core/time.h"

namespace gs::core {

struct Lock {
  std::string path;    // a path, or a pattern (see is_pattern in pattern.h), relative to the root
  std::string agent;   // the holder's name: "agent-F1"
  std::string stream;  // "F"; may be empty
  Instant acquired{}, expires{};
  std::string task;
  std::uint64_t generation = 0;  // of the acquisition; unique and rising within one state directory
  bool automatic = false;        // taken by a gate, not by a command
  std::uint64_t lease = 0;  // the store's generation, where other clones know of it; 0: they do not
  std::string host = {};    // the clone that holds it, where it is another one

  bool live(Instant now) const { return now < expires; }
  // Whether it is that name's, in this clone.
  bool is_of(std::string_view holder) const;
  auto operator<=>(const Lock&) const = default;
};

using LockTable = std::vector<Lock>;

// Whether the lock is on this path: the same one, one below it (a plain name may be a folder's), or
// one that its pattern matches.
bool covers(const Lock& lock, std::string_view path, bool ignore_case);

// Locks by what they are on, for those who ask about many paths. Keeps a reference to the table.
class LockIndex {
 public:
  LockIndex(const LockTable& locks, bool ignore_case);

  // Those that cover the path, in the table's order.
  std::vector<const Lock*> on(std::string_view path) const;

 private:
  void add(std::string_view name, std::vector<std::size_t>& hits) const;

  const LockTable& locks_;
  bool ignore_case_;
  std::unordered_map<std::string, std::vector<std::size_t>> named_;  // by path_form()
  std::vector<std::size_t> patterns_;
};

}  // namespace gs::core
