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
                        {"git", "-c", "core.safecrlf=false", "-c", "advice.addEmbeddedRepo=false",
                         "-c", "core.splitIndex=false"});
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
  std::string trouble;  // in git's words, what is not in it
};

git::Worktree worktree_of(const SideSources& sources, const core::BranchName& branch) {
  for (const git::Worktree& worktree : sources.worktrees) {
    if (!worktree.prunable &&
        git::branch_worked_on(worktree, sources.repository.layout()) == branch)
      return worktree;
  }
  return {};
}

// Repositories inside the worktree that are no submodules of the commit: git adds their commits,
// and what is in them is not looked at.
std::string embedded_repositories(const git::Repository& repository, const core::ObjectId& head,
                                  const core::ObjectId& with) {
  const auto file = repository.entry(with, ".gitmodules");
  const std::string submodules =
      file && core::mode::is_regular(file->mode) ? repository.blob(file->id) + '\n' : std::string();
  std::vector<std::string> paths;
  for (const core::Change& change : git::changes_between(repository, head, with)) {
    const bool fresh =
        change.new_mode == core::mode::gitlink && change.old_mode == core::mode::none;
    if (fresh && submodules.find("path = " + change.path + '\n') == submodules.npos)
      paths.push_back(core::quote_path(change.path));
  }
  if (paths.empty()) return {};
  std::string text = paths.size() == 1 ? "a repository of its own is in it: "
                                       : "repositories of their own are in it: ";
  for (std::size_t i = 0; i < paths.size(); ++i) text += (i > 0 ? ", " : "") + paths[i];
  return text;
}

UncommittedTree tree_of_index(const SideSources& sources, const git::Worktree& worktree) {
  const IndexCopy index(worktree.path, worktree.git_dir, sources.scratch);
  UncommittedTree found;
  if (sources.include == Include::dirty) {
    const process::Result added = index.git({"add", "-A", "--ignore-errors", "--", ":/"});
    if (added.status != 0) found.trouble = install::in_one_line(added);
  }
  const process::Result written = index.git({"write-tree"});
  const auto tree = core::ObjectId::from_hex(written.output.substr(0, written.output.find('\n')));
  if (written.status == 0 && tree) {
    found.tree = tree;
  } else if (found.trouble.empty()) {
    found.trouble = install::in_one_line(written);
  }
  return found;
}

// The tree that a commit of all that is included would have. What git cannot read is left out;
// where somebody is at work, a file may be gone between two looks: then it looks again.
UncommittedTree uncommitted_tree(const SideSources& sources, const git::Worktree& worktree) {
  constexpr int kTries = 3;
  UncommittedTree found = tree_of_index(sources, worktree);
  for (int i = 1; i < kTries && !found.trouble.empty(); ++i)
    found = tree_of_index(sources, worktree);
  return found;
}

// `start` wrote it: it is nobody's work where no commit has it.
core::ObjectId without_ai_ignore(const SideSources& sources, const core::ObjectId& head,
                                 const core::ObjectId& with) {
  const std::string ours(core::kAiIgnoreFile);
  const auto entry = sources.repository.entry(with, ours);
  if (!entry || sources.repository.entry(head, ours)) return with;
  core::Change gone;
  gone.path = ours;
  gone.old_id = entry->id;
  gone.old_mode = entry->mode;
  const core::ObjectId tree = sources.scratch.tree(sources.scratch.tree_of(with), {gone});
  return sources.scratch.commit(tree, {head});
}

void add_uncommitted(const SideSources& sources, const git::Worktree& worktree, MergeSide& side) {
  UncommittedTree found = uncommitted_tree(sources, worktree);
  core::ObjectId with = side.head;
  if (found.tree && *found.tree != sources.scratch.tree_of(side.head)) {
    with = without_ai_ignore(sources, side.head, sources.scratch.commit(*found.tree, {side.head}));
    if (found.trouble.empty())
      found.trouble = embedded_repositories(sources.repository, side.head, with);
  }
  if (!found.trouble.empty())
    side.trouble = fmt::format("{}: not all that is in {} could be looked at: {}", side.described(),
                               core::quote_path(worktree.path.string()), found.trouble);
  if (sources.scratch.tree_of(with) == sources.scratch.tree_of(side.head)) return;
  side.tip = with;
  side.changes = git::changes_between(sources.repository, side.base, side.tip);
  for (const core::Change& change : git::changes_between(sources.repository, side.head, side.tip))
    side.uncommitted.push_back(change.path);
}

// Leaves out what the integration branch has by content already.
void leave_out_merged(const SideSources& sources, const std::optional<git::MergedPart>& merged,
                      MergeSide& side) {
  if (!merged || merged->how == git::MergedHow::ancestry) return;
  const auto rest =
      git::rest_of_branch(sources.repository, *merged, side.tip, sources.scratch.variables());
  if (!rest) return;
  side.tip = *rest;
  side.base = *merged->by;
  side.changes = git::changes_between(sources.repository, side.base, side.tip);
}

// What tells the branches of one stream apart, for people.
std::string label_of(const OrderedStream& stream, const StreamBranch& branch) {
  if (stream.branches.size() < 2) return {};
  const auto of_agent = std::ranges::count_if(stream.branches, [&](const OrderedBranch& other) {
    return other.branch.agent == branch.agent;
  });
  return branch.agent && of_agent == 1 ? branch.agent->short_name() : branch.name.str();
}

MergeSide side_of(const OrderedStream& stream, const OrderedBranch& ordered) {
  const StreamWork& work = ordered.work;
  MergeSide side;
  side.stream = stream.id;
  side.name = stream.name;
  side.label = label_of(stream, ordered.branch);
  side.status = stream.status;
  side.branch = work.branch;
  side.remote = ordered.branch.remote;
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
    for (const OrderedBranch& branch : stream.branches) {
      MergeSide& side = result.sides.emplace_back(side_of(stream, branch));
      const git::Worktree worktree = worktree_of(sources, side.branch);
      side.worktree = worktree.path;
      if (include != Include::committed && !worktree.path.empty())
        add_uncommitted(sources, worktree, side);
      leave_out_merged(sources, branch.branch.merged, side);
      if (!side.trouble.empty()) result.troubles.push_back(side.trouble);
    }
  }
  // What happened on the integration branch since the first of them left it.
  core::ObjectId& base = result.sides.front().base;
  for (const MergeSide& side : result.sides)
    base = git::merge_base(repository, base, side.base).value_or(base);
  return result;
}

}  // namespace gs::conflicts
