#include "lib/git/refs/graph.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/objects/object_database.h"

namespace gs::git {

namespace {

using core::ObjectId;

constexpr unsigned kLeft = 1, kRight = 2, kBoth = kLeft | kRight, kBelowCommon = 4;

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

std::vector<ObjectId> shallow_ends(const Layout& layout) {
  const auto given = environment("GIT_SHALLOW_FILE");
  const std::string lines =
      read_file(given ? std::filesystem::path(*given) : layout.common_dir / "shallow").value_or("");
  std::vector<ObjectId> ids;
  for (std::string_view rest = lines; !rest.empty();) {
    if (const auto id = ObjectId::from_hex(core::take_line(rest))) ids.push_back(*id);
  }
  return ids;
}

CommitGraph::CommitGraph(const Objects& objects, const Layout& layout)
    : objects_(objects), layout_(layout) {}

bool CommitGraph::is_end(const ObjectId& id) {
  if (!ends_) {
    const std::vector<ObjectId> ends = shallow_ends(layout_);
    ends_.emplace(ends.begin(), ends.end());
  }
  return ends_->contains(id);
}

CommitGraph::Number CommitGraph::number_of(const ObjectId& id) {
  const auto [found, fresh] = numbers_.emplace(id, nodes_.size());
  if (fresh) nodes_.emplace_back().id = id;
  return found->second;
}

void CommitGraph::read(Number number) {
  if (nodes_[number].known) return;
  const ObjectId id = nodes_[number].id;
  const RawObject object = objects_.read(id);
  if (object.type != RawObject::Type::commit)
    throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is no commit");
  constexpr std::string_view kParent = "parent ";
  std::vector<Number> parents;
  std::string_view rest = object.content;
  core::take_line(rest);  // the tree
  while (rest.starts_with(kParent) && !is_end(id)) {
    if (const auto parent = ObjectId::from_hex(core::take_line(rest).substr(kParent.size())))
      parents.push_back(number_of(*parent));
  }
  Node& node = nodes_[number];
  node.parents = std::move(parents);
  node.time = time_of(object.content);
  node.known = true;
}

// From some commits back in time, the newest first; of those as new the one that was met first.
class CommitGraph::Walk {
 public:
  // For as long as there is something of it that is not gone through: commits that one side alone
  // has met, or of two sides the left one; or any that are not below a common one.
  enum class Interest { one_side, left_side, not_below_common };

  Walk(CommitGraph& graph, Interest interest) : graph_(graph), interest_(interest) {}
  ~Walk() {
    for (const Number number : met_) {
      Node& node = graph_.nodes_[number];
      node.seen = 0;
      node.queued = false;
    }
  }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  // A commit that is met from further sides than before is gone through once more.
  void reach(Number number, unsigned seen) {
    graph_.read(number);
    Node& node = graph_.nodes_[number];
    if ((node.seen & seen) == seen) return;
    if (node.seen == 0) met_.push_back(number);
    if (node.queued && interests(node)) --open_;
    node.seen |= seen;
    if (!node.queued) queue_.emplace(node.time, -static_cast<std::int64_t>(++count_), number);
    node.queued = true;
    if (interests(node)) ++open_;
  }
  void reach(const ObjectId& id, unsigned seen) { reach(graph_.number_of(id), seen); }

  // It is over when all that is left is of no interest, and older than all that was: no more can
  // turn out to be common then, as long as no commit is dated before its ancestors; for those that
  // are it goes on a little, as git does.
  void to_the_end() {
    constexpr int kFurther = 5;
    std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
    for (int left = kFurther; left > 0 && !queue_.empty();) {
      left = open_ > 0 || std::get<0>(queue_.top()) >= oldest ? kFurther : left - 1;
      const Number number = pop();
      const Node& node = graph_.nodes_[number];
      if (interests(node)) oldest = std::min(oldest, node.time);
      reach_parents(number, node.seen);
    }
  }

  // Those that both sides have, and nothing else that both have descends from; but for commits
  // that are dated before their ancestors.
  std::vector<Number> first_common() {
    std::vector<Number> found;
    while (open_ > 0) {
      const Number number = pop();
      unsigned seen = graph_.nodes_[number].seen;
      if (seen == kBoth) {
        found.push_back(number);
        seen |= kBelowCommon;
      }
      reach_parents(number, seen);
    }
    std::erase_if(found, [&](Number n) { return (graph_.nodes_[n].seen & kBelowCommon) != 0; });
    return found;
  }

  // Whether the left side leads to a commit that the right side began with.
  bool left_reaches(Number target) {
    while (open_ > 0 && (graph_.nodes_[target].seen & kLeft) == 0) {
      const Number number = pop();
      const unsigned seen = graph_.nodes_[number].seen;
      reach_parents(number, seen == kBoth ? seen | kBelowCommon : seen);
    }
    return (graph_.nodes_[target].seen & kLeft) != 0;
  }

  std::size_t count(unsigned seen) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(met_, [&](Number n) { return graph_.nodes_[n].seen == seen; }));
  }
  // In the order in which they were gone through.
  std::vector<Number> seen_from(unsigned sides) const {
    std::vector<Number> found;
    std::ranges::copy_if(passed_, std::back_inserter(found),
                         [&](Number n) { return graph_.nodes_[n].seen == sides; });
    return found;
  }

 private:
  bool interests(const Node& node) const {
    switch (interest_) {
      case Interest::one_side:
        return node.seen != kBoth;
      case Interest::left_side:
        return node.seen == kLeft;
      case Interest::not_below_common:
        return (node.seen & kBelowCommon) == 0;
    }
    return false;
  }

  Number pop() {
    const Number number = std::get<2>(queue_.top());
    queue_.pop();
    Node& node = graph_.nodes_[number];
    node.queued = false;
    if (interests(node)) {
      --open_;
      passed_.push_back(number);
    }
    return number;
  }
  void reach_parents(Number number, unsigned seen) {
    const std::vector<Number> parents = graph_.nodes_[number].parents;  // nodes move in reach()
    for (const Number parent : parents) reach(parent, seen);
  }

  CommitGraph& graph_;
  const Interest interest_;
  std::priority_queue<std::tuple<std::int64_t, std::int64_t, Number>> queue_;
  std::uint64_t count_ = 0;
  std::vector<Number> met_, passed_;  // passed: of interest then
  std::size_t open_ = 0;              // of interest in the queue
};

std::int64_t CommitGraph::time(const ObjectId& commit) {
  const std::lock_guard lock(mutex_);
  const Number number = number_of(commit);
  read(number);
  return nodes_[number].time;
}

std::vector<ObjectId> CommitGraph::merge_bases(const ObjectId& a, const ObjectId& b) {
  if (a == b) return {a};
  const std::lock_guard lock(mutex_);
  std::vector<Number> found;
  {
    Walk walk(*this, Walk::Interest::not_below_common);
    walk.reach(a, kLeft);
    walk.reach(b, kRight);
    found = walk.first_common();
  }
  std::vector<ObjectId> bases;
  for (const Number number : found) bases.push_back(nodes_[number].id);
  const std::vector<ObjectId> all = bases;
  std::erase_if(bases, [&](const ObjectId& base) {
    return std::ranges::any_of(
        all, [&](const ObjectId& other) { return other != base && reaches(other, base); });
  });
  return bases;
}

bool CommitGraph::descends(const ObjectId& descendant, const ObjectId& ancestor) {
  if (descendant == ancestor) return true;
  const std::lock_guard lock(mutex_);
  return reaches(descendant, ancestor);
}

bool CommitGraph::reaches(const ObjectId& descendant, const ObjectId& ancestor) {
  Walk walk(*this, Walk::Interest::not_below_common);
  walk.reach(descendant, kLeft);
  walk.reach(ancestor, kRight);
  return walk.left_reaches(number_of(ancestor));
}

Divergence CommitGraph::divergence(const ObjectId& branch, const ObjectId& base) {
  if (branch == base) return {};
  const std::lock_guard lock(mutex_);
  Walk walk(*this, Walk::Interest::one_side);
  walk.reach(branch, kLeft);
  walk.reach(base, kRight);
  walk.to_the_end();
  return {walk.count(kLeft), walk.count(kRight)};
}

std::vector<ObjectId> CommitGraph::between(const std::vector<ObjectId>& hidden,
                                           const std::vector<ObjectId>& tips) {
  const std::lock_guard lock(mutex_);
  std::vector<Number> listed;
  {
    Walk walk(*this, Walk::Interest::left_side);
    for (const ObjectId& id : tips) walk.reach(id, kLeft);
    for (const ObjectId& id : hidden) walk.reach(id, kRight);
    walk.to_the_end();
    listed = walk.seen_from(kLeft);
  }
  std::vector<ObjectId> ids;
  for (const Number number : in_topological_order(listed)) ids.push_back(nodes_[number].id);
  return ids;
}

// Ancestors before descendants, the commits of a line together: the other way round each commit
// comes when all its descendants have, and of several the one that was ready last.
std::vector<CommitGraph::Number> CommitGraph::in_topological_order(
    const std::vector<Number>& listed) {
  std::unordered_map<Number, std::size_t> children;
  for (const Number number : listed) children.emplace(number, 0);
  for (const Number number : listed) {
    for (const Number parent : nodes_[number].parents) {
      if (const auto found = children.find(parent); found != children.end()) ++found->second;
    }
  }
  std::vector<Number> ready, ordered;
  for (const Number number : listed) {
    if (children.at(number) == 0) ready.push_back(number);
  }
  std::ranges::reverse(ready);
  while (!ready.empty()) {
    const Number number = ready.back();
    ready.pop_back();
    ordered.push_back(number);
    for (const Number parent : nodes_[number].parents) {
      const auto found = children.find(parent);
      if (found != children.end() && --found->second == 0) ready.push_back(parent);
    }
  }
  std::ranges::reverse(ordered);
  return ordered;
}

}  // namespace gs::git
