#pragma once
// Tree objects, read in place (gitformat: "MODE NAME\0ID" repeated, in base name order), and those
// that are asked about more than once, read once and found in by name.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/git/objects/object_id.h"

namespace gs::git {

// An object that is not in the database; in a partial clone it can be fetched.
class MissingObject : public core::Error {
 public:
  explicit MissingObject(const core::ObjectId& id);
};

// For an id that cannot be one of this repository's, because it is of the other format.
core::Error of_other_format(const core::ObjectId& id);

struct TreeItem {
  std::string_view name;
  std::uint32_t mode = core::mode::none;  // as git canonicalises it
  core::ObjectId id;

  bool is_tree() const { return mode == core::mode::tree; }
};

// Goes through a tree's bytes, which must outlive it and have ids of that format. Throws
// core::Error (broken) when they are no tree.
class TreeReader {
 public:
  TreeReader(std::string_view bytes, core::ObjectFormat format) : rest_(bytes), format_(format) {
    next();
  }

  bool done() const { return done_; }
  const TreeItem& item() const { return item_; }
  void next();

 private:
  std::string_view rest_;
  core::ObjectFormat format_;
  bool done_ = false;
  TreeItem item_;
};

// Where trees come from: a repository, or memory in tests.
class TreeSource {
 public:
  virtual ~TreeSource() = default;
  // The bytes of a tree. Throws MissingObject.
  virtual std::string tree(const core::ObjectId& id) = 0;

 protected:
  TreeSource() = default;
  TreeSource(const TreeSource&) = default;
  TreeSource& operator=(const TreeSource&) = default;
  TreeSource(TreeSource&&) = default;
  TreeSource& operator=(TreeSource&&) = default;
};

// The item of that name; nothing when the tree has none.
std::optional<TreeItem> find_item(std::string_view tree, core::ObjectFormat format,
                                  std::string_view name);

// The blob, link or tree at a path below a tree.
std::optional<TreeItem> find_path(TreeSource& source, core::ObjectId tree, std::string_view path);

// Compares items as git orders them: a tree's name counts as if it ended in '/'.
int compare_names(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree);

struct ParsedTree {
  std::string bytes;
  std::vector<TreeItem> items;  // by name, bytewise

  const TreeItem* find(std::string_view name) const;
};

// By object id, so that trees that share folders share them here. The source must outlive it, and
// serve as many threads as this does: any number.
class ParsedTrees {
 public:
  explicit ParsedTrees(TreeSource& source) : source_(source) {}

  // Lives until clear(), or as long as this does. Throws MissingObject.
  const ParsedTree& get(const core::ObjectId& id);
  void clear();

 private:
  TreeSource& source_;
  std::mutex mutex_;
  std::unordered_map<core::ObjectId, std::unique_ptr<ParsedTree>, ObjectIdHash> read_;
};

// One tree, asked by path. What a path shares with the one before it is not looked up again.
class TreePaths {
 public:
  TreePaths(ParsedTrees& trees, const std::optional<core::ObjectId>& root)
      : trees_(trees), root_(root) {}

  const ParsedTree* folder(std::string_view path);  // "" is the top; null: there is none
  const TreeItem* item(std::string_view path);      // file, link, submodule or folder; null: none

 private:
  ParsedTrees& trees_;
  std::optional<core::ObjectId> root_;
  struct Level {
    std::size_t end;           // of the folder's path within last_
    const ParsedTree* folder;  // null: there is none, and nothing below
  };
  std::string last_;
  std::vector<Level> levels_;  // from the top down
};

// Reads each folder when it is first asked about. The trees must outlive it.
std::unique_ptr<core::SourceTree> view_tree(ParsedTrees& trees,
                                            const std::optional<core::ObjectId>& tree,
                                            const core::ChangeSet& changes);

}  // namespace gs::git
