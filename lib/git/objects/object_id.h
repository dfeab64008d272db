#pragma once
// Ids of objects: their size in git's files, which is said in this place only, and what id a
// content has.

#include <cstddef>
#include <string_view>

#include "lib/core/change.h"

namespace gs::git {

inline constexpr std::size_t kIdSize = sizeof(core::ObjectId::bytes);  // in trees, indexes, packs
inline constexpr std::size_t kHexDigits = 2 * kIdSize;                 // in refs, commits, output

// The id whose kIdSize bytes begin at `at`; they must be there.
core::ObjectId id_at(std::string_view bytes, std::size_t at);

// For unordered containers: an id is as good as random.
struct ObjectIdHash {
  std::size_t operator()(const core::ObjectId& id) const;
};

// What `git hash-object --no-filters` prints.
core::ObjectId blob_id(std::string_view content);

// The tree without entries: every repository has it, written or not.
const core::ObjectId& empty_tree();

}  // namespace gs::git
