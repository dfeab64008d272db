#pragma once
// A whole tree as it was listed: every question is answered from memory.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lib/core/source_tree.h"
#include "lib/git/repository.h"

namespace gs::facts {

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
