#include "lib/git/refs/history.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <queue>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/index/staged.h"
#include "lib/git/libgit2.h"
#include "lib/git/merge/own_changes.h"
#include "lib/git/objects/object_database.h"
#include "lib/git/objects/trees.h"
#include "lib/git/refs/refs.h"
#include "lib/git/run_git.h"
#include "lib/process/process.h"

namespace gs::git {

namespace {

using core::ObjectId;

using RevisionWalk = std::unique_ptr<git_revwalk, Deleter<git_revwalk_free>>;

std::vector<ObjectId> ids_of(std::string_view lines) {
  std::vector<ObjectId> ids;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    if (const auto id = ObjectId::from_hex(line)) ids.push_back(*id);
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
  }
  return ids;
}

std::vector<ObjectId> walk_by_git(const Repository& repository, const std::vector<ObjectId>& hidden,
                                  const std::vector<ObjectId>& tips) {
  std::vector<std::string> arguments{"rev-list", "--topo-order", "--reverse"};
  for (const ObjectId& id : tips) arguments.push_back(id.hex());
  arguments.emplace_back("--not");
  for (const ObjectId& id : hidden) arguments.push_back(id.hex());
  const process::Result result = run_git(repository.layout().git_dir, std::move(arguments));
  if (result.status != 0) {
    throw core::Error(core::ExitCode::broken, "cannot list commits: " + first_line(result.errors));
  }
  return ids_of(result.output);
}

std::vector<ObjectId> walk(const Repository& repository, const std::vector<ObjectId>& hidden,
                           const std::vector<ObjectId>& tips) {
  // libgit2 1.5 does not know where a shallow history ends.
  if (is_shallow(repository.layout())) return walk_by_git(repository, hidden, tips);
  const Objects::Graph graph = repository.objects().graph();
  int status = 0;
  const auto walk = make_handle<RevisionWalk>(
      status, [&](git_revwalk** out) { return git_revwalk_new(out, graph.get()); });
  check(status, "cannot list commits");
  check(git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE),
        "cannot list commits");
  for (const ObjectId& id : tips) {
    const git_oid oid = to_oid(id);
    check(git_revwalk_push(walk.get(), &oid), "cannot list the commits of " + id.hex());
  }
  for (const ObjectId& id : hidden) {
    const git_oid oid = to_oid(id);
    check(git_revwalk_hide(walk.get(), &oid), "cannot leave out the commits of " + id.hex());
  }
  std::vector<ObjectId> ids;
  git_oid oid;
  while ((status = git_revwalk_next(&oid, walk.get())) == 0) ids.push_back(from_oid(oid));
  if (status != GIT_ITEROVER) check(status, "cannot list commits");
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
  return ids_of(read_file(repository.layout().common_dir / "shallow").value_or(""));
}

std::optional<ObjectId> merge_base(const Repository& repository, const ObjectId& a,
                                   const ObjectId& b) {
  if (a == b) return a;
  repository.objects().require_commit(a);
  repository.objects().require_commit(b);
  if (is_shallow(repository.layout())) {
    const auto ids =
        ids_of(run_git(repository.layout().git_dir, {"merge-base", a.hex(), b.hex()}).output);
    return ids.empty() ? std::nullopt : std::optional(ids.front());
  }
  const Objects::Graph graph = repository.objects().graph();
  const git_oid first = to_oid(a), second = to_oid(b);
  git_oid base;
  const int status = git_merge_base(&base, graph.get(), &first, &second);
  if (status == GIT_ENOTFOUND) return std::nullopt;
  check(status, "cannot find where " + a.hex() + " and " + b.hex() + " parted");
  return from_oid(base);
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
  for (const ObjectId& id : tips) repository.objects().require_commit(id);
  for (const ObjectId& id : hidden) repository.objects().require_commit(id);
  std::vector<Commit> commits;
  for (const ObjectId& id : walk(repository, hidden, tips))
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

namespace {

bool descends_by_git(const Layout& layout, const core::ObjectId& ancestor,
                     const core::ObjectId& descendant) {
  const process::Result result =
      run_git(layout.git_dir, {"merge-base", "--is-ancestor", ancestor.hex(), descendant.hex()});
  if (result.status > 1) {
    throw core::Error(core::ExitCode::broken, "cannot compare commits " + ancestor.hex() + " and " +
                                                  descendant.hex() + ": " +
                                                  first_line(result.errors));
  }
  return result.status == 0;
}

}  // namespace

bool descends(const Objects& objects, const Layout& layout, const core::ObjectId& ancestor,
              const core::ObjectId& descendant) {
  if (ancestor == descendant) return true;
  if (is_shallow(layout)) return descends_by_git(layout, ancestor, descendant);
  for (const core::ObjectId& commit : {ancestor, descendant}) objects.require_commit(commit);
  const Objects::Graph graph = objects.graph();
  const git_oid from = to_oid(descendant), to = to_oid(ancestor);
  const int status = git_graph_descendant_of(graph.get(), &from, &to);
  if (status < 0) return descends_by_git(layout, ancestor, descendant);
  return status > 0;
}

// --- divergence ---

namespace {

constexpr unsigned kLeft = 1, kRight = 2, kBoth = kLeft | kRight;

// libgit2 1.5 does not know where a shallow history ends.
Divergence count_by_git(const Repository& repository, const ObjectId& branch,
                        const ObjectId& base) {
  const process::Result result =
      run_git(repository.layout().git_dir,
              {"rev-list", "--left-right", "--count", branch.hex() + "..." + base.hex()});
  Divergence found;
  const char* const end = result.output.data() + result.output.size();
  const auto ahead = std::from_chars(result.output.data(), end, found.ahead);
  if (result.status == 0 && ahead.ec == std::errc() && ahead.ptr != end &&
      std::from_chars(ahead.ptr + 1, end, found.behind).ec == std::errc())
    return found;
  throw core::Error(core::ExitCode::broken, "cannot count commits: " + first_line(result.errors));
}

// The committer's time; 0 where it cannot be read.
std::int64_t time_of(std::string_view commit) {
  const std::size_t line = commit.find("\ncommitter ");
  if (line == commit.npos) return 0;
  commit = commit.substr(line + 1, commit.find('\n', line + 1) - line - 1);
  const std::size_t mail_end = commit.rfind("> ");
  std::int64_t time = 0;
  if (mail_end != commit.npos)
    std::from_chars(commit.data() + mail_end + 2, commit.data() + commit.size(), time);
  return time;
}

}  // namespace

struct Divergences::Node {
  ObjectId id;
  bool known = false;
  std::int64_t time = 0;
  std::vector<std::size_t> parents;
  unsigned seen = 0;  // from which sides; this and the next of the present question only
  bool queued = false;
};

Divergences::Divergences(const Repository& repository, const ObjectId& base)
    : repository_(repository), base_(node_of(base)), shallow_(is_shallow(repository.layout())) {}

Divergences::~Divergences() = default;

std::size_t Divergences::node_of(const ObjectId& id) {
  const auto [found, fresh] = numbers_.emplace(id, nodes_.size());
  if (fresh) nodes_.push_back(Node{id, false, 0, {}, 0, false});
  return found->second;
}

void Divergences::read(std::size_t number) {
  if (nodes_[number].known) return;
  const RawObject object = repository_.objects().read(nodes_[number].id);
  if (object.type != RawObject::Type::commit) {
    throw core::Error(core::ExitCode::broken,
                      "object " + nodes_[number].id.hex() + " is no commit");
  }
  constexpr std::string_view kParent = "parent ";
  std::vector<std::size_t> parents;
  std::string_view rest = object.content;
  rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));  // the tree
  while (rest.starts_with(kParent)) {
    const std::string_view line = core::take_line(rest);
    if (const auto id = ObjectId::from_hex(line.substr(kParent.size())))
      parents.push_back(node_of(*id));
  }
  Node& node = nodes_[number];
  node.parents = std::move(parents);
  node.time = time_of(object.content);
  node.known = true;
}

// From both tips back in time. It is over when all that is left is common to both, and older than
// anything that was met from one side only: nothing more can become common then, as long as no
// commit is dated before its ancestors.
class Divergences::Question {
 public:
  explicit Question(Divergences& graph) : graph_(graph) {}
  ~Question() {
    for (const std::size_t number : met_) {
      graph_.nodes_[number].seen = 0;
      graph_.nodes_[number].queued = false;
    }
  }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void reach(std::size_t number, unsigned sides) {
    graph_.read(number);
    Node& node = graph_.nodes_[number];
    if ((node.seen & sides) == sides) return;
    if (node.seen == 0) met_.push_back(number);
    if (node.queued && node.seen != kBoth) --one_sided_;
    node.seen |= sides;
    if (!node.queued) queue_.emplace(node.time, number);
    node.queued = true;
    if (node.seen != kBoth) ++one_sided_;
  }

  void walk() {
    while (!queue_.empty() && (one_sided_ > 0 || queue_.top().first >= oldest_)) {
      const std::size_t number = queue_.top().second;
      queue_.pop();
      Node& node = graph_.nodes_[number];
      node.queued = false;
      const unsigned sides = node.seen;
      if (sides != kBoth) {
        --one_sided_;
        oldest_ = std::min(oldest_, node.time);
      }
      const std::vector<std::size_t> parents = node.parents;  // nodes move when others are added
      for (const std::size_t parent : parents) reach(parent, sides);
    }
  }

  std::size_t count(unsigned sides) const {
    return static_cast<std::size_t>(std::count_if(
        met_.begin(), met_.end(), [&](std::size_t n) { return graph_.nodes_[n].seen == sides; }));
  }

  // The common commits that are no parent of another one.
  std::vector<std::size_t> best_common() const {
    std::vector<std::size_t> common, older;
    for (const std::size_t number : met_) {
      const Node& node = graph_.nodes_[number];
      if (node.seen != kBoth) continue;
      common.push_back(number);
      older.insert(older.end(), node.parents.begin(), node.parents.end());
    }
    std::sort(older.begin(), older.end());
    std::erase_if(common, [&](std::size_t number) {
      return std::binary_search(older.begin(), older.end(), number);
    });
    return common;
  }

 private:
  Divergences& graph_;
  std::priority_queue<std::pair<std::int64_t, std::size_t>> queue_;
  std::vector<std::size_t> met_;
  std::size_t one_sided_ = 0;  // in the queue
  std::int64_t oldest_ = std::numeric_limits<std::int64_t>::max();
};

Divergence Divergences::of(const ObjectId& branch) {
  const ObjectId base = nodes_[base_].id;
  if (branch == base) return {};
  if (shallow_) return count_by_git(repository_, branch, base);
  Question question(*this);
  question.reach(node_of(branch), kLeft);
  question.reach(base_, kRight);
  question.walk();
  return {question.count(kLeft), question.count(kRight)};
}

std::optional<ObjectId> Divergences::merge_base(const ObjectId& branch) {
  const ObjectId base = nodes_[base_].id;
  if (branch == base) return base;
  if (!shallow_) {
    Question question(*this);
    question.reach(node_of(branch), kLeft);
    question.reach(base_, kRight);
    question.walk();
    const std::vector<std::size_t> best = question.best_common();
    if (best.size() == 1) return nodes_[best.front()].id;
  }
  return git::merge_base(repository_, base, branch);  // several, or none
}

}  // namespace gs::git
