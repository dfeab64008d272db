#include "lib/git/parsed_trees.h"

#include <algorithm>

namespace gs::git {

const TreeItem* ParsedTree::find(std::string_view name) const {
  const auto at =
      std::lower_bound(items.begin(), items.end(), name,
                       [](const TreeItem& a, std::string_view b) { return a.name < b; });
  return at != items.end() && at->name == name ? &*at : nullptr;
}

const ParsedTree& ParsedTrees::get(const core::ObjectId& id) {
  std::unique_ptr<ParsedTree>& tree = read_[id];
  if (tree) return *tree;
  auto fresh = std::make_unique<ParsedTree>();
  fresh->bytes = source_.tree(id);
  for (TreeReader reader(fresh->bytes); !reader.done(); reader.next())
    fresh->items.push_back(reader.item());
  std::sort(fresh->items.begin(), fresh->items.end(),
            [](const TreeItem& a, const TreeItem& b) { return a.name < b.name; });
  tree = std::move(fresh);
  return *tree;
}

const ParsedTree* TreePaths::folder(std::string_view path) {
  if (last_ && *last_ == path) return last_folder_;
  last_folder_ = root_ ? &trees_.get(*root_) : nullptr;
  last_ = path;
  while (!path.empty() && last_folder_ != nullptr) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const TreeItem* const item = last_folder_->find(path.substr(0, slash));
    last_folder_ = item != nullptr && item->is_tree() ? &trees_.get(item->id) : nullptr;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return last_folder_;
}

const TreeItem* TreePaths::item(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const ParsedTree* const parent = folder(path.substr(0, slash == path.npos ? 0 : slash));
  return parent == nullptr ? nullptr
                           : parent->find(path.substr(slash == path.npos ? 0 : slash + 1));
}

}  // namespace gs::git
