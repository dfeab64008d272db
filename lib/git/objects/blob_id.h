#pragma once
// The name of a content, without a repository.

#include <string_view>

#include "lib/core/change.h"

namespace gs::git {

// What `git hash-object --no-filters` prints.
core::ObjectId blob_id(std::string_view content);

}  // namespace gs::git
