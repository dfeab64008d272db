#pragma once
// The remotes of a repository as its configuration has them, and what another repository says
// itself of its refs: all of this library that uses the network.

#include <map>
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

// A remote, by name or address, as it may be shown and logged: a URL without user and password.
std::string without_password(const std::string& remote);

// For those who ask another repository, the configuration of the repository that we are in counts
// for nothing: it may lead elsewhere.

// What the repository at this address has a ref at; nothing when it has none or cannot be asked.
// Nobody is asked for a password.
std::optional<core::ObjectId> ask_for_ref(const std::string& url, const std::string& ref);

// Its branches, by full name. Throws core::Error (broken) when it cannot be asked.
std::map<std::string, core::ObjectId> ask_for_branches(const std::string& url);

// Brings the objects of branches here without moving any ref. Throws core::Error (broken).
void fetch_objects(const Repository& repository, const std::string& url,
                   const std::vector<std::string>& refs);

}  // namespace gs::git
