#pragma once
// What another repository says itself of its branches. The only functions of this library that use
// the network.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"

namespace gs::git {

// The branches of the repository at this address, by full name. The configuration of the repository
// that we are in is not asked for anything: it may lead elsewhere. Throws core::Error (broken) when
// the other one cannot be asked.
std::map<std::string, core::ObjectId> ask_for_branches(const std::string& url);

// Brings the objects of branches here without moving any ref. Throws core::Error (broken).
void fetch_objects(const Repository& repository, const std::string& url,
                   const std::vector<std::string>& refs);

}  // namespace gs::git
