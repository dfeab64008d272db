#include "lib/streams/lifecycle/completion_checks.h"

#include <algorithm>

#include "lib/app/full_check.h"
#include "lib/app/verdict_text.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/names.h"
#include "lib/core/scope.h"
#include "lib/core/text.h"
#include "lib/platform/process_mark.h"
#include "lib/store/locks.h"
#include "lib/streams/worktree_state.h"

namespace gs::streams {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using core::Identity;

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& next) {
  throw Error(ExitCode::findings, what, next);
}

class Checks {
 public:
  Checks(app::Session& session, const CompletionRequest& request, const core::StreamSpec& stream,
         const store::StreamRecord& record, const StreamWork& work)
      : session_(session),
        request_(request),
        stream_(stream),
        record_(record),
        work_(work),
        scopes_(session.policy(), {stream.id, request.agent, Identity::Source::none},
                session.repository().ignore_case()) {}

  void run() const {
    check_order();
    check_running();
    check_worktree();
    check_gates();
  }

 private:
  std::string who() const {
    return request_.agent ? request_.agent->full() : "stream " + stream_.id.str();
  }

  std::string again() const {
    return "git stream complete " +
           (request_.agent ? request_.agent->short_name() : stream_.id.str());
  }

  void check_order() const {
    const core::AgentSpec* spec =
        request_.agent ? session_.policy().find_agent(*request_.agent) : nullptr;
    if (spec == nullptr) return;
    const auto streams = store::read_streams(session_.state());
    const auto missing = missing_agents(session_.policy(), streams, *spec);
    if (missing.empty()) return;
    std::string names;
    for (const core::AgentId& agent : missing) names += (names.empty() ? "" : ", ") + agent.full();
    refuse(who() + " comes after " + names + ", which " + (missing.size() == 1 ? "is" : "are") +
               " not complete",
           "git stream complete " + missing.front().short_name());
  }

  // An agent may say of itself that it is done while its command is still running.
  void check_running() const {
    if (request_.anyway) return;
    const auto& self = session_.identity().agent;
    for (const store::AgentRun& run : record_.runs) {
      const bool concerned = !request_.agent || run.agent == *request_.agent;
      if (!concerned || run.ended_at || run.agent == self) continue;
      if (platform::liveness(run.process) == platform::Liveness::ended) continue;
      refuse(run.agent.full() + " is still running (pid " + std::to_string(run.process.pid) + ")",
             "wait for it, or " + again() + " --anyway");
    }
  }

  fs::path worktree() const {
    const git::Layout& layout = session_.repository().layout();
    const std::string path = record_.worktree.empty()
                                 ? worktree_for(layout, session_.policy(), stream_)
                                 : record_.worktree;
    return absolute_worktree(layout, path);
  }

  void check_worktree() const {
    const fs::path folder = worktree();
    const auto found = worktree_at(session_.repository(), folder);
    if (!found) {
      refuse("the worktree of stream " + stream_.id.str() + ", " +
                 core::quote_path(folder.native()) +
                 ", is gone: what was not committed is not known",
             "git stream start " + stream_.id.str());
    }
    const std::string there = "git -C " + core::quote_shell(folder.native());
    const auto operation = unfinished(*found);
    if (!request_.agent && operation)
      refuse(*operation + " is under way in the worktree of " + who(), there + " status");
    if (!request_.agent && found->branch != work_.branch) {
      const std::string branch = work_.branch.str();
      refuse("the worktree of " + who() + " is " +
                 (found->branch ? "on " + core::printable(found->branch->str()) : "detached") +
                 ", not on " + core::printable(branch),
             there + " switch " + core::quote_shell(branch));
    }
    check_clean(*found, there);
  }

  // Others may have work in hand in the same worktree: an agent answers for its own.
  bool concerns(const std::string& path, const core::LockTable& locks) const {
    if (!request_.agent) return true;
    const core::Standing standing = scopes_.place(path).standing;
    const bool ignore_case = session_.repository().ignore_case();
    return standing == core::Standing::mine ||
           (standing != core::Standing::foreign &&
            std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
              return core::same_holder(lock.agent, request_.agent->full()) &&
                     core::covers(lock, path, ignore_case);
            }));
  }

  void check_clean(const git::Worktree& found, const std::string& there) const {
    constexpr std::size_t kNamed = 10;
    const core::LockTable locks = store::read_locks(session_.state());
    std::vector<std::string> paths = uncommitted(found, Untracked::each);
    std::erase_if(paths, [&](const std::string& path) { return !concerns(path, locks); });
    if (paths.empty()) return;
    std::string text =
        who() + " is not complete: " + core::counted(paths.size(), "path") + " not committed";
    for (std::size_t i = 0; i < paths.size() && i < kNamed; ++i)
      text += "\n  " + core::quote_path(paths[i]);
    if (paths.size() > kNamed)
      text += "\n  … and " + std::to_string(paths.size() - kNamed) + " more";
    refuse(text, there + " status, then commit or remove them");
  }

  // Locks are for changing: what is committed is judged without those that the stream's own agents
  // hold, and without asking again for locks that were needed then.
  bool still_wrong(const core::Finding& finding, const core::LockTable& locks) const {
    if (finding.severity != core::Severity::block) return false;
    if (finding.rule == core::Rule::unowned)
      return session_.policy().rules.unowned == core::Unowned::block;
    if (request_.agent && scopes_.place(finding.path).standing != core::Standing::mine)
      return false;
    if (finding.rule != core::Rule::lock) return true;
    return std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
      return lock.live(session_.now()) && !own_holder(lock.agent) &&
             core::covers(lock, finding.path, session_.repository().ignore_case());
    });
  }

  bool own_holder(const std::string& holder) const {
    const auto agent = core::AgentId::parse(holder);
    const core::StreamSpec* home = agent ? session_.policy().stream_of(*agent) : nullptr;
    return home == &stream_ || core::same_holder(holder, "stream-" + stream_.id.str());
  }

  void check_gates() const {
    const Identity asking = session_.identity();
    const Identity as{stream_.id, std::nullopt, Identity::Source::branch};
    session_.act_as(as);
    app::FullCheck check;
    try {
      check = app::check_range(session_, work_.base, work_.tip, work_.branch.str());
    } catch (...) {
      session_.act_as(asking);
      throw;
    }
    session_.act_as(asking);
    const core::LockTable locks = store::read_locks(session_.state());
    core::Verdict verdict;
    for (const report::Entry& entry : check.entries) {
      if (!entry.accepted && still_wrong(entry.finding, locks))
        verdict.findings.push_back(entry.finding);
    }
    if (verdict.findings.empty()) return;
    constexpr std::string_view kPrefix = "git-stream: ";
    const Identity spoken{stream_.id, request_.agent, Identity::Source::branch};
    std::string text = app::verdict_text(verdict, spoken, "completion").substr(kPrefix.size());
    text.pop_back();
    refuse(text, "git stream check --range " +
                     core::quote_shell(session_.policy().integration_branch.str() + ".." +
                                       work_.branch.str()));
  }

  app::Session& session_;
  const CompletionRequest& request_;
  const core::StreamSpec& stream_;
  const store::StreamRecord& record_;
  const StreamWork& work_;
  const core::ScopeMap scopes_;
};

}  // namespace

void check_completion(app::Session& session, const CompletionRequest& request,
                      const core::StreamSpec& stream, const store::StreamRecord& record,
                      const StreamWork& work) {
  Checks(session, request, stream, record, work).run();
}

}  // namespace gs::streams
