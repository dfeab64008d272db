// Changes of a concluded merge that another parent brought: see drop_equal_to_parents.

#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "lib/git/staged.h"

namespace gs::git {

namespace {

using core::Change;
using core::ObjectId;

struct IdHash {
  std::size_t operator()(const ObjectId& id) const {
    std::size_t value = 0;
    std::memcpy(&value, id.bytes.data(), sizeof value);
    return value;
  }
};

struct ParsedTree {
  std::string bytes;
  std::vector<TreeItem> items;  // by name, bytewise

  const TreeItem* find(std::string_view name) const {
    const auto at =
        std::lower_bound(items.begin(), items.end(), name,
                         [](const TreeItem& a, std::string_view b) { return a.name < b; });
    return at != items.end() && at->name == name ? &*at : nullptr;
  }
};

// One parent's tree, each folder of it read once.
class ParentTree {
 public:
  ParentTree(TreeSource& trees, const ObjectId& root) : trees_(trees), root_(root) {}

  // Whether the parent has at the path just what the change makes of it; nothing is no entry.
  bool has_result_of(const Change& change) {
    const std::string_view path = change.path;
    const std::size_t slash = path.rfind('/');
    const std::size_t folder_length = slash == path.npos ? 0 : slash;
    const ParsedTree* const parent = folder(path.substr(0, folder_length));
    const TreeItem* const item =
        parent == nullptr ? nullptr : parent->find(path.substr(slash == path.npos ? 0 : slash + 1));
    if (item == nullptr || item->is_tree()) return change.new_mode == core::mode::none;
    return item->id == change.new_id && item->mode == change.new_mode;
  }

 private:
  // Changes come in path order: mostly the folder is the one asked for last.
  const ParsedTree* folder(std::string_view path) {
    if (last_ && *last_ == path) return last_folder_;
    last_folder_ = parsed(root_);
    last_ = path;
    while (!path.empty() && last_folder_ != nullptr) {
      const std::size_t slash = std::min(path.find('/'), path.size());
      const TreeItem* const item = last_folder_->find(path.substr(0, slash));
      last_folder_ = item != nullptr && item->is_tree() ? parsed(item->id) : nullptr;
      path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return last_folder_;
  }

  const ParsedTree* parsed(const ObjectId& id) {
    std::unique_ptr<ParsedTree>& tree = read_[id];
    if (tree) return tree.get();
    auto fresh = std::make_unique<ParsedTree>();
    fresh->bytes = trees_.tree(id);
    for (TreeReader reader(fresh->bytes); !reader.done(); reader.next())
      fresh->items.push_back(reader.item());
    std::sort(fresh->items.begin(), fresh->items.end(),
              [](const TreeItem& a, const TreeItem& b) { return a.name < b.name; });
    tree = std::move(fresh);
    return tree.get();
  }

  TreeSource& trees_;
  ObjectId root_;
  std::unordered_map<ObjectId, std::unique_ptr<ParsedTree>, IdHash> read_;
  std::optional<std::string> last_;
  const ParsedTree* last_folder_ = nullptr;
};

}  // namespace

void drop_equal_to_parents(TreeSource& trees, std::span<const ObjectId> parent_trees,
                           StagedDiff& diff) {
  const auto undecided = [&](const Change& change) {
    return std::binary_search(diff.unmerged.begin(), diff.unmerged.end(), change.path);
  };
  for (const ObjectId& root : parent_trees) {
    ParentTree parent(trees, root);
    std::erase_if(diff.changes, [&](const Change& change) {
      return parent.has_result_of(change) && !undecided(change);
    });
  }
}

}  // namespace gs::git
