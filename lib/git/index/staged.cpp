#include "lib/git/index/staged.h"

#include <algorithm>
#include <charconv>

#include "lib/core/error.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/objects/trees.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace {

using core::Change;
using core::ChangeSet;
using core::ObjectId;

constexpr int kDeepestFolder = 2048;  // as deep as a path of 4,096 bytes can be

// A path's last component while something below it is done.
class Below {
 public:
  Below(std::string& prefix, std::string_view name) : prefix_(prefix), length_(prefix.size()) {
    if (length_ > kDeepestFolder && std::count(prefix.begin(), prefix.end(), '/') > kDeepestFolder)
      throw NeedsGit("trees without end");
    prefix.append(name);
    prefix.push_back('/');
  }
  ~Below() { prefix_.resize(length_); }
  Below(const Below&) = delete;
  Below& operator=(const Below&) = delete;

 private:
  std::string& prefix_;
  std::size_t length_;
};

std::string joined(const std::string& prefix, std::string_view name) {
  std::string path = prefix;
  path.append(name);
  return path;
}

void removed(TreeSource& trees, const TreeItem& item, std::string& prefix, ChangeSet& changes) {
  if (item.is_tree()) {
    const Below below(prefix, item.name);
    diff_trees(trees, item.id, std::nullopt, prefix, changes);
  } else {
    changes.push_back(Change{joined(prefix, item.name), item.id, {}, item.mode, core::mode::none});
  }
}

void added(TreeSource& trees, const TreeItem& item, std::string& prefix, ChangeSet& changes) {
  if (item.is_tree()) {
    const Below below(prefix, item.name);
    diff_trees(trees, std::nullopt, item.id, prefix, changes);
  } else {
    changes.push_back(Change{joined(prefix, item.name), {}, item.id, core::mode::none, item.mode});
  }
}

// One walk over index and tree side by side, folder by folder. A recursion is as deep as a path.
class IndexWalk {
 public:
  IndexWalk(const IndexFile& index, TreeSource& trees)
      : index_(index), cursor_(index), trees_(trees) {}

  StagedDiff run(const std::optional<ObjectId>& tree) {
    folder(tree, index_.cache_tree().empty() ? std::nullopt : std::optional<std::size_t>(0));
    if (!cursor_.done()) throw DamagedIndex("entries out of order");
    return {std::move(changes_), std::move(unmerged_)};
  }

 private:
  // What comes next in the present folder: a file's name, or a folder's.
  struct Here {
    std::string_view name;
    bool is_folder;
  };

  void folder(const std::optional<ObjectId>& tree, std::optional<std::size_t> node) {
    if (pruned(tree, node)) return;
    const std::string bytes = tree ? trees_.tree(*tree) : std::string();
    const CacheTreeChildren children(index_.cache_tree(), node);
    TreeReader reader(bytes, index_.format());
    while (true) {
      const std::optional<Here> here = next_here();
      if (!here && reader.done()) return;
      const int order = !here ? 1
                        : reader.done()
                            ? -1
                            : compare_names(here->name, here->is_folder, reader.item().name,
                                            reader.item().is_tree());
      if (order > 0) {
        removed(trees_, reader.item(), prefix_, changes_);
      } else {
        step(*here, order == 0 ? &reader.item() : nullptr, children);
      }
      if (order >= 0) reader.next();
    }
  }

  // Passes over the whole folder when the cache tree proves it equal.
  bool pruned(const std::optional<ObjectId>& tree, std::optional<std::size_t> node) {
    const CacheTree& known = index_.cache_tree();
    if (!node || !known.valid(*node) || !tree || known.id(*node) != *tree) return false;
    cursor_.skip(known.entries(*node));
    require_outside();
    return true;
  }

  void step(const Here& here, const TreeItem* item, const CacheTreeChildren& children) {
    if (here.is_folder) {
      const std::string name(here.name);
      const Below below(prefix_, name);
      folder(item != nullptr ? std::optional(item->id) : std::nullopt, children.find(name));
      require_outside();
    } else {
      file(item);
    }
  }

  // The entries of one path: one at stage 0, or the stages of an unmerged path.
  void file(const TreeItem* item) {
    Change change;
    change.path = cursor_.path();
    if (item != nullptr) {
      change.old_id = item->id;
      change.old_mode = item->mode;
    }
    const bool unmerged = cursor_.stage() != 0;
    const bool visible = unmerged || !cursor_.intent_to_add();
    if (!unmerged && visible) {
      change.new_id = cursor_.id();
      change.new_mode = known_mode(cursor_.mode());
    }
    do {
      cursor_.next();
    } while (unmerged && !cursor_.done() && cursor_.path() == change.path && cursor_.stage() != 0);
    if (!cursor_.done() && cursor_.path() <= change.path)
      throw DamagedIndex("entries out of order");
    const bool differs = change.old_id != change.new_id || change.old_mode != change.new_mode;
    if (unmerged) unmerged_.push_back(change.path);
    if (unmerged || differs) changes_.push_back(std::move(change));
  }

  static std::uint32_t known_mode(std::uint32_t mode) {
    if (!core::mode::is_regular(mode) && mode != core::mode::symlink && mode != core::mode::gitlink)
      throw NeedsGit("an entry of an unknown kind");
    return mode;
  }

  std::optional<Here> next_here() const {
    if (cursor_.done() || !cursor_.path().starts_with(prefix_)) return std::nullopt;
    std::string_view name = cursor_.path().substr(prefix_.size());
    const std::size_t slash = name.find('/');
    if (name.empty() || slash == 0) throw DamagedIndex("a path with an empty component");
    return Here{name.substr(0, slash), slash != name.npos};
  }

  // The cursor is past the present folder.
  void require_outside() const {
    if (!cursor_.done() && !prefix_.empty() && cursor_.path().starts_with(prefix_))
      throw DamagedIndex("a folder that goes on after its end");
  }

  const IndexFile& index_;
  IndexCursor cursor_;
  TreeSource& trees_;
  std::string prefix_;
  ChangeSet changes_;
  std::vector<std::string> unmerged_;
};

}  // namespace

void diff_trees(TreeSource& trees, const std::optional<ObjectId>& before,
                const std::optional<ObjectId>& after, std::string& prefix, ChangeSet& changes) {
  if (before == after) return;
  const std::string old_bytes = before ? trees.tree(*before) : std::string();
  const std::string new_bytes = after ? trees.tree(*after) : std::string();
  const core::ObjectFormat format = (before ? before : after)->format;
  TreeReader old_side(old_bytes, format), new_side(new_bytes, format);
  while (!old_side.done() || !new_side.done()) {
    const int order = old_side.done() ? 1
                      : new_side.done()
                          ? -1
                          : compare_names(old_side.item().name, old_side.item().is_tree(),
                                          new_side.item().name, new_side.item().is_tree());
    const TreeItem& old_item = old_side.item();
    const TreeItem& new_item = new_side.item();
    if (order < 0) {
      removed(trees, old_item, prefix, changes);
    } else if (order > 0) {
      added(trees, new_item, prefix, changes);
    } else if (old_item.is_tree()) {
      const Below below(prefix, old_item.name);
      diff_trees(trees, old_item.id, new_item.id, prefix, changes);
    } else if (old_item.id != new_item.id || old_item.mode != new_item.mode) {
      changes.push_back(Change{joined(prefix, new_item.name), old_item.id, new_item.id,
                               old_item.mode, new_item.mode});
    }
    if (order <= 0) old_side.next();
    if (order >= 0) new_side.next();
  }
}

namespace {

// A folder that became a file, or the reverse, comes in the trees' order.
StagedDiff in_path_order(StagedDiff diff) {
  const auto by_path = [](const Change& a, const Change& b) { return a.path < b.path; };
  if (!std::is_sorted(diff.changes.begin(), diff.changes.end(), by_path))
    std::stable_sort(diff.changes.begin(), diff.changes.end(), by_path);
  std::sort(diff.unmerged.begin(), diff.unmerged.end());
  return diff;
}

}  // namespace

StagedDiff diff_noted(TreeSource& trees, const std::optional<ObjectId>& tree,
                      const std::optional<ObjectId>& staged) {
  StagedDiff diff;
  std::string prefix;
  diff_trees(trees, tree, staged, prefix, diff.changes);
  return in_path_order(std::move(diff));
}

StagedDiff diff_index(const IndexFile& index, TreeSource& trees,
                      const std::optional<ObjectId>& tree) {
  return in_path_order(IndexWalk(index, trees).run(tree));
}

// --- by git itself ---

namespace {

// `--raw -z` in git-diff(1), "Raw output format": ":OLDMODE NEWMODE OLDID NEWID STATUS", NUL, path,
// NUL.
constexpr std::size_t kModeDigits = 6;

bool take(std::string_view& rest, char expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(1);
  return true;
}

bool take_mode(std::string_view& rest, std::uint32_t& mode) {
  if (rest.size() < kModeDigits) return false;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + kModeDigits, mode, 8);
  const bool whole = failure == std::errc() && end == rest.data() + kModeDigits;
  rest.remove_prefix(kModeDigits);
  return whole;
}

bool take_id(std::string_view& rest, core::ObjectId& id) {
  const std::string_view digits = rest.substr(0, rest.find(' '));
  const auto found = core::ObjectId::from_hex(digits);
  if (!found) return false;
  id = *found;
  rest.remove_prefix(digits.size());
  return true;
}

}  // namespace

std::optional<StagedDiff> parse_raw_diff(std::string_view rest) {
  StagedDiff diff;
  while (!rest.empty()) {
    core::Change change;
    const bool fields = take(rest, ':') && take_mode(rest, change.old_mode) && take(rest, ' ') &&
                        take_mode(rest, change.new_mode) && take(rest, ' ') &&
                        take_id(rest, change.old_id) && take(rest, ' ') &&
                        take_id(rest, change.new_id) && take(rest, ' ');
    const std::size_t status_end = rest.find('\0');
    if (!fields || status_end == rest.npos) return std::nullopt;
    const bool unmerged = rest.starts_with('U');
    rest.remove_prefix(status_end + 1);
    const std::size_t path_end = rest.find('\0');
    if (path_end == rest.npos) return std::nullopt;
    change.path = rest.substr(0, path_end);
    rest.remove_prefix(path_end + 1);
    if (unmerged) diff.unmerged.push_back(change.path);
    diff.changes.push_back(std::move(change));
  }
  return diff;
}

StagedDiff staged_by_git(const Layout& layout, const std::filesystem::path& index_file,
                         const std::string& against) {
  const process::Result result =
      run_git(layout.git_dir,
              {"diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
               "--ita-invisible-in-index", "--ignore-submodules=none", against, "--"},
              {"GIT_INDEX_FILE=" + index_file.string()});
  if (result.status != 0) {
    throw core::Error(core::ExitCode::broken,
                      "cannot compare the index with HEAD: " + first_line(result.errors),
                      "git status shows a damaged index; in a partial clone `git diff-index "
                      "--cached HEAD` fetches what is missing");
  }
  std::optional<StagedDiff> diff = parse_raw_diff(result.output);
  if (!diff) throw core::Error(core::ExitCode::broken, "cannot read what git diff-index printed");
  return in_path_order(std::move(*diff));
}

}  // namespace gs::git
