// The merge in memory: its tree, its conflicts, its commit, and what they break.

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>

#include "analyzers/ownership.h"
#include "lib/conflicts/breakage/merged_tree.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/conflicts/path_authors.h"
#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/gates/tree_check.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"
#include "lib/install/git_config.h"
#include "lib/session/known_locks.h"
#include "lib/state/locks.h"
#include "lib/streams/merge/merge_steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

using core::ObjectId;

// With who changed each path on either side; a rename's other names are in what git says of it.
std::vector<MergeConflict> conflicts_of(const MergeTask& task, const core::ObjectId& integration,
                                        const core::ObjectId& tip, const git::TreeMerge& merge) {
  const auto base = git::merge_base(task.repository(), integration, tip);
  const auto found = conflicts::path_conflicts(merge.unmerged, merge.messages);
  std::set<std::string> all;
  for (const conflicts::PathConflict& conflict : found)
    all.insert(conflict.names.begin(), conflict.names.end());
  const std::vector<std::string> paths(all.begin(), all.end());
  conflicts::PathAuthors authors(task.session);
  using Who = std::map<std::string, std::string>;
  const Who ours = base ? authors.between(*base, integration, paths) : Who(),
            theirs = base ? authors.between(*base, tip, paths) : Who();
  std::vector<MergeConflict> conflicts;
  for (const conflicts::PathConflict& one : found) {
    MergeConflict& conflict =
        conflicts.emplace_back(MergeConflict{one.path, one.kind, one.text, {}, {}});
    for (const std::string& name : one.names) {
      if (conflict.ours.empty() && ours.contains(name)) conflict.ours = ours.at(name);
      if (conflict.theirs.empty() && theirs.contains(name)) conflict.theirs = theirs.at(name);
    }
  }
  return conflicts;
}

git::TreeMerge merge_in_memory(const MergeTask& task, const ObjectId& integration,
                               const ObjectId& tip) {
  const git::Repository& repository = task.repository();
  const auto worktrees = integration_worktrees(task);
  // Where the branch is checked out, git would take attributes and drivers from there.
  if (!worktrees.empty()) {
    return git::merge_trees(repository.layout(), integration, tip, worktrees.front().path);
  }
  const conflicts::AttributesFolder folder(repository, integration);
  return git::merge_trees(repository.layout(), integration, tip, folder.path());
}

ObjectId commit_tree(const MergeTask& task, const ObjectId& integration, const ObjectId& tip,
                     const ObjectId& tree) {
  const git::Layout& layout = task.repository().layout();
  std::vector<std::string> arguments{
      "-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-p", integration.hex(), "-p", tip.hex()};
  if (task.repository().config("commit.gpgsign") &&
      install::run_git(layout, {"config", "--type=bool", "commit.gpgsign"}).output == "true\n") {
    arguments.emplace_back("-S");
  }
  std::string subject =
      fmt::format("Merge stream {}: {}", task.spec.id.str(), core::printable(task.spec.name));
  if (task.own().size() > 1) subject += " (" + core::printable(task.branch.str()) + ")";
  arguments.insert(arguments.end(), {"-m", subject, tree.hex()});
  const process::Result result = install::run_git(layout, arguments);
  const auto commit = ObjectId::from_hex(result.output.substr(0, result.output.find('\n')));
  if (result.status == 0 && commit) return *commit;
  throw core::Error(core::ExitCode::broken,
                    "cannot make the merge commit: " + install::in_one_line(result));
}

// What only the merged tree can tell, whatever single commits did on the way to it.
bool of_the_whole(core::Rule rule) {
  return rule == core::Rule::layer || rule == core::Rule::imports;
}

// Whether somebody of another stream holds it: the stream's own agents may bring what they hold.
bool held_by_other_stream(const MergeTask& task, const std::string& path) {
  const bool ignore_case = task.repository().ignore_case();
  core::LockTable locks = session::known_locks(task.session, {&path, 1});
  std::erase_if(locks, [&](const core::Lock& lock) {
    const auto agent = core::AgentId::parse(lock.agent);
    const core::StreamSpec* stream = agent ? task.session.policy().stream_of(*agent) : nullptr;
    return stream != nullptr && stream->id == task.spec.id;
  });
  const std::string nobody;
  return analyzers::held_by_other(locks, path, nobody, task.session.now(), ignore_case) != nullptr;
}

// What the single commits break, found again in those of them that the integration branch lacks.
void add_commits_verdict(const MergeTask& task, const ObjectId& integration, const ObjectId& tip,
                         core::Verdict& verdict) {
  std::set<core::Finding> known;
  const gates::FullCheck check =
      gates::check_range(task.session, task.part ? task.part->tip : integration, tip,
                         branch_ref(name_here(task.branch, task.remote)));
  for (const report::Entry& entry : check.entries) {
    if (entry.accepted || of_the_whole(entry.finding.rule)) continue;
    core::Finding finding = entry.finding;
    if (!known.insert(finding).second) continue;
    if (finding.rule == core::Rule::lock && !held_by_other_stream(task, finding.path)) continue;
    finding.message += fmt::format(" (in {})", core::short_id(entry.commit));
    verdict.findings.push_back(std::move(finding));
  }
}

}  // namespace

MadeMerge make_merge(const MergeTask& task, const ObjectId& integration, const ObjectId& tip) {
  // What a host has squashed of it would meet itself again: only the rest is merged then.
  const auto rest =
      task.part ? git::rest_of_branch(task.repository(), *task.part, tip) : std::nullopt;
  git::TreeMerge merge = merge_in_memory(task, integration, rest.value_or(tip));
  if (merge.clean) return {commit_tree(task, integration, tip, merge.tree), {}};
  if (rest) conflicts::name_branch(*rest, task.branch, merge.unmerged, merge.messages);
  conflicts::name_branch(integration, task.into, merge.unmerged, merge.messages);
  conflicts::name_branch(tip, task.branch, merge.unmerged, merge.messages);
  return {{}, conflicts_of(task, integration, tip, merge)};
}

MergeJudgement judge_merge(const MergeTask& task, const ObjectId& integration, const ObjectId& tip,
                           const ObjectId& merge) {
  const core::Identity own = task.session.identity();
  MergeJudgement judgement;
  core::Verdict& verdict = judgement.verdict;
  verdict.findings = conflicts::judge_merged(task.session, integration, merge);
  task.session.act_as({task.spec.id, std::nullopt, core::Identity::Source::branch});
  add_commits_verdict(task, integration, tip, verdict);
  task.session.act_as(own);
  std::ranges::stable_sort(verdict.findings, {}, &core::Finding::path);
  judgement.files = git::changes_between(task.repository(), integration, merge).size();
  return judgement;
}

}  // namespace gs::streams
