#include "lib/git/objects/trees.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

// git's canon_mode: what trees of old or foreign writers mean.
std::uint32_t canonical(std::uint32_t mode) {
  constexpr std::uint32_t kType = 0170000, kRegular = 0100000, kOwnerExecutes = 0100;
  switch (mode & kType) {
    case kRegular:
      return (mode & kOwnerExecutes) != 0 ? core::mode::executable : core::mode::file;
    case core::mode::symlink:
    case core::mode::tree:
      return mode & kType;
    default:
      return core::mode::gitlink;
  }
}

[[noreturn]] void no_tree() {
  throw core::Error(core::ExitCode::broken, "a tree object is damaged", "git fsck names it");
}

}  // namespace

core::Error of_other_format(const core::ObjectId& id) {
  const bool sha1 = id.format == core::ObjectFormat::sha1;
  return {core::ExitCode::broken,
          "object " + id.hex() + " is named by " + (sha1 ? "SHA-1" : "SHA-256") +
              ", this repository's objects by " + (sha1 ? "SHA-256" : "SHA-1"),
          "git fsck names the ref or the object that names it; of a repository that was converted, "
          "git rev-parse says what a ref is now"};
}

MissingObject::MissingObject(const core::ObjectId& id)
    : core::Error(
          core::ExitCode::broken, "object " + id.hex() + " is not in the repository",
          "in a partial clone `git fetch --refetch --no-filter` fetches all that is missing, "
          "`git cat-file -t " +
              id.hex() + "` this one; otherwise `git fetch`, then `git fsck`") {}

void TreeReader::next() {
  if (rest_.empty()) {
    done_ = true;
    return;
  }
  std::uint32_t mode = 0;
  std::size_t at = 0;
  for (; at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '7' && at < 8; ++at)
    mode = mode * 8 + static_cast<std::uint32_t>(rest_[at] - '0');
  if (at == 0 || at >= rest_.size() || rest_[at] != ' ') no_tree();
  const std::size_t end = rest_.find('\0', ++at), id_size = core::raw_size(format_);
  if (end == rest_.npos || end == at || rest_.size() - end - 1 < id_size) no_tree();
  item_.name = rest_.substr(at, end - at);
  item_.mode = canonical(mode);
  item_.id = core::ObjectId::from_raw(rest_.substr(end + 1), format_);
  rest_.remove_prefix(end + 1 + id_size);
}

std::optional<TreeItem> find_item(std::string_view tree, core::ObjectFormat format,
                                  std::string_view name) {
  for (TreeReader reader(tree, format); !reader.done(); reader.next()) {
    if (reader.item().name == name) return reader.item();
  }
  return std::nullopt;
}

std::optional<TreeItem> find_path(TreeSource& source, core::ObjectId tree, std::string_view path) {
  while (true) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string bytes = source.tree(tree);
    std::optional<TreeItem> item = find_item(bytes, tree.format, path.substr(0, slash));
    if (item) item->name = path.substr(0, slash);
    if (!item || slash == path.size()) return item;
    if (!item->is_tree()) return std::nullopt;
    tree = item->id;
    path.remove_prefix(slash + 1);
  }
}

int compare_names(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree) {
  const std::size_t shared = std::min(a.size(), b.size());
  if (const int order = std::memcmp(a.data(), b.data(), shared)) return order;
  const auto at = [&](std::string_view name, bool is_tree) {
    if (shared < name.size()) return static_cast<int>(static_cast<unsigned char>(name[shared]));
    return is_tree ? static_cast<int>('/') : -1;
  };
  const int first = at(a, a_is_tree), second = at(b, b_is_tree);
  if (first != second) return first - second;
  // Both ended, or one ends where the other has a '/' of its own, which no tree's name has.
  return static_cast<int>(a.size() > shared) - static_cast<int>(b.size() > shared);
}

const TreeItem* ParsedTree::find(std::string_view name) const {
  const auto at =
      std::lower_bound(items.begin(), items.end(), name,
                       [](const TreeItem& a, std::string_view b) { return a.name < b; });
  return at != items.end() && at->name == name ? &*at : nullptr;
}

const ParsedTree& ParsedTrees::get(const core::ObjectId& id) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<ParsedTree>& tree = read_[id];
  if (tree) return *tree;
  auto fresh = std::make_unique<ParsedTree>();
  fresh->bytes = source_.tree(id);
  for (TreeReader reader(fresh->bytes, id.format); !reader.done(); reader.next())
    fresh->items.push_back(reader.item());
  std::sort(fresh->items.begin(), fresh->items.end(),
            [](const TreeItem& a, const TreeItem& b) { return a.name < b.name; });
  tree = std::move(fresh);
  return *tree;
}

void ParsedTrees::clear() {
  const std::lock_guard lock(mutex_);
  read_.clear();
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

// --- a tree with changes laid over it ---

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
