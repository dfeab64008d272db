#pragma once
// Ids of objects, and what id a content has.

#include <cstddef>
#include <string_view>

#include "lib/core/change.h"

namespace gs::git {

// For unordered containers: an id is as good as random.
struct ObjectIdHash {
  std::size_t operator()(const core::ObjectId& id) const;
};

// What `git hash-object --no-filters` prints in a repository of that format.
core::ObjectId blob_id(std::string_view content, core::ObjectFormat format);
// The same of any object: the type is "blob", "tree", "commit" or "tag".
core::ObjectId object_id(std::string_view type, std::string_view content,
                         core::ObjectFormat format);

// For what is no object: a digest of a text, to find it again by or compare it with.
core::ObjectId digest_of(std::string_view text);

// The tree without entries: every repository has it, written or not.
const core::ObjectId& empty_tree(core::ObjectFormat format);

}  // namespace gs::git
