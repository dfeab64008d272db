#include "lib/streams/lifecycle/completion_checks.h"

#include <algorithm>

#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/gates/tree_check.h"
#include "lib/platform/process_id.h"
#include "lib/state/locks.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using conflicts::StreamBranch;
using core::AgentId;
using core::Error;
using core::ExitCode;
using core::Identity;
using core::StreamSpec;

[[noreturn]] void refuse(const std::string& what, const std::string& next) {
  throw Error(ExitCode::findings, what, next);
}

void check_order(const CompletionTask& task) {
  const auto& agent = task.request.agent;
  const core::AgentSpec* spec = agent ? task.session.policy().find_agent(*agent) : nullptr;
  if (spec == nullptr) return;
  const auto streams = state::read_streams(task.session.state());
  const auto missing = conflicts::missing_agents(task.session.policy(), streams, *spec);
  if (missing.empty()) return;
  const std::string names = core::joined(missing, std::mem_fn(&AgentId::full));
  refuse(task.title() + " comes after " + names + ", which " +
             (missing.size() == 1 ? "is" : "are") + " not complete",
         "git stream complete " + missing.front().short_name());
}

// An agent may say of itself that it is done while its command is still running.
void check_running(const CompletionTask& task) {
  const auto& asked = task.request.agent;
  if (task.request.anyway) return;
  const auto& self = task.session.identity().agent;
  for (const state::AgentRun& run : task.record.runs) {
    const bool concerned = !asked || run.agent == *asked;
    if (!concerned || run.ended_at || run.agent == self) continue;
    if (platform::liveness(run.process) == platform::Liveness::ended) continue;
    const std::string again =
        "git stream complete " + (asked ? asked->short_name() : task.stream.id.str());
    refuse(run.agent.full() + " is still running (pid " + std::to_string(run.process.pid) + ")",
           "wait for it, or " + again + " --anyway");
  }
}

core::ScopeMap scopes_of(const CompletionTask& task) {
  return {task.session.policy(),
          {task.stream.id, task.request.agent, Identity::Source::none},
          task.session.repository().ignore_case()};
}

// The paths that are not committed and for which the stream, or the agent, answers. Others may have
// work in hand in the same worktree: an agent answers for its own scope, and for what it holds.
std::vector<std::string> own_uncommitted(const CompletionTask& task,
                                         const git::Worktree& worktree) {
  const core::LockTable locks = state::read_locks(task.session.state());
  std::vector<std::string> paths = uncommitted(worktree, Untracked::each);
  if (!task.request.agent) return paths;
  const core::ScopeMap scopes = scopes_of(task);
  const bool ignore_case = task.session.repository().ignore_case();
  std::erase_if(paths, [&](const std::string& path) {
    const core::Standing standing = scopes.place(path).standing;
    if (standing == core::Standing::mine) return false;
    return standing == core::Standing::foreign ||
           std::ranges::none_of(locks, [&](const core::Lock& lock) {
             return core::same_holder(lock.agent, task.request.agent->full()) &&
                    core::covers(lock, path, ignore_case);
           });
  });
  return paths;
}

void check_clean(const CompletionTask& task, const git::Worktree& worktree,
                 const std::string& git) {
  constexpr std::size_t kNamed = 10;
  const std::vector<std::string> paths = own_uncommitted(task, worktree);
  if (paths.empty()) return;
  std::string text =
      task.title() + " is not complete: " + core::counted(paths.size(), "path") + " not committed";
  for (std::size_t i = 0; i < paths.size() && i < kNamed; ++i)
    text += "\n  " + core::quote_path(paths[i]);
  if (paths.size() > kNamed) text += "\n  … and " + std::to_string(paths.size() - kNamed) + " more";
  refuse(text, git + " status, then commit or remove them");
}

// What a branch that is none of the stream's may hold is not complete.
void check_outside(const CompletionTask& task) {
  for (const conflicts::OutsideBranch& outside : task.outside) {
    if (task.request.agent && outside.agent != task.request.agent) continue;
    if (outside.has_work)
      refuse(outside.described() + " has commits of stream " + task.stream.id.str() +
                 ", and is no branch of it by the naming rule",
             outside.next);
    std::string usual;
    for (const CompletedWork& one : task.works)
      usual += (usual.empty() ? "" : " or ") + core::printable(one.branch.name.str());
    refuse("the worktree of " + task.title() + " is " +
               (outside.name ? "on " + core::printable(outside.name->str()) : "detached") +
               ", not on " + usual,
           outside.next);
  }
}

std::string git_in(const fs::path& folder) {
  return "git -C " + core::quote_shell(folder.native());
}

void check_worktree(const CompletionTask& task, const git::Worktree& worktree) {
  const std::string git = git_in(worktree.path);
  const auto operation = unfinished(task.session.repository().layout(), worktree);
  if (!task.request.agent && operation)
    refuse(*operation + " is under way in the worktree of " + task.title(), git + " status");
  check_clean(task, worktree, git);
}

// A worktree that was started, and is not there: nobody knows what was in it. Unless all that it
// was made for is in.
void check_not_gone(const CompletionTask& task, const std::string& recorded,
                    const core::BranchName& branch) {
  const auto work = std::ranges::find_if(
      task.works, [&](const CompletedWork& one) { return one.branch.name == branch; });
  const bool elsewhere = work != task.works.end() && !work->branch.worktrees.empty();
  if (recorded.empty() || elsewhere) return;
  const git::Repository& repository = task.session.repository();
  const fs::path folder = conflicts::absolute_worktree(repository.layout(), recorded);
  const bool in = work != task.works.end() && work->branch.has_work && work->branch.is_in();
  if (in || worktree_at(repository, folder)) return;
  // `start` leaves a stream alone that was completed once.
  const bool again = task.record.status == core::StreamStatus::completed;
  refuse("the worktree of stream " + task.stream.id.str() + ", " +
             core::quote_path(folder.native()) + ", is gone: what was not committed is not known",
         again ? "git worktree add " + core::quote_shell(folder.native()) + " " +
                     core::quote_shell(branch.str())
               : "git stream start " + task.stream.id.str());
}

void check_worktrees(const CompletionTask& task) {
  check_not_gone(task, task.record.worktree, task.record.branch);
  for (const state::BranchRecord& branch : task.record.branches) {
    const bool concerned = !task.request.agent || branch.agent == task.request.agent;
    if (concerned) check_not_gone(task, branch.worktree, branch.branch);
  }
  check_outside(task);
  for (const CompletedWork& one : task.works) {
    for (const git::Worktree& worktree : one.branch.worktrees) check_worktree(task, worktree);
  }
}

// Nothing was done: that is no completion, unless somebody says so.
void check_any_work(const CompletionTask& task) {
  const bool any =
      std::ranges::any_of(task.works, [](const CompletedWork& one) { return one.branch.has_work; });
  const bool shared =
      task.request.agent && std::ranges::none_of(task.works, [&](const CompletedWork& one) {
        return one.branch.agent == task.request.agent;
      });
  if (any || shared || task.request.empty) return;
  refuse(task.title() + " has no commits: nothing was done on " +
             core::printable(task.works.front().branch.name.str()),
         "commit the work, or git stream complete " + task.name() + " --empty");
}

bool is_own_holder(const CompletionTask& task, const std::string& holder) {
  const auto agent = AgentId::parse(holder);
  const StreamSpec* home = agent ? task.session.policy().stream_of(*agent) : nullptr;
  return home == &task.stream || core::same_holder(holder, "stream-" + task.stream.id.str());
}

// Locks are for changing: what is committed is judged without those that the stream's own agents
// hold, and without asking again for locks that were needed then.
bool still_wrong(const CompletionTask& task, const core::ScopeMap& scopes,
                 const core::LockTable& locks, const core::Finding& finding) {
  if (finding.severity != core::Severity::block) return false;
  if (finding.rule == core::Rule::unowned)
    return task.session.policy().rules.unowned == core::Unowned::block;
  if (task.request.agent && scopes.place(finding.path).standing != core::Standing::mine)
    return false;
  if (finding.rule != core::Rule::lock) return true;
  return std::ranges::any_of(locks, [&](const core::Lock& lock) {
    return lock.live(task.session.now()) && !is_own_holder(task, lock.agent) &&
           core::covers(lock, finding.path, task.session.repository().ignore_case());
  });
}

// The work's commits as the gates judge them on the stream's branch.
gates::FullCheck check_as_stream(const CompletionTask& task, const conflicts::StreamWork& work) {
  const Identity asking = task.session.identity();
  task.session.act_as({task.stream.id, std::nullopt, Identity::Source::branch});
  try {
    gates::FullCheck check =
        gates::check_range(task.session, work.base, work.tip, work.branch.str());
    task.session.act_as(asking);
    return check;
  } catch (...) {
    task.session.act_as(asking);
    throw;
  }
}

void check_gates(const CompletionTask& task, const conflicts::StreamWork& work) {
  const gates::FullCheck check = check_as_stream(task, work);
  const core::LockTable locks = state::read_locks(task.session.state());
  const core::ScopeMap scopes = scopes_of(task);
  core::Verdict verdict;
  for (const report::Entry& entry : check.entries) {
    if (!entry.accepted && still_wrong(task, scopes, locks, entry.finding))
      verdict.findings.push_back(entry.finding);
  }
  if (verdict.findings.empty()) return;
  constexpr std::string_view kPrefix = "git-stream: ";
  const Identity spoken{task.stream.id, task.request.agent, Identity::Source::branch};
  std::string text = gates::verdict_text(verdict, spoken, "completion").substr(kPrefix.size());
  text.pop_back();
  refuse(text, "git stream check --range " +
                   core::quote_shell(task.session.policy().integration_branch.str() + ".." +
                                     work.branch.str()));
}

}  // namespace

void check_completion(const CompletionTask& task) {
  check_order(task);
  check_running(task);
  check_worktrees(task);
  check_any_work(task);
  for (const CompletedWork& one : task.works) {
    if (!one.branch.is_in()) check_gates(task, one.work);
  }
}

}  // namespace gs::streams
