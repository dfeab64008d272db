#pragma once
// The remotes of a repository as its configuration has them, and what one of them says itself.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/ids.h"
#include "lib/git/repository.h"

namespace gs::git {

struct Remote {
  std::string name;
  std::string url;  // absolute where it is a folder; as git would fetch from it otherwise
};

// Of the repository's own configuration, in its order; the first URL of each.
std::vector<Remote> configured_remotes(const Repository& repository);

// What the repository at this address has a ref at; nothing when it has none or cannot be asked.
// The only function of this library that uses the network. The configuration of the repository that
// we are in is not asked: it may lead elsewhere.
std::optional<core::ObjectId> ask_for_ref(const std::string& url, const std::string& ref);

}  // namespace gs::git
