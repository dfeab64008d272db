#pragma once
// What merges by git depend on besides what is merged, as texts to compare: results of the same
// commits may be kept as long as the text is the same.

#include <optional>
#include <string>

#include "lib/git/repository.h"

namespace gs::git {

// Of merge_trees(): which git it is, and what is configured. Nothing where results cannot be kept:
// where a program of somebody's takes part (a merge driver, filters that renormalize), where only
// git can tell what is configured, and in a shallow clone, whose depth counts.
std::optional<std::string> merge_trees_inputs(const Repository& repository);

// Of own_changes(): which git it is. Nothing in a shallow clone.
std::optional<std::string> own_changes_inputs(const Repository& repository);

}  // namespace gs::git
