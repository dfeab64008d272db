#include "lib/git/objects/parsed_trees.h"

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
  if (path.starts_with('/')) return nullptr;
  if (path.ends_with('/')) path.remove_suffix(1);
  if (levels_.empty()) levels_.push_back({0, root_ ? &trees_.get(*root_) : nullptr});
  const std::string_view last = last_;
  const auto differ = std::mismatch(path.begin(), path.end(), last.begin(), last.end()).first;
  const auto same = static_cast<std::size_t>(differ - path.begin());
  const auto shared = [&](std::size_t end) {
    return end == 0 || (end <= same && (end == path.size() || path[end] == '/'));
  };
  while (!shared(levels_.back().end)) levels_.pop_back();
  last_ = path;
  while (levels_.back().folder != nullptr && levels_.back().end < path.size()) {
    const Level& above = levels_.back();
    const std::size_t begin = above.end == 0 ? 0 : above.end + 1;
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const TreeItem* const item = above.folder->find(path.substr(begin, end - begin));
    levels_.push_back({end, item != nullptr && item->is_tree() ? &trees_.get(item->id) : nullptr});
  }
  return levels_.back().folder;
}

const TreeItem* TreePaths::item(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const ParsedTree* const parent = folder(path.substr(0, slash == path.npos ? 0 : slash));
  return parent == nullptr ? nullptr
                           : parent->find(path.substr(slash == path.npos ? 0 : slash + 1));
}

}  // namespace gs::git
