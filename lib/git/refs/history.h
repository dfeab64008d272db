#pragma once
// Commits: which there are between two points, and what each changes.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/git/refs/graph.h"
#include "lib/git/repository.h"

namespace gs::git {

// The local branches and their tips, by name.
std::vector<std::pair<core::BranchName, core::ObjectId>> branches(const Repository& repository);

// The refs whose names begin with a prefix that ends in '/', and what they hold, by name; only
// those that are `wanted`.
// Symbolic refs count where they lead to another ref of the same prefix.
std::vector<std::pair<std::string, core::ObjectId>> refs_below(
    const Repository& repository, const std::string& prefix,
    const std::function<bool(std::string_view name)>& wanted);

// The commit that an object is or a tag leads to; nothing for anything else, and what is not here.
std::optional<core::ObjectId> known_commit(const Repository& repository, const core::ObjectId& id);

// The best common ancestor; nothing when the two have none.
std::optional<core::ObjectId> merge_base(const Repository& repository, const core::ObjectId& a,
                                         const core::ObjectId& b);

struct Commit {
  core::ObjectId id;
  std::vector<core::ObjectId> parents;
  std::string subject;       // the message's first line, as it is
  std::string message = {};  // all of it
  std::string author = {};   // the name
};

// What `git rev-list --topo-order --reverse TIP --not HIDDEN…` lists: ancestors before descendants.
std::vector<Commit> commits_between(const Repository& repository,
                                    const std::vector<core::ObjectId>& hidden,
                                    const core::ObjectId& tip);
std::vector<Commit> commits_between(const Repository& repository,
                                    const std::vector<core::ObjectId>& hidden,
                                    const std::vector<core::ObjectId>& tips);
Commit commit(const Repository& repository, const core::ObjectId& id);
// The id of a commit's tree. Throws core::Error (broken) when the commit is not here.
core::ObjectId tree_of(const Repository& repository, const core::ObjectId& commit);

// Gives the memory of trees back that were read for one commit after the other. Nothing that
// source_tree() gave may be in use.
void forget_trees(const Repository& repository);
// The commits at which history ends early here; of a shallow clone only.
std::vector<core::ObjectId> shallow_ends(const Repository& repository);

// Against its parent (none: the empty tree); of a merge its own_changes().
core::ChangeSet changes_of(const Repository& repository, const Commit& commit);
core::ChangeSet changes_between(const Repository& repository,
                                const std::optional<core::ObjectId>& before,
                                const std::optional<core::ObjectId>& after);

// What a commit has at a path, as changes say it: nothing (TreeEntry{}) where there is no file,
// link or submodule.
TreeEntry file_at(const Repository& repository, const core::ObjectId& commit,
                  const std::string& path);
// Whether that is what a change leaves, or what it starts from.
bool has_result(const Repository& repository, const core::ObjectId& commit,
                const core::Change& change);
bool has_original(const Repository& repository, const core::ObjectId& commit,
                  const core::Change& change);

// Those of the paths whose file is not the same in two commits. Equal folders are not read.
std::vector<std::string> differing(const Repository& repository, const core::ObjectId& a,
                                   const core::ObjectId& b, const std::vector<std::string>& paths);

// A branch, tag, commit or expression as `git rev-parse` takes it, peeled to a commit.
std::optional<core::ObjectId> find_commit(const Repository& repository, const std::string& name);

}  // namespace gs::git
