#include "lib/git/refs/history.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/index/staged.h"
#include "lib/git/merge/own_changes.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/objects/trees.h"
#include "lib/git/refs/refs.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

using core::ObjectId;

// What git prints, an id a line.
std::vector<ObjectId> ids_of(std::string_view lines) {
  std::vector<ObjectId> ids;
  while (!lines.empty()) {
    if (const auto id = ObjectId::from_hex(core::take_line(lines))) ids.push_back(*id);
  }
  return ids;
}

// Goes down both trees as long as they differ.
bool differ_at(ParsedTrees& trees, ObjectId a, ObjectId b, std::string_view path) {
  while (a != b) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const TreeItem* const in_a = trees.get(a).find(path.substr(0, slash));
    const TreeItem* const in_b = trees.get(b).find(path.substr(0, slash));
    if (in_a == nullptr || in_b == nullptr) return in_a != in_b;
    if (slash == path.size()) return in_a->id != in_b->id || in_a->mode != in_b->mode;
    if (!in_a->is_tree() || !in_b->is_tree()) return in_a->is_tree() != in_b->is_tree();
    a = in_a->id;
    b = in_b->id;
    path.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace

std::vector<std::pair<core::BranchName, ObjectId>> branches(const Repository& repository) {
  constexpr std::string_view kHeads = "refs/heads/";
  std::vector<std::pair<core::BranchName, ObjectId>> found;
  const auto all = [](std::string_view) { return true; };
  for (const auto& [name, id] : refs_below(repository, std::string(kHeads), all))
    found.emplace_back(core::BranchName(name.substr(kHeads.size())), id);
  return found;
}

namespace {

// A name for what lies elsewhere is no branch: git moves symbolic refs without asking any hook.
std::optional<ObjectId> follow_below(const Refs& refs, Ref ref, const std::string& prefix) {
  constexpr int kDeepest = 5;  // git's SYMREF_MAXDEPTH
  for (int depth = 0; !ref.target.empty(); ++depth) {
    if (depth == kDeepest || !ref.target.starts_with(prefix)) return std::nullopt;
    auto next = refs.read(ref.target);
    if (!next) return std::nullopt;
    ref = std::move(*next);
  }
  return ref.id;
}

}  // namespace

std::vector<std::pair<std::string, ObjectId>> refs_below(
    const Repository& repository, const std::string& prefix,
    const std::function<bool(std::string_view)>& wanted) {
  const Refs refs(repository.layout());
  std::vector<std::pair<std::string, ObjectId>> found;
  for (auto& [name, ref] : refs.read_all(prefix, wanted)) {
    if (const auto id = follow_below(refs, std::move(ref), prefix)) found.emplace_back(name, *id);
  }
  return found;
}

std::optional<ObjectId> known_commit(const Repository& repository, const ObjectId& id) {
  try {
    return repository.objects().peel_to_commit(id);
  } catch (const MissingObject&) {
    return std::nullopt;
  }
}

core::ObjectId tree_of(const Repository& repository, const core::ObjectId& commit) {
  return repository.objects().tree_of(commit);
}

void forget_trees(const Repository& repository) {
  repository.trees().clear();
}

std::vector<ObjectId> shallow_ends(const Repository& repository) {
  return shallow_ends(repository.layout());
}

std::optional<ObjectId> merge_base(const Repository& repository, const ObjectId& a,
                                   const ObjectId& b) {
  const auto bases = repository.commits().merge_bases(a, b);
  return bases.empty() ? std::nullopt : std::optional(bases.front());
}

Commit commit(const Repository& repository, const ObjectId& id) {
  const RawObject object = repository.objects().read(id);
  if (object.type != RawObject::Type::commit)
    throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is no commit");
  Commit commit{id, {}, {}};
  std::string_view rest = object.content;
  while (!rest.empty()) {
    const std::string_view line = core::take_line(rest);
    if (line.empty()) break;
    constexpr std::string_view kParent = "parent ", kAuthor = "author ";
    if (line.starts_with(kAuthor)) {  // "author NAME <ADDRESS> TIME ZONE"
      const std::string_view name = line.substr(kAuthor.size());
      commit.author = name.substr(0, std::min(name.find(" <"), name.size()));
    }
    if (!line.starts_with(kParent)) continue;
    if (const auto parent = ObjectId::from_hex(line.substr(kParent.size())))
      commit.parents.push_back(*parent);
  }
  commit.message = rest;
  commit.subject = rest.substr(0, rest.find('\n'));
  return commit;
}

std::vector<Commit> commits_between(const Repository& repository,
                                    const std::vector<ObjectId>& hidden, const ObjectId& tip) {
  return commits_between(repository, hidden, std::vector{tip});
}

std::vector<Commit> commits_between(const Repository& repository,
                                    const std::vector<ObjectId>& hidden,
                                    const std::vector<ObjectId>& tips) {
  std::vector<Commit> commits;
  for (const ObjectId& id : repository.commits().between(hidden, tips))
    commits.push_back(commit(repository, id));
  return commits;
}

core::ChangeSet changes_between(const Repository& repository, const std::optional<ObjectId>& before,
                                const std::optional<ObjectId>& after) {
  Objects& objects = repository.objects();
  const auto tree_of = [&](const std::optional<ObjectId>& id) {
    return id ? std::optional(objects.tree_of(*id)) : std::nullopt;
  };
  return diff_noted(objects, tree_of(before), tree_of(after)).changes;
}

core::ChangeSet changes_of(const Repository& repository, const Commit& commit) {
  Objects& objects = repository.objects();
  const std::optional<ObjectId> first =
      commit.parents.empty() ? std::nullopt
                             : std::optional(objects.tree_of(commit.parents.front()));
  const ObjectId tree = objects.tree_of(commit.id);
  return own_changes(repository, commit.parents, {diff_noted(objects, first, tree), tree});
}

TreeEntry file_at(const Repository& repository, const core::ObjectId& commit,
                  const std::string& path) {
  const auto entry = repository.entry(commit, path);
  return entry && entry->mode != core::mode::tree ? *entry : TreeEntry{};
}

bool has_result(const Repository& repository, const core::ObjectId& commit,
                const core::Change& change) {
  return file_at(repository, commit, change.path) == TreeEntry{change.new_id, change.new_mode};
}

bool has_original(const Repository& repository, const core::ObjectId& commit,
                  const core::Change& change) {
  return file_at(repository, commit, change.path) == TreeEntry{change.old_id, change.old_mode};
}

std::vector<std::string> differing(const Repository& repository, const ObjectId& a,
                                   const ObjectId& b, const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  const ObjectId first = repository.objects().tree_of(a), second = repository.objects().tree_of(b);
  for (const std::string& path : paths) {
    if (differ_at(repository.trees(), first, second, path)) found.push_back(path);
  }
  return found;
}

std::optional<ObjectId> find_commit(const Repository& repository, const std::string& name) {
  const process::Result result =
      run_git(repository.layout().git_dir,
              {"rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}"});
  const auto ids = ids_of(result.output);
  return result.status == 0 && ids.size() == 1 ? std::optional(ids.front()) : std::nullopt;
}

}  // namespace gs::git
