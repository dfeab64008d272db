#include "lib/conflicts/merge_sides.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/conflicts/stream_work.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/install/git_config.h"
#include "lib/process/process.h"

namespace gs::conflicts {

namespace {

namespace fs = std::filesystem;

// git in a worktree, on a copy of its index, with new objects in the scratch ones.
class IndexCopy {
 public:
  IndexCopy(const fs::path& worktree, const fs::path& git_dir, const git::ScratchObjects& scratch)
      : worktree_(worktree), copy_(scratch.folder() / "index"), variables_(scratch.variables()) {
    std::error_code none;  // no index is an empty one
    fs::remove(copy_, none);
    fs::copy_file(git_dir / "index", copy_, none);
    variables_.push_back("GIT_INDEX_FILE=" + copy_.string());
    variables_.emplace_back("GIT_OPTIONAL_LOCKS=0");
  }
  ~IndexCopy() {
    std::error_code ignored;
    fs::remove(copy_, ignored);
  }
  IndexCopy(const IndexCopy&) = delete;
  IndexCopy& operator=(const IndexCopy&) = delete;

  process::Result git(std::vector<std::string> arguments) const {
    process::Command command;
    command.argv = std::move(arguments);
    command.argv.insert(command.argv.begin(),
                        {"git", "-c", "core.safecrlf=false", "-c", "advice.addEmbeddedRepo=false"});
    command.directory = worktree_.string();
    command.unset = process::local_git_variables();
    command.set = variables_;
    return process::run(command);
  }

 private:
  const fs::path worktree_, copy_;
  std::vector<std::string> variables_;
};

// What the sides are taken from.
struct SideSources {
  const git::Repository& repository;
  const std::vector<git::Worktree> worktrees;
  const Include include;
  git::ScratchObjects& scratch;
};

struct UncommittedTree {
  std::optional<core::ObjectId> tree;
  std::optional<process::Result> failed;  // of git, where there is no tree
};

git::Worktree worktree_of(const SideSources& sources, const core::BranchName& branch) {
  for (const git::Worktree& worktree : sources.worktrees) {
    if (!worktree.prunable &&
        git::branch_worked_on(worktree, sources.repository.layout()) == branch)
      return worktree;
  }
  return {};
}

// The tree that a commit of all that is included would have.
UncommittedTree uncommitted_tree(const SideSources& sources, const git::Worktree& worktree,
                                 const core::ObjectId& head) {
  const IndexCopy index(worktree.path, worktree.git_dir, sources.scratch);
  if (sources.include == Include::dirty) {
    std::vector<std::string> arguments{"add", "-A", "--", ":/"};
    const std::string ours(core::kAiIgnoreFile);
    if (!sources.repository.entry(head, ours)) arguments.push_back(":(top,exclude,literal)" + ours);
    const process::Result added = index.git(std::move(arguments));
    if (added.status != 0) return {{}, added};
  }
  const process::Result written = index.git({"write-tree"});
  const auto tree = core::ObjectId::from_hex(written.output.substr(0, written.output.find('\n')));
  if (written.status != 0 || !tree) return {{}, written};
  return {tree, {}};
}

void add_uncommitted(const SideSources& sources, const git::Worktree& worktree, MergeSide& side,
                     std::vector<std::string>& troubles) {
  const UncommittedTree found = uncommitted_tree(sources, worktree, side.head);
  if (found.failed)
    troubles.push_back(fmt::format("stream {}: only its commits are looked at, not {}: {}",
                                   side.title(), core::quote_path(worktree.path.string()),
                                   install::in_one_line(*found.failed)));
  if (!found.tree || *found.tree == sources.scratch.tree_of(side.head)) return;
  side.tip = sources.scratch.commit(*found.tree, {side.head});
  side.changes = git::changes_between(sources.repository, side.base, side.tip);
  for (const core::Change& change : git::changes_between(sources.repository, side.head, side.tip))
    side.uncommitted.push_back(change.path);
}

MergeSide side_of(const OrderedStream& stream) {
  const StreamWork& work = *stream.work;
  MergeSide side;
  side.stream = stream.id;
  side.name = stream.name;
  side.status = stream.status;
  side.branch = work.branch;
  side.head = side.tip = work.tip;
  side.base = work.base;
  side.changes = work.changes;
  return side;
}

MergeSide integration_side(const SideSources& sources, const core::BranchName& branch,
                           const core::ObjectId& tip) {
  MergeSide side;
  side.branch = branch;
  side.head = side.tip = side.base = tip;
  side.worktree = worktree_of(sources, branch).path;
  return side;
}

}  // namespace

MergeSides merge_sides(session::Session& session, const MergeOrder& order, Include include,
                       git::ScratchObjects& scratch) {
  const git::Repository& repository = session.repository();
  const SideSources sources{repository, repository.worktrees(), include, scratch};
  MergeSides result;
  result.sides.push_back(integration_side(sources, order.into, integration_tip(session)));
  for (const OrderedStream& stream : order.streams) {
    if (!stream.work) continue;
    MergeSide& side = result.sides.emplace_back(side_of(stream));
    const git::Worktree worktree = worktree_of(sources, side.branch);
    side.worktree = worktree.path;
    if (include != Include::committed && !worktree.path.empty())
      add_uncommitted(sources, worktree, side, result.troubles);
  }
  // What happened on the integration branch since the first of them left it.
  core::ObjectId& base = result.sides.front().base;
  for (const MergeSide& side : result.sides)
    base = git::merge_base(repository, base, side.base).value_or(base);
  return result;
}

}  // namespace gs::conflicts
