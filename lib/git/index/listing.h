#pragma once
// All files of an index or of a tree, one after the other.

#include <string_view>

#include "lib/git/index/index_file.h"
#include "lib/git/repository.h"
#include "lib/git/objects/trees.h"

namespace gs::git {

// The decided entries of an index that the own reader knows; others throw NeedsGit, DamagedIndex.
void list_index(std::string_view index, const Repository::EachFile& each);

// As git itself lists them: for split and sparse indexes and what later gits bring.
void list_index_by_git(const Layout& layout, const std::filesystem::path& index_file,
                       const Repository::EachFile& each);

// What `git ls-tree -r` lists. Throws MissingObject, or core::Error (broken) for a damaged tree.
void list_tree(TreeSource& trees, const core::ObjectId& tree, const Repository::EachFile& each);

}  // namespace gs::git
