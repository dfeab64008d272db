#pragma once
// What two sides' code comes to when they are merged, kept between runs. Of two commits it never
// changes: while many streams move, only those pairs are looked at anew of which one has moved.

#include <optional>
#include <string>
#include <vector>

#include "lib/app/memory.h"
#include "lib/conflicts/pair_merge.h"

namespace gs::streams {

// Which of two sides a ClashPlace is on.
inline constexpr std::size_t kOurs = 0, kTheirs = 1;

struct Meeting {
  bool meet = false;      // one builds on what the other has changed, or both have changed a file
  bool new_tops = false;  // both have new imports between top-level modules
  std::vector<Clash> clashes;  // their sides are kOurs and kTheirs
};

// For one thread.
class ClashMemory {
 public:
  explicit ClashMemory(app::Session& session) : memory_(session) {}

  // Of all that a meeting depends on: besides these, only the policy.
  core::ObjectId key(const std::vector<core::ObjectId>& commits, const std::string& more) const;

  std::optional<Meeting> find(const core::ObjectId& key);
  void keep(const core::ObjectId& key, const Meeting& meeting);

 private:
  app::Memory memory_;
};

// What the merge itself adds to a key: what git has made of it, where git was asked.
std::string merge_key(const PairMerge& merge);

// As bytes, and back; nothing for other bytes.
std::string freeze(const Meeting& meeting);
std::optional<Meeting> thaw_meeting(std::string_view bytes);

}  // namespace gs::streams
