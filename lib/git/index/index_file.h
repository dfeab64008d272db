#pragma once
// git's index, versions 2 to 4, read in place (gitformat-index(5)), and its TREE extension, the
// cache tree: folders that are known to equal a tree object.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"

namespace gs::git {

// Folders are numbered in preorder, the root is 0. The bytes must outlive it.
class CacheTree {
 public:
  CacheTree() = default;
  // As in git, a damaged one is as good as none.
  CacheTree(std::string_view extension, core::ObjectFormat format);
  // The whole index's tree, without a look at what lies below; nothing when it is not valid.
  static std::optional<core::ObjectId> root_of(std::string_view extension,
                                               core::ObjectFormat format);

  bool empty() const { return nodes_.empty(); }
  std::string_view name(std::size_t node) const;
  bool valid(std::size_t node) const { return nodes_[node].id_at != 0; }
  core::ObjectId id(std::size_t node) const;  // only of a valid one
  std::uint32_t entries(std::size_t node) const {
    return nodes_[node].entries;
  }                                                                     // below it, if valid
  std::size_t end(std::size_t node) const { return nodes_[node].end; }  // after its last descendant

 private:
  // Small, because a large repository has ten thousands: parsing is mostly writing them.
  struct Node {
    std::uint32_t name_at, name_size, id_at, entries, end;
  };
  bool parse();
  bool take_node(std::size_t& at, std::uint32_t& children);

  std::string_view bytes_;
  core::ObjectFormat format_ = core::ObjectFormat::sha1;
  std::vector<Node> nodes_;
};

// The folders directly below one, found by name.
class CacheTreeChildren {
 public:
  CacheTreeChildren(const CacheTree& tree, std::optional<std::size_t> parent);
  std::optional<std::size_t> find(std::string_view name) const;

 private:
  struct Child {
    std::string_view name;
    std::size_t node;
  };
  std::vector<Child> children_;  // by name
};

// Something only git itself reads: a split or sparse index, an unknown extension or version.
class NeedsGit : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An index that contradicts itself. Not left to git, which reads past a cut index's end.
class DamagedIndex : public core::Error {
 public:
  explicit DamagedIndex(const std::string& why);
};

// The bytes must outlive it; the format is the repository's, which an index does not say. Nothing
// here trusts them: throws NeedsGit or DamagedIndex.
class IndexFile {
 public:
  IndexFile(std::string_view bytes, core::ObjectFormat format);

  core::ObjectFormat format() const { return format_; }
  std::uint32_t count() const { return count_; }
  const CacheTree& cache_tree() const { return cache_tree_; }

 private:
  friend class IndexCursor;
  // Where a cursor can go on: one for every so many entries, so that skipping is short.
  struct Mark {
    std::size_t end;    // of the entry before,
    std::string built;  // and its path in version 4
  };
  void read_extensions(std::string_view rest);

  std::string_view bytes_;
  core::ObjectFormat format_;
  std::uint32_t version_ = 0, count_ = 0;
  CacheTree cache_tree_;
  std::vector<Mark> marks_;
};

// The tree that the whole index stands for, when git has noted it, as it has when it commits the
// index as it is: found from the end, without the entries, and known of every kind of index (split,
// sparse, …).
std::optional<core::ObjectId> noted_tree(std::string_view index, core::ObjectFormat format);

// Goes through the entries in order; the accessors may be called only while it is not done.
class IndexCursor {
 public:
  explicit IndexCursor(const IndexFile& index);

  bool done() const { return left_ == 0; }
  void next();
  void skip(std::uint32_t entries);  // as next() so many times

  std::string_view path() const { return version_ < 4 ? plain_ : std::string_view(built_); }
  std::uint32_t mode() const;
  core::ObjectId id() const;
  unsigned stage() const;  // 1 to 3: unmerged
  bool intent_to_add() const;

 private:
  friend class IndexFile;
  bool extended(unsigned flag) const;
  void locate();
  void locate_compressed(std::string_view rest);

  const IndexFile& index_;
  std::string_view bytes_;  // without the hash at the end
  std::size_t at_, end_;    // the present entry
  std::size_t flags_at_;    // in each entry, after its id
  std::uint32_t version_, left_;
  std::string_view plain_;  // its path in versions 2 and 3,
  std::string built_;       // in version 4
};

}  // namespace gs::git
