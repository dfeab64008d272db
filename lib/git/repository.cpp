#include "lib/git/repository.h"

#include <algorithm>
#include <mutex>
#include <string_view>

#include "lib/core/error.h"
#include "lib/core/path_form.h"
#include "lib/git/files.h"
#include "lib/git/index/staged.h"
#include "lib/git/layout.h"
#include "lib/git/merge/own_changes.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/objects/trees.h"
#include "lib/git/refs/graph.h"
#include "lib/git/refs/refs.h"
#include "lib/git/settings.h"
#include "lib/git/worktrees/worktrees.h"

extern char** environ;  // NOLINT: POSIX says so

namespace gs::git {

struct Repository::Impl {
  explicit Impl(Place found)
      : place(std::move(found)),
        format(place.settings.format()),
        refs(place.layout),
        objects(place.layout.common_dir, format.objects) {}

  const Layout& layout() const { return place.layout; }

  Place place;
  RepositoryFormat format;
  Refs refs;
  Objects objects;
  ParsedTrees trees{objects};
  CommitGraph commits{objects, place.layout};
  std::once_flag case_asked;
  bool ignore_case = false;
};

Repository::Repository(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

Repository Repository::open_for_hook() {
  return Repository(std::make_unique<Impl>(place_for_hook()));
}

Repository Repository::discover(const std::filesystem::path& start) {
  return Repository(std::make_unique<Impl>(discover_place(start)));
}

const Layout& Repository::layout() const {
  return impl_->layout();
}

const std::optional<std::string>& Repository::unknown_format() const {
  return impl_->format.unknown;
}

core::ObjectFormat Repository::object_format() const {
  return impl_->objects.format();
}

namespace {

// Asked of names that are there anyhow, as `git init` does.
bool folds_case(const Layout& layout) {
  const auto& top = layout.worktree;
  return (top && is_same_file(*top / ".GIT", *top / ".git")) ||
         is_same_file(layout.git_dir / "head", layout.git_dir / "HEAD");
}

}  // namespace

bool Repository::ignore_case() const {
  std::call_once(impl_->case_asked, [&] {
    impl_->ignore_case =
        truth(impl_->place.settings.local("core.ignorecase")) || folds_case(layout());
  });
  return impl_->ignore_case;
}

std::string Repository::precomposed(std::string path) const {
  if (core::is_ascii(path)) return path;
  const bool wanted = truth(impl_->place.settings.any("core.precomposeunicode"));
  return wanted ? core::path_form(path, false) : path;
}

std::optional<core::BranchName> Repository::current_branch() const {
  return branch_worked_on(layout().git_dir, layout());
}

std::optional<core::ObjectId> Repository::head() const {
  return impl_->refs.follow("HEAD");
}

std::optional<core::ObjectId> Repository::resolve(const std::string& full_ref) const {
  const std::optional<core::ObjectId> id = impl_->refs.follow(full_ref);
  // git itself keeps anything but commits out of branches.
  if (!id || full_ref.starts_with("refs/heads/") || full_ref == "HEAD") return id;
  return impl_->objects.peel_to_commit(*id);
}

std::string Repository::symbolic_target(const std::string& full_ref) const {
  const std::optional<Ref> ref = impl_->refs.read(full_ref);
  return ref ? ref->target : std::string();
}

std::optional<std::string> Repository::upstream_ref(const core::BranchName& branch) const {
  return upstream_of(impl_->place.settings, branch.str());
}

bool Repository::is_ancestor(const core::ObjectId& ancestor,
                             const core::ObjectId& descendant) const {
  return commits().descends(descendant, ancestor);
}

std::optional<TreeEntry> Repository::entry(const core::ObjectId& commit,
                                           std::string_view path) const {
  const std::optional<TreeItem> item =
      find_path(impl_->objects, impl_->objects.tree_of(commit), path);
  return item ? std::optional(TreeEntry{item->id, item->mode}) : std::nullopt;
}

std::vector<std::string> Repository::names(const core::ObjectId& commit,
                                           std::string_view folder) const {
  const std::optional<TreeEntry> found =
      folder.empty() ? TreeEntry{impl_->objects.tree_of(commit), core::mode::tree}
                     : entry(commit, folder);
  std::vector<std::string> names;
  if (!found || found->mode != core::mode::tree) return names;
  const std::string bytes = impl_->objects.tree(found->id);
  for (TreeReader reader(bytes, found->id.format); !reader.done(); reader.next())
    names.emplace_back(reader.item().name);
  return names;
}

std::string Repository::blob(const core::ObjectId& id) const {
  return impl_->objects.blob(id);
}

std::unique_ptr<BlobReader> Repository::blob_reader() const {
  return impl_->objects.blob_reader();
}

namespace {

constexpr int kDeepestFolder = 2048;  // as deep as a path of 4,096 bytes can be

void list_below(TreeSource& trees, const core::ObjectId& tree, std::string& prefix, int depth,
                const Repository::EachFile& each) {
  if (depth > kDeepestFolder)
    throw core::Error(core::ExitCode::broken, "tree " + tree.hex() + " is nested too deep");
  const std::string bytes = trees.tree(tree);
  const std::size_t length = prefix.size();
  for (TreeReader reader(bytes, tree.format); !reader.done(); reader.next()) {
    const TreeItem& item = reader.item();
    prefix.append(item.name);
    if (item.is_tree()) {
      prefix.push_back('/');
      list_below(trees, item.id, prefix, depth + 1, each);
    } else {
      each(prefix, TreeEntry{item.id, item.mode});
    }
    prefix.resize(length);
  }
}

void list_index(const IndexFile& file, const Repository::EachFile& each) {
  for (IndexCursor cursor(file); !cursor.done(); cursor.next()) {
    if (cursor.stage() != 0 || cursor.intent_to_add()) continue;
    each(cursor.path(), TreeEntry{cursor.id(), cursor.mode()});
  }
}

// Unlike ls-files, the diff against nothing tells what is only intended to be added.
void list_all(const StagedDiff& diff, const Repository::EachFile& each) {
  for (const core::Change& change : diff.changes) {
    if (change.new_id.is_zero() ||
        std::binary_search(diff.unmerged.begin(), diff.unmerged.end(), change.path))
      continue;
    each(change.path, TreeEntry{change.new_id, change.new_mode});
  }
}

void list_tree(TreeSource& trees, const core::ObjectId& tree, const Repository::EachFile& each) {
  std::string prefix;
  list_below(trees, tree, prefix, 0, each);
}

}  // namespace

void Repository::each_staged(const EachFile& each) const {
  const std::optional<platform::Mapping> file = map_file(impl_->place.index_file);
  if (!file || file->bytes().empty()) return;  // no index is an empty one
  try {
    list_index(IndexFile(file->bytes(), object_format()), each);
  } catch (const NeedsGit&) {
    list_all(staged_by_git(layout(), impl_->place.index_file, empty_tree(object_format()).hex()),
             each);
  }
}

void Repository::each_file(const core::ObjectId& commit, const EachFile& each) const {
  list_tree(impl_->objects, impl_->objects.tree_of(commit), each);
}

std::vector<Worktree> Repository::worktrees() const {
  return list_worktrees(layout());
}

const Settings& Repository::settings() const {
  return impl_->place.settings;
}

std::optional<std::string> Repository::config(const std::string& key) const {
  return impl_->place.settings.any(key);
}

std::vector<core::ObjectId> Repository::merge_heads() const {
  std::vector<core::ObjectId> heads;
  const std::string lines = read_file(layout().git_dir / "MERGE_HEAD").value_or("");
  for (std::size_t at = 0; at < lines.size(); at = lines.find_first_not_of("\r\n", at)) {
    const std::size_t end = std::min(lines.find_first_of("\r\n", at), lines.size());
    if (const auto id = core::ObjectId::from_hex(std::string_view(lines).substr(at, end - at)))
      heads.push_back(*id);
    at = end;
  }
  return heads;
}

std::vector<core::ObjectId> Repository::automatic_merge_heads() const {
  constexpr std::string_view kPrefix = "GITHEAD_";
  std::vector<core::ObjectId> heads;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    std::string_view name = *variable;
    name = name.substr(0, name.find('='));
    if (!name.starts_with(kPrefix)) continue;
    if (const auto id = core::ObjectId::from_hex(name.substr(kPrefix.size()))) heads.push_back(*id);
  }
  return heads;
}

Objects& Repository::objects() const {
  return impl_->objects;
}

CommitGraph& Repository::commits() const {
  return impl_->commits;
}

ParsedTrees& Repository::trees() const {
  return impl_->trees;
}

std::unique_ptr<core::SourceTree> Repository::source_tree(
    const std::optional<core::ObjectId>& commit, const core::ChangeSet& changes) const {
  return view_tree(impl_->trees,
                   commit ? std::optional(impl_->objects.tree_of(*commit)) : std::nullopt, changes);
}

core::ChangeSet Repository::staged_changes() const {
  return staged(merge_heads()).own;
}

namespace {

std::optional<StagedDiff> diff_by_noted_tree(std::string_view index, Objects& objects,
                                             const std::optional<core::ObjectId>& tree) {
  const std::optional<core::ObjectId> staged = noted_tree(index, objects.format());
  if (!staged) return std::nullopt;
  try {
    return diff_noted(objects, tree, staged);
  } catch (const MissingObject&) {
    return std::nullopt;  // noted, but not written yet
  }
}

// By the entries; by the tree that git has noted for them when they are many, or of a kind that
// only git reads.
StagedDiff diff_of(std::string_view index, Objects& objects,
                   const std::optional<core::ObjectId>& tree) {
  // Here going through the entries begins to cost more than reading the trees that have changed.
  constexpr std::size_t kLarge = std::size_t{2} << 20;
  const bool large = index.size() > kLarge;
  if (large) {
    if (auto diff = diff_by_noted_tree(index, objects, tree)) return std::move(*diff);
  }
  try {
    return diff_index(IndexFile(index, objects.format()), objects, tree);
  } catch (const NeedsGit&) {
    if (large) throw;
    if (auto diff = diff_by_noted_tree(index, objects, tree)) return std::move(*diff);
    throw;
  }
}

}  // namespace

Repository::Staged Repository::staged(const std::vector<core::ObjectId>& others) const {
  Objects& objects = impl_->objects;
  const std::optional<core::ObjectId> commit = head();
  const auto by_git = [&] {
    return staged_by_git(layout(), impl_->place.index_file,
                         commit ? "HEAD" : empty_tree(object_format()).hex());
  };
  StagedDiff diff;
  std::optional<core::ObjectId> noted;
  try {
    const std::optional<platform::Mapping> file = map_file(impl_->place.index_file);
    std::optional<core::ObjectId> tree;
    if (commit) tree = objects.tree_of(*commit);
    if (file && !file->bytes().empty()) {
      diff = diff_of(file->bytes(), objects, tree);
      if (!others.empty()) noted = noted_tree(file->bytes(), object_format());
    } else {
      diff = diff_noted(objects, tree, std::nullopt);  // no index is an empty one
    }
  } catch (const NeedsGit&) {
    diff = by_git();
  } catch (const MissingObject&) {
    diff = by_git();
  }
  if (!commit || others.empty()) return {std::move(diff.changes), {}};
  std::vector<core::ObjectId> parents{*commit};
  parents.insert(parents.end(), others.begin(), others.end());
  MergeResult result{std::move(diff), noted};
  core::ChangeSet own = own_changes(*this, parents, result);
  return {std::move(own), std::move(result.changes.changes)};
}

}  // namespace gs::git
