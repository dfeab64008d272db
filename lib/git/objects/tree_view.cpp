#include "lib/git/objects/tree_view.h"

#include <algorithm>
#include <map>
#include <set>

namespace gs::git {

namespace {

using core::ObjectId;

bool counts(std::string_view folder) {
  return !folder.starts_with('.') && folder != "__pycache__";
}

std::string below(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  return path += name;
}

class TreeView : public core::SourceTree {
 public:
  TreeView(ParsedTrees& trees, const std::optional<ObjectId>& tree, const core::ChangeSet& changes)
      : paths_(trees, tree) {
    for (const core::Change& change : changes)
      laid_over_[change.path] = {change.new_id, change.new_mode};
  }

  std::optional<ObjectId> file(std::string_view path) override {
    if (const auto change = laid_over_.find(path); change != laid_over_.end()) {
      return core::mode::is_regular(change->second.mode) ? std::optional(change->second.id)
                                                         : std::nullopt;
    }
    const TreeItem* item = paths_.item(path);
    return item && core::mode::is_regular(item->mode) ? std::optional(item->id) : std::nullopt;
  }

  bool holds_python(std::string_view folder) override {
    const std::string prefix = folder.empty() ? std::string() : std::string(folder) + '/';
    for (auto change = laid_over_.lower_bound(prefix);
         change != laid_over_.end() && change->first.starts_with(prefix); ++change) {
      if (core::is_python_source(change->second.mode,
                                 std::string_view(change->first).substr(prefix.size())))
        return true;
    }
    return any_below(folder, [](const std::string& path, const TreeItem& item) {
      return core::is_python_source(item.mode, path);
    });
  }

  std::vector<std::string> folders(std::string_view folder) override {
    std::set<std::string> names;
    const std::string prefix = folder.empty() ? std::string() : std::string(folder) + '/';
    for (auto change = laid_over_.lower_bound(prefix);
         change != laid_over_.end() && change->first.starts_with(prefix); ++change) {
      const std::size_t slash = change->first.find('/', prefix.size());
      if (slash != std::string::npos && change->second.mode != core::mode::none)
        names.insert(change->first.substr(prefix.size(), slash - prefix.size()));
    }
    const ParsedTree* base = paths_.folder(folder);
    for (std::size_t i = 0; base != nullptr && i < base->items.size(); ++i) {
      const TreeItem& item = base->items[i];
      const bool left = item.is_tree() && any_below(
                                              below(folder, item.name),
                                              [](const auto&, const auto&) { return true; }, false);
      if (left) names.emplace(item.name);
    }
    return {names.begin(), names.end()};
  }

 private:
  struct Laid {
    ObjectId id;
    std::uint32_t mode;
  };

  // Whether something of the tree that no change has replaced is below a folder, and is wanted.
  template <class Wanted>
  bool any_below(std::string_view top, Wanted wanted, bool only_counting = true) {
    std::vector<std::string> open{std::string(top)};
    while (!open.empty()) {
      const std::string path = std::move(open.back());
      open.pop_back();
      const ParsedTree* folder = paths_.folder(path);
      for (std::size_t i = 0; folder != nullptr && i < folder->items.size(); ++i) {
        const TreeItem& item = folder->items[i];
        if (item.is_tree()) {
          if (!only_counting || counts(item.name)) open.push_back(below(path, item.name));
        } else if (std::string file = below(path, item.name); !laid_over_.contains(file)) {
          if (wanted(file.substr(top.empty() ? 0 : top.size() + 1), item)) return true;
        }
      }
    }
    return false;
  }

  TreePaths paths_;
  std::map<std::string, Laid, std::less<>> laid_over_;
};

}  // namespace

std::unique_ptr<core::SourceTree> view_tree(ParsedTrees& trees, const std::optional<ObjectId>& tree,
                                            const core::ChangeSet& changes) {
  return std::make_unique<TreeView>(trees, tree, changes);
}

}  // namespace gs::git
