// A branch that a host has squashed is in the integration branch by content only: no commit of it
// is an ancestor, and develop may have gone on in the same lines since. So each commit C of the
// integration branch's first parents is asked: would merging the branch into C change anything?
// When not, C has all of it. A branch with a path that the integration branch has never touched
// since they parted cannot be in: that answers for almost every branch without any merge.

#include "lib/git/merge/merged_part.h"

#include <algorithm>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/merge/merge.h"
#include "lib/git/objects/scratch.h"
#include "lib/git/refs/history.h"
#include "lib/git/run_git.h"

namespace gs::git {

namespace {

using core::ObjectId;

constexpr std::size_t kLongestLine = 5000, kMostBeginnings = 64;
constexpr int kMostMerges = 48;

std::vector<std::string> paths_of(const core::ChangeSet& changes) {
  std::vector<std::string> paths;
  for (const core::Change& change : changes) paths.push_back(change.path);
  return paths;
}

using Names = std::set<std::string, std::less<>>;

bool all_in(const std::vector<std::string>& paths, const Names& touched) {
  return std::ranges::all_of(paths, [&](const auto& path) { return touched.contains(path); });
}

}  // namespace

std::string_view merged_text(MergedHow how) {
  switch (how) {
    case MergedHow::ancestry:
      return "merged";
    case MergedHow::same_patch:
      return "same patches";
    case MergedHow::nothing_left:
      break;
  }
  return "nothing left of it";
}

IntegrationLine::IntegrationLine(const Repository& repository, const ObjectId& tip)
    : repository_(repository), tip_(tip), line_{tip} {}

IntegrationLine::~IntegrationLine() = default;

bool IntegrationLine::reaches(std::size_t place) {
  while (line_.size() <= place && !ended_) {
    const auto parents = commit(repository_, line_.back()).parents;
    if (parents.empty() || !known_commit(repository_, parents.front())) {
      ended_ = true;  // the root, or where a shallow history ends
    } else {
      line_.push_back(parents.front());
    }
  }
  return line_.size() > place;
}

const IntegrationLine::Entry& IntegrationLine::entry(std::size_t place) {
  const auto known = entries_.find(place);
  if (known != entries_.end()) return known->second;
  const auto parent = reaches(place + 1) ? std::optional(at(place + 1)) : std::nullopt;
  const ObjectId id = at(place);
  return entries_.emplace(place, Entry{id, changes_between(repository_, parent, id)}).first->second;
}

// Who holds the commit holds it ever after: the first that does is found by halving.
std::optional<ObjectId> IntegrationLine::merged_by(const ObjectId& commit) {
  if (!repository_.is_ancestor(commit, tip_)) return std::nullopt;
  const auto holds = [&](std::size_t place) { return repository_.is_ancestor(commit, at(place)); };
  std::size_t newer = 0, older = 1;  // `newer` holds it
  while (reaches(older) && holds(older)) {
    newer = older;
    older *= 2;
  }
  if (!reaches(older)) {
    older = line_.size();
    if (holds(older - 1)) newer = older - 1;
  }
  while (older - newer > 1) {
    const std::size_t middle = newer + (older - newer) / 2;
    (holds(middle) ? newer : older) = middle;
  }
  if (at(newer) == commit) return std::nullopt;
  return at(newer);
}

// Its history holds all that is older, too: the newest place of it is found by halving, where it is
// not in the line itself.
std::optional<std::size_t> IntegrationLine::place_in_history_of(const ObjectId& commit) {
  for (std::size_t place = 0; place < kLongestLine && reaches(place); ++place) {
    if (at(place) == commit) return place;
  }
  if (line_.size() >= kLongestLine && !repository_.is_ancestor(at(kLongestLine - 1), commit))
    return std::nullopt;
  std::size_t newer = 0, older = std::min(line_.size(), kLongestLine);
  while (newer < older) {
    const std::size_t middle = newer + (older - newer) / 2;
    if (repository_.is_ancestor(at(middle), commit)) {
      older = middle;
    } else {
      newer = middle + 1;
    }
  }
  return newer;
}

std::vector<const IntegrationLine::Entry*> IntegrationLine::since(const ObjectId& commit) {
  std::vector<const Entry*> found;
  const auto end = place_in_history_of(commit);
  for (std::size_t place = end.value_or(0); place-- > 0;) found.push_back(&entry(place));
  return found;
}

namespace {

// One branch, and what its integration branch did since they parted.
struct Search {
  const Repository& repository;
  ObjectId base;  // the merge base, or the beginning of the branch that was found to be in
  const ObjectId tip;
  std::vector<const IntegrationLine::Entry*> line;  // oldest first; after `base` came in
  Names touched;                                    // paths that any of them changed
  std::vector<Commit> own;                          // ancestors first
  int merges = 0;
};

// Whether merging `own` into `commit` changes nothing there.
bool nothing_left(Search& search, ScratchObjects& scratch, const ObjectId& commit,
                  const core::ChangeSet& changes, const ObjectId& own) {
  const std::vector<std::string> paths = paths_of(changes);
  const auto other = differing(search.repository, commit, own, paths);
  if (other.empty()) return true;
  // What is as it was when they parted has nothing of the branch.
  const auto moved = differing(search.repository, commit, search.base, other);
  if (moved.size() != other.size() || search.merges >= kMostMerges) return false;
  ++search.merges;
  // A merge that starts from the base, whatever the history says.
  const ObjectId ours = search.repository.is_ancestor(search.base, commit)
                            ? commit
                            : scratch.commit(scratch.tree_of(commit), {commit, search.base});
  const TreeMerge merge =
      merge_trees(search.repository.layout(), ours, own, scratch.folder(), scratch.variables());
  return merge.clean && merge.tree == scratch.tree_of(commit);
}

// The first commit of the line that has all of this beginning of the branch.
std::optional<ObjectId> holder_of(Search& search, ScratchObjects& scratch, const ObjectId& own) {
  const core::ChangeSet changes = changes_between(search.repository, search.base, own);
  const std::vector<std::string> paths = paths_of(changes);
  if (paths.empty() || !all_in(paths, search.touched)) return std::nullopt;
  Names missing(paths.begin(), paths.end());
  for (const IntegrationLine::Entry* entry : search.line) {
    bool concerns = false;
    for (const core::Change& change : entry->changes) {
      concerns = concerns || std::ranges::binary_search(paths, change.path);
      missing.erase(change.path);
    }
    if (concerns && missing.empty() && nothing_left(search, scratch, entry->id, changes, own))
      return entry->id;
  }
  return std::nullopt;
}

// The branch's own first parents, newest first; those that hold what was merged into it from
// elsewhere after `base` are judged with it.
std::vector<ObjectId> beginnings(const Search& search) {
  std::set<ObjectId> own;
  for (const Commit& commit : search.own) own.insert(commit.id);
  std::vector<ObjectId> found;
  for (auto at = std::optional(search.tip);
       at && own.contains(*at) && found.size() < kMostBeginnings;) {
    found.push_back(*at);
    const auto parents = commit(search.repository, *at).parents;
    at = parents.empty() ? std::nullopt : std::optional(parents.front());
  }
  std::erase_if(
      found, [&](const ObjectId& id) { return !search.repository.is_ancestor(search.base, id); });
  return found;
}

std::optional<MergedPart> longest_beginning(Search& search, ScratchObjects& scratch) {
  for (const ObjectId& own : beginnings(search)) {
    if (own == search.base) break;
    if (const auto by = holder_of(search, scratch, own))
      return MergedPart{MergedHow::nothing_left, own, *by};
  }
  return std::nullopt;
}

// Picked one after the other, with changes of the same lines between: what is in is the base of
// what is looked for next.
std::optional<MergedPart> by_nothing_left(Search search) {
  ScratchObjects scratch(search.repository);
  std::optional<MergedPart> part;
  while (auto longer = longest_beginning(search, scratch)) {
    part = longer;
    if (part->tip == search.tip) break;
    search.base = part->tip;
    const auto by = std::ranges::find(search.line, *part->by, &IntegrationLine::Entry::id);
    search.line.erase(search.line.begin(), by + 1);
  }
  return part;
}

// Of each commit whether the other side has one with the same patch, as git finds it; and the
// newest one there.
struct SamePatches {
  std::set<ObjectId> commits;
  std::optional<ObjectId> by;
};

SamePatches same_patches(const Search& search, const ObjectId& integration) {
  SamePatches same;
  std::set<ObjectId> own;
  for (const Commit& commit : search.own) own.insert(commit.id);
  const process::Result result =
      run_git(search.repository.layout().git_dir,
              {"rev-list", "--no-merges", "--cherry-mark", "--left-right",
               integration.hex() + "..." + search.tip.hex(), "--"});
  if (result.status != 0) return same;
  for (std::string_view rest = result.output; !rest.empty();) {
    const std::string_view line = core::take_line(rest);
    const auto id = line.starts_with('=') ? ObjectId::from_hex(line.substr(1)) : std::nullopt;
    if (!id) continue;
    if (own.contains(*id)) {
      same.commits.insert(*id);
    } else if (!same.by) {
      same.by = *id;
    }
  }
  return same;
}

// As far as the commits stand in one line. A commit that changes nothing is in with the next.
std::optional<MergedPart> by_same_patch(const Search& search, const ObjectId& integration) {
  const SamePatches same = same_patches(search, integration);
  if (!same.by) return std::nullopt;
  std::optional<MergedPart> part;
  ObjectId before = search.base;
  for (const Commit& commit : search.own) {
    if (commit.parents.size() != 1 || commit.parents.front() != before) break;
    if (!same.commits.contains(commit.id)) break;
    before = commit.id;
    part = MergedPart{MergedHow::same_patch, commit.id, *same.by};
  }
  return part;
}

bool any_commit_touched(const Search& search) {
  return std::ranges::any_of(search.own, [&](const Commit& commit) {
    const auto paths = paths_of(changes_of(search.repository, commit));
    return !paths.empty() && all_in(paths, search.touched);
  });
}

}  // namespace

std::optional<MergedPart> merged_by_content(const Repository& repository, IntegrationLine& line,
                                            const ObjectId& base, const ObjectId& tip) {
  if (base == line.tip()) return std::nullopt;
  Search search{repository, base, tip, line.since(base), {}, {}};
  for (const IntegrationLine::Entry* entry : search.line) {
    for (const core::Change& change : entry->changes) search.touched.insert(change.path);
  }
  // For almost every branch that is all: none of its paths was touched elsewhere.
  const auto paths = paths_of(changes_between(repository, base, tip));
  if (std::ranges::none_of(paths, [&](const auto& path) { return search.touched.contains(path); }))
    return std::nullopt;
  search.own = commits_between(repository, {line.tip()}, tip);
  if (search.own.empty() || !any_commit_touched(search)) return std::nullopt;
  auto left = by_nothing_left(search);
  if (left && left->tip == tip) return left;
  const auto same = by_same_patch(search, line.tip());
  const bool longer =
      same && (!left || (same->tip != left->tip && repository.is_ancestor(left->tip, same->tip)));
  return longer ? same : left;
}

std::optional<ObjectId> rest_of_branch(const Repository& repository, const MergedPart& part,
                                       const ObjectId& tip,
                                       const std::vector<std::string>& variables) {
  if (!part.by || part.tip == tip) return std::nullopt;
  const Layout& layout = repository.layout();
  const auto commit = [&](const std::string& tree, const ObjectId& first, const ObjectId& second) {
    std::vector<std::string> with = variables;
    for (const char* who : {"AUTHOR", "COMMITTER"}) {
      with.push_back(std::string("GIT_") + who + "_NAME=git-stream");
      with.push_back(std::string("GIT_") + who + "_EMAIL=git-stream@localhost");
      with.push_back(std::string("GIT_") + who + "_DATE=@0 +0000");
    }
    const process::Result made = run_git(layout.git_dir,
                                         {"commit-tree", tree, "-p", first.hex(), "-p",
                                          second.hex(), "-m", "What is left of a branch"},
                                         with);
    if (made.status != 0)
      throw core::Error(core::ExitCode::broken,
                        "git commit-tree failed: " + first_line(made.errors));
    return ObjectId::from_hex(first_line(made.output));
  };
  // Its merge with the tip starts from part.tip: that is the last that both have.
  const auto start = commit(part.by->hex() + "^{tree}", *part.by, part.tip);
  if (!start) return std::nullopt;
  const ScratchFolder nowhere(layout);
  const TreeMerge merge = merge_trees(layout, *start, tip, nowhere.path(), variables);
  if (!merge.clean) return std::nullopt;
  return commit(merge.tree.hex(), *part.by, tip);
}

}  // namespace gs::git
