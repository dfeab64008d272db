#pragma once
// A git repository, as hooks and commands ask about it; callers ask `unknown_format` first.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"

namespace gs::git {

// How refs are stored: extensions.refStorage (git-config(1)).
struct RefStorage {
  enum class Kind { files, reftable };

  Kind kind = Kind::files;
  std::optional<std::filesystem::path> place;  // the folder, when it is not the git directory
  core::ObjectFormat ids = core::ObjectFormat::sha1;

  bool operator==(const RefStorage&) const = default;
};

// Where a repository's parts are; absolute, without a trailing '/'.
struct Layout {
  std::filesystem::path git_dir;                       // this worktree's own (.git/worktrees/NAME)
  std::filesystem::path common_dir;                    // shared by all worktrees
  std::optional<std::filesystem::path> worktree;       // top of this worktree; none when bare
  std::optional<std::filesystem::path> main_worktree;  // none for a bare repository
  RefStorage ref_storage = {};
};

struct Worktree {
  std::filesystem::path path, git_dir;
  std::optional<core::BranchName> branch;  // none: detached
  bool main = false, prunable = false;
};

struct TreeEntry {
  core::ObjectId id;
  std::uint32_t mode = core::mode::none;

  bool operator==(const TreeEntry&) const = default;
};

// Blobs for another thread than the repository's own.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual std::string blob(const core::ObjectId& id) = 0;  // as Repository::blob

 protected:
  BlobReader() = default;
  BlobReader(const BlobReader&) = default;
  BlobReader& operator=(const BlobReader&) = default;
  BlobReader(BlobReader&&) = default;
  BlobReader& operator=(BlobReader&&) = default;
};

class CommitGraph;
class Objects;
class ParsedTrees;
class Settings;

// Const functions may be called by several threads; a source tree or reader that they return is for
// one.
class Repository {
 public:
  // As git runs a hook: the working directory is the worktree's top (or the git directory of a bare
  // repository), GIT_DIR, GIT_WORK_TREE and GIT_INDEX_FILE may be set. No search, no ownership
  // check.
  static Repository open_for_hook();
  // As a command is run: from any folder in a worktree, GIT_DIR honoured.
  static Repository discover(const std::filesystem::path& start);

  Repository(Repository&&) noexcept;
  Repository& operator=(Repository&&) noexcept;
  ~Repository();

  const Layout& layout() const;
  // What of its format is not known here, "extensions.refstorage = tables": then git alone decides,
  // and only layout() may be asked. None of an ordinary one.
  const std::optional<std::string>& unknown_format() const;
  core::ObjectFormat object_format() const;
  // Whether names that differ in letter case are one file here: core.ignorecase, or the file system
  // that holds the worktree, whatever the configuration says.
  bool ignore_case() const;
  // A path that the file system or a user gave, as git has it in the index: in NFC where
  // core.precomposeUnicode says so.
  std::string precomposed(std::string path) const;

  // The branch being worked on: HEAD's, or while a rebase runs the branch being rebased.
  std::optional<core::BranchName> current_branch() const;
  std::optional<core::ObjectId> head() const;                                // none: unborn
  std::optional<core::ObjectId> resolve(const std::string& full_ref) const;  // peeled to a commit
  // The ref that a symbolic one is a name of; empty for any other, and where there is none.
  std::string symbolic_target(const std::string& full_ref) const;
  // The remote-tracking ref that a branch follows: "refs/remotes/origin/develop".
  std::optional<std::string> upstream_ref(const core::BranchName& branch) const;
  bool is_ancestor(const core::ObjectId& ancestor, const core::ObjectId& descendant) const;

  std::optional<TreeEntry> entry(const core::ObjectId& commit, std::string_view path) const;
  // The names of what a folder of the commit holds (empty: the top); none where there is no such
  // folder.
  std::vector<std::string> names(const core::ObjectId& commit, std::string_view folder) const;
  // Throws core::Error (broken) when the object is missing (a partial clone) or no blob.
  std::string blob(const core::ObjectId& id) const;

  std::vector<Worktree> worktrees() const;  // main first; a bare repository's own entry is left out
  std::optional<std::string> config(const std::string& key) const;

  // The commits being merged besides HEAD (MERGE_HEAD's lines); empty when no merge is concluded.
  std::vector<core::ObjectId> merge_heads() const;

  // What the next commit changes: the index (GIT_INDEX_FILE included) against HEAD; while a merge
  // is concluded, own_changes() of it. Intent-to-add entries are not in it, unmerged ones are.
  // Falls back to git itself for what the own reader does not know (split and sparse index).
  core::ChangeSet staged_changes() const;
  // The same with the other parents given: in pre-merge-commit git has not written MERGE_HEAD yet.
  struct Staged {
    core::ChangeSet own, whole;  // whole: all that is not as in HEAD; empty unless there are others
  };
  Staged staged(const std::vector<core::ObjectId>& other_parents) const;
  // The commits that the `git merge` which started this process merges (GITHEAD_* in the
  // environment). Only pre-merge-commit may trust it: elsewhere anyone can set it.
  std::vector<core::ObjectId> automatic_merge_heads() const;

  // Every decided path of the index (stage 0; intent-to-add entries are not in it), in path order.
  using EachFile = std::function<void(std::string_view path, const TreeEntry& entry)>;
  void each_staged(const EachFile& each) const;
  // Every blob, link and submodule of a commit's tree, in path order.
  void each_file(const core::ObjectId& commit, const EachFile& each) const;

  // A commit's tree (none: the empty one) with changes laid over it, read only as far as asked.
  std::unique_ptr<core::SourceTree> source_tree(const std::optional<core::ObjectId>& commit,
                                                const core::ChangeSet& changes = {}) const;
  // For another thread, which would wait for this one's reads otherwise.
  std::unique_ptr<BlobReader> blob_reader() const;

  CommitGraph& commits() const;

  Objects& objects() const;  // these three for this library's own use
  ParsedTrees& trees() const;
  const Settings& settings() const;

 private:
  struct Impl;
  explicit Repository(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gs::git
