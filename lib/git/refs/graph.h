#pragma once
// The graph of commits: each is read once, however often it is met. A shallow history ends where
// git says that it does.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lib/git/objects/object_id.h"
#include "lib/git/repository.h"

namespace gs::git {

// The commits at which history ends early here; of a shallow clone only (GIT_SHALLOW_FILE counts).
std::vector<core::ObjectId> shallow_ends(const Layout& layout);

// How many commits of a branch its base has not, and the other way round.
struct Divergence {
  std::size_t ahead = 0, behind = 0;
  bool operator==(const Divergence&) const = default;
};

// All of it throws MissingObject, and core::Error (broken) for what is no commit. For any thread;
// the objects and the layout must outlive it. A repository has one (Repository::commits).
class CommitGraph {
 public:
  CommitGraph(const Objects& objects, const Layout& layout);

  // The committer's time, in seconds since 1970; 0 where it cannot be read.
  std::int64_t time(const core::ObjectId& commit);
  // What `git merge-base --all` prints, in its order.
  std::vector<core::ObjectId> merge_bases(const core::ObjectId& a, const core::ObjectId& b);
  // Every commit descends from itself.
  bool descends(const core::ObjectId& descendant, const core::ObjectId& ancestor);
  // What `git rev-list --topo-order --reverse TIP… --not HIDDEN…` lists.
  std::vector<core::ObjectId> between(const std::vector<core::ObjectId>& hidden,
                                      const std::vector<core::ObjectId>& tips);
  // What `git rev-list --left-right --count BRANCH...BASE` counts.
  Divergence divergence(const core::ObjectId& branch, const core::ObjectId& base);

 private:
  using Number = std::size_t;
  struct Node {
    core::ObjectId id;
    bool known = false;
    std::int64_t time = 0;
    std::vector<Number> parents;
    unsigned seen = 0;  // from where; of the present walk only
    bool queued = false;
  };
  class Walk;
  bool is_end(const core::ObjectId& id);
  Number number_of(const core::ObjectId& id);
  void read(Number number);
  bool reaches(const core::ObjectId& descendant, const core::ObjectId& ancestor);
  std::vector<Number> in_topological_order(const std::vector<Number>& listed);

  const Objects& objects_;
  const Layout& layout_;
  std::mutex mutex_;                                                      // of all below
  std::optional<std::unordered_set<core::ObjectId, ObjectIdHash>> ends_;  // of a shallow history
  std::vector<Node> nodes_;
  std::unordered_map<core::ObjectId, Number, ObjectIdHash> numbers_;
};

// Many branches of one base.
class Divergences {
 public:
  Divergences(const Repository& repository, const core::ObjectId& base)
      : graph_(repository.commits()), base_(base) {}

  Divergence of(const core::ObjectId& branch) { return graph_.divergence(branch, base_); }
  // As git::merge_base() of the branch and the base.
  std::optional<core::ObjectId> merge_base(const core::ObjectId& branch) {
    const std::vector<core::ObjectId> bases = graph_.merge_bases(base_, branch);
    return bases.empty() ? std::nullopt : std::optional(bases.front());
  }

 private:
  CommitGraph& graph_;
  core::ObjectId base_;
};

}  // namespace gs::git
