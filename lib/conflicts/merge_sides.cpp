#include "lib/conflicts/merge_sides.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/app/git_command.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees.h"
#include "lib/process/process.h"

namespace gs::streams {

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

class Gathering {
 public:
  Gathering(app::Session& session, Include include, git::ScratchObjects& scratch)
      : session_(session),
        repository_(session.repository()),
        include_(include),
        scratch_(scratch),
        worktrees_(repository_.worktrees()),
        integration_(integration_tip(session)) {}

  MergeSides run(const MergeOrder& order) {
    MergeSide into;
    into.branch = order.into;
    into.head = into.tip = into.base = integration_;
    into.worktree = worktree_of(into.branch).path;
    made_.sides.push_back(std::move(into));
    for (const OrderedStream& stream : order.streams) add(stream);
    // What happened on it since the first of them left it.
    core::ObjectId& base = made_.sides.front().base;
    for (const MergeSide& side : made_.sides)
      base = git::merge_base(repository_, base, side.base).value_or(base);
    return std::move(made_);
  }

 private:
  git::Worktree worktree_of(const core::BranchName& branch) const {
    for (const git::Worktree& worktree : worktrees_) {
      if (!worktree.prunable && git::branch_worked_on(worktree, repository_.layout()) == branch)
        return worktree;
    }
    return {};
  }

  void add(const OrderedStream& stream) {
    if (!stream.work) return;
    const StreamWork& work = *stream.work;
    MergeSide side;
    side.stream = stream.id;
    side.name = stream.name;
    side.status = stream.status;
    side.branch = work.branch;
    side.head = side.tip = work.tip;
    side.base = work.base;
    side.changes = work.changes;
    const git::Worktree worktree = worktree_of(side.branch);
    side.worktree = worktree.path;
    if (include_ != Include::committed && !worktree.path.empty()) add_uncommitted(side, worktree);
    made_.sides.push_back(std::move(side));
  }

  void add_uncommitted(MergeSide& side, const git::Worktree& worktree) {
    const auto tree = tree_of(side, worktree);
    if (!tree || *tree == scratch_.tree_of(side.head)) return;
    side.tip = scratch_.commit(*tree, {side.head});
    side.changes = git::changes_between(repository_, side.base, side.tip);
    for (const core::Change& change : git::changes_between(repository_, side.head, side.tip))
      side.uncommitted.push_back(change.path);
  }

  std::optional<core::ObjectId> tree_of(const MergeSide& side, const git::Worktree& worktree) {
    const IndexCopy index(worktree.path, worktree.git_dir, scratch_);
    if (include_ == Include::dirty) {
      std::vector<std::string> arguments{"add", "-A", "--", ":/"};
      const std::string ours(core::kAiIgnoreFile);
      if (!repository_.entry(side.head, ours)) arguments.push_back(":(top,exclude,literal)" + ours);
      const process::Result added = index.git(std::move(arguments));
      if (added.status != 0) return trouble(side, worktree, added);
    }
    const process::Result written = index.git({"write-tree"});
    const auto tree = core::ObjectId::from_hex(written.output.substr(0, written.output.find('\n')));
    if (written.status != 0 || !tree) return trouble(side, worktree, written);
    return tree;
  }

  std::nullopt_t trouble(const MergeSide& side, const git::Worktree& worktree,
                         const process::Result& result) {
    made_.troubles.push_back(fmt::format("stream {}: only its commits are looked at, not {}: {}",
                                         side.title(), core::quote_path(worktree.path.string()),
                                         app::in_one_line(result)));
    return std::nullopt;
  }

  app::Session& session_;
  const git::Repository& repository_;
  const Include include_;
  git::ScratchObjects& scratch_;
  const std::vector<git::Worktree> worktrees_;
  const core::ObjectId integration_;
  MergeSides made_;
};

}  // namespace

MergeSides merge_sides(app::Session& session, const MergeOrder& order, Include include,
                       git::ScratchObjects& scratch) {
  return Gathering(session, include, scratch).run(order);
}

}  // namespace gs::streams
