#pragma once
// Tree objects, read in place (gitformat: "MODE NAME\0ID" repeated, in base name order).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/error.h"

namespace gs::git {

// An object that is not in the database; in a partial clone it can be fetched.
class MissingObject : public core::Error {
 public:
  explicit MissingObject(const core::ObjectId& id);
};

struct TreeItem {
  std::string_view name;
  std::uint32_t mode = core::mode::none;  // as git canonicalises it
  core::ObjectId id;

  bool is_tree() const { return mode == core::mode::tree; }
};

// Goes through a tree's bytes, which must outlive it. Throws core::Error (broken) when they are no
// tree.
class TreeReader {
 public:
  explicit TreeReader(std::string_view bytes) : rest_(bytes) { next(); }

  bool done() const { return done_; }
  const TreeItem& item() const { return item_; }
  void next();

 private:
  std::string_view rest_;
  TreeItem item_;
  bool done_ = false;
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
std::optional<TreeItem> find_item(std::string_view tree, std::string_view name);

// The blob, link or tree at a path below a tree.
std::optional<TreeItem> find_path(TreeSource& source, core::ObjectId tree, std::string_view path);

// Compares items as git orders them: a tree's name counts as if it ended in '/'.
int compare_names(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree);

}  // namespace gs::git
