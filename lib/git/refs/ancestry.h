#pragma once
// Which commit descends from which.

#include "lib/core/change.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/repository.h"

namespace gs::git {

// Every commit descends from itself. Throws core::Error (broken) when a commit is missing.
bool descends(const Objects& objects, const Layout& layout, const core::ObjectId& ancestor,
              const core::ObjectId& descendant);

}  // namespace gs::git
