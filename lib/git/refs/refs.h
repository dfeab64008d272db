#pragma once
// Refs and their logs, in files (loose ones and packed-refs: gitrepository-layout(5),
// git-pack-refs(1)) or in tables, and updates of refs as git tells hooks of them.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"
#include "lib/git/refs/ref.h"
#include "lib/git/refs/reftable_stack.h"
#include "lib/git/repository.h"

namespace gs::git {

using WantedRef = std::function<bool(std::string_view name)>;

// Refs in files.
class RefFiles {
 public:
  RefFiles(std::filesystem::path git_dir, std::filesystem::path common_dir);

  // As Refs says.
  std::optional<Ref> read(const std::string& name) const;
  std::vector<std::string> list(const std::string& prefix) const;
  std::vector<std::pair<std::string, Ref>> read_all(const std::string& prefix,
                                                    const WantedRef& wanted) const;
  std::vector<RefMove> moves_of(const std::string& name) const;

 private:
  std::filesystem::path folder_of(std::string_view name) const;
  std::optional<core::ObjectId> packed(std::string_view name) const;
  std::map<std::string, std::optional<core::ObjectId>> names(const std::string& prefix) const;

  std::filesystem::path git_dir_, common_dir_;
};

// The refs of a repository as one worktree sees them, however they are stored. All functions see
// them as they are when they are called.
class Refs {
 public:
  explicit Refs(const Layout& layout);
  // Of another worktree of the repository.
  Refs(const Layout& layout, const std::filesystem::path& git_dir);

  // Nothing when there is no such ref or the name can be none. Throws core::Error (broken) for a
  // file that is no ref, and a damaged table.
  std::optional<Ref> read(const std::string& name) const;
  // Follows symbolic refs to an object; nothing when one of them does not exist.
  std::optional<core::ObjectId> follow(const std::string& name) const;
  // The names of all refs that start with a prefix ending in '/', sorted.
  std::vector<std::string> list(const std::string& prefix) const;
  // The same that are wanted, and what they hold.
  std::vector<std::pair<std::string, Ref>> read_all(const std::string& prefix,
                                                    const WantedRef& wanted) const;
  // The ref's log, the earliest move first; empty when it has none.
  std::vector<RefMove> moves_of(const std::string& name) const;

 private:
  const ReftableStack& stack_of(std::string_view name) const;

  RefFiles files_, heads_;  // heads_: FETCH_HEAD and MERGE_HEAD, which are always files
  std::optional<ReftableStack> common_tables_, own_tables_;  // own: of a linked worktree
};

// The id that the packed-refs file gives a ref; for tests and the class above.
std::optional<core::ObjectId> find_packed(std::string_view file, std::string_view name);

// Whether git could have a ref of this name (git-check-ref-format(1)); HEAD and its like included.
bool valid_ref_name(std::string_view name);

// Whether git, or what is left of one, has the lock that it needs to move this ref.
bool is_locked(const Layout& layout, const std::string& name);

// What the packed-refs file alone has a ref at; nothing where refs are in tables.
std::optional<core::ObjectId> packed_ref(const Repository& repository, const std::string& name);

// Whether `refs/heads/Develop` is found as `refs/heads/develop`, and moves it: refs are files, and
// case is ignored.
bool folds_ref_names(const Repository& repository);
// `refs/HEADS/develop` and `main-worktree/refs/heads/develop` as `refs/heads/develop`, and the like
// of remote-tracking refs: the prefix only, where names are folded.
std::string with_plain_prefix(std::string name);

// What git tells the hooks reference-transaction and pre-receive on stdin: "OLD NEW REF" a line.
struct RefUpdate {
  std::string ref;        // as git says it
  core::ObjectId id;      // zero: the ref is deleted, or becomes symbolic
  std::string symbolic;   // the ref that it becomes a name of (git 2.46 and later)
  bool compares = false;  // OLD says what it must hold before

  bool deletes() const { return id.is_zero() && symbolic.empty(); }
  // The branch that is moved, however the ref is spelled; nothing for other refs.
  std::optional<core::BranchName> branch() const;
};

// Throws core::Error (broken) for a line that is none. OLD itself is not kept: it is zero where git
// was not told to compare, so that only the ref itself says what it held.
std::vector<RefUpdate> parse_ref_updates(std::string_view lines);

// Whether a line moves a branch or a remote-tracking ref, in any letters, or takes one away,
// without a closer look.
bool mentions_branches(std::string_view lines);

}  // namespace gs::git
