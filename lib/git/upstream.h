#pragma once
// Which remote-tracking ref a branch follows (git-config(1), "branch.<name>.merge").

#include <optional>
#include <string>

#include "lib/git/settings.h"

namespace gs::git {

std::optional<std::string> upstream_of(const Settings& settings, const std::string& branch);

}  // namespace gs::git
