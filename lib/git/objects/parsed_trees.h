#pragma once
// Trees that are asked about more than once: each is read once, and found in by name.

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/git/objects/trees.h"

namespace gs::git {

struct ParsedTree {
  std::string bytes;
  std::vector<TreeItem> items;  // by name, bytewise

  const TreeItem* find(std::string_view name) const;
};

// By object id, so that trees that share folders share them here. The source must outlive it.
class ParsedTrees {
 public:
  explicit ParsedTrees(TreeSource& source) : source_(source) {}

  // Lives until clear(), or as long as this does. Throws MissingObject.
  const ParsedTree& get(const core::ObjectId& id);
  void clear() { read_.clear(); }

 private:
  struct Hash {
    std::size_t operator()(const core::ObjectId& id) const {
      std::size_t value = 0;
      std::memcpy(&value, id.bytes.data(), sizeof value);
      return value;
    }
  };
  TreeSource& source_;
  std::unordered_map<core::ObjectId, std::unique_ptr<ParsedTree>, Hash> read_;
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

}  // namespace gs::git
