#pragma once
// Every Python file of a tree with its import facts: from the cache where they are known, read from
// the blobs otherwise.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/core/change.h"
#include "lib/facts/fact_cache.h"
#include "lib/git/repository.h"

namespace gs::facts {

struct FileImports {
  std::string path;
  core::ObjectId blob;
  std::string_view facts;  // for core::ImportReader; lives as long as the TreeImports
};

// Progress of reading a tree: files done of all. Called from one thread, some hundred times.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

class TreeImports {
 public:
  // The index, or a commit's tree. Blobs that are not here (a partial clone) throw core::Error.
  static TreeImports of_index(const git::Repository& repository, const Progress& progress = {});
  static TreeImports of_commit(const git::Repository& repository, const core::ObjectId& commit,
                               const Progress& progress = {});
  TreeImports(TreeImports&&) noexcept;
  ~TreeImports();

  const std::vector<FileImports>& files() const;  // in path order
  // The surveyed tree, from what was listed: no further reading.
  core::SourceTree& tree();
  std::optional<core::ObjectId> blob(std::string_view path) const;  // of any file in the tree

 private:
  struct Impl;
  explicit TreeImports(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Where facts are kept: below the common git directory.
facts::FactCache open_fact_cache(const git::Layout& layout);

// ---- A whole tree as it was listed: every question is answered from memory.

class ListedTree : public core::SourceTree {
 public:
  // All of a tree's files, in path order; then finish().
  void add(std::string_view path, const git::TreeEntry& entry);
  void finish();

  std::optional<core::ObjectId> file(std::string_view path) override;
  bool holds_python(std::string_view folder) override;
  std::vector<std::string> folders(std::string_view folder) override;

  std::size_t size() const { return entries_.size(); }
  std::string_view path(std::size_t number) const;
  const core::ObjectId& id(std::size_t number) const { return entries_[number].id; }
  // A regular file that is_python_source.
  bool is_python(std::size_t number) const { return entries_[number].python; }
  std::optional<core::ObjectId> blob(std::string_view path) const;  // links too

 private:
  struct Entry {
    std::size_t begin;
    std::uint32_t length;
    std::uint32_t mode;
    bool python;
    core::ObjectId id;
  };
  const Entry* find(std::string_view path) const;
  std::size_t first_from(std::string_view path) const;

  std::string paths_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // by the path's hash: number + 1; 0: free
  std::unordered_set<std::string_view> python_folders_;
};

}  // namespace gs::facts
