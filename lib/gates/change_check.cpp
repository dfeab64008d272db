// `check` of the index and of commits: the gates' verdict, without their log.

#include <set>

#include "analyzers/import_conflicts.h"
#include "lib/gates/arrivals.h"
#include "lib/gates/new_commits.h"
#include "lib/gates/tree_check.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/pushed_refs.h"
#include "lib/core/error.h"

namespace gs::gates {

namespace {

void add_verdict(session::Session& session, const core::Verdict& verdict, FullCheck& check) {
  for (const core::Finding& finding : verdict.findings)
    check.entries.push_back({finding, false, {}});
  const core::Action action = session.policy().rules.import_conflict;
  for (const core::ImportConflict& conflict : verdict.conflicts) {
    if (auto finding = analyzers::as_finding(conflict, action))
      check.entries.push_back({std::move(*finding), false, {}});
  }
}

// Whoever asks about a stream's branch asks how that stream does.
void ask_as_stream(session::Session& session, std::string branch) {
  const auto drop = [&](std::string_view start) {
    if (branch.starts_with(start)) branch.erase(0, start.size());
  };
  drop("refs/heads/");
  drop("refs/remotes/");
  drop("origin/");
  const auto stream = core::stream_of_branch(session.policy(), core::BranchName(branch));
  if (stream && stream != session.identity().stream)
    session.act_as({stream, std::nullopt, core::Identity::Source::branch});
}

}  // namespace

FullCheck check_staged(session::Session& session, std::string_view top) {
  const git::Layout& layout = session.repository().layout();
  if (!layout.worktree && !layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "a bare repository has no index",
                      "git stream check --all, or --range A..B");
  }
  const StagedChange change(session.repository());
  FullCheck check;
  check.files = change.judged.size();
  add_verdict(session, judge_change(session, change.tree(), top), check);
  return check;
}

namespace {

// A commit that is checked out without a branch, as CI does it, may be the tip of a stream's.
void ask_as_stream_at(session::Session& session, const core::ObjectId& tip) {
  if (!session.identity().outsider()) return;
  std::set<core::StreamId> streams;
  for (const JudgedTip& judged : judged_tips(session)) {
    if (judged.stream && judged.commit == tip) streams.insert(*judged.stream);
  }
  if (streams.size() == 1)
    session.act_as({*streams.begin(), std::nullopt, core::Identity::Source::branch});
}

// As identity().
FullCheck judge_range(session::Session& session, const core::ObjectId& from, const core::ObjectId& to,
                      std::vector<LocatedFinding> findings) {
  CommitJudge judge(session);
  judge.judge(arrivals(session, {from}, to), session.identity(), findings);
  FullCheck check;
  check.files = judge.files();
  for (LocatedFinding& located : findings) {
    check.entries.push_back({std::move(located.finding), false,
                             located.commit ? located.commit->hex() : std::string()});
  }
  return check;
}

}  // namespace

FullCheck check_range(session::Session& session, const core::ObjectId& from, const core::ObjectId& to,
                      std::string branch) {
  ask_as_stream(session, std::move(branch));
  ask_as_stream_at(session, to);
  return judge_range(session, from, to, {});
}

FullCheck check_push(session::Session& session, const core::ObjectId& from, const core::ObjectId& to,
                     const core::BranchName& branch) {
  const RefMove move{"refs/heads/" + branch.str(), from, to};
  const auto source = session.identity().source;
  if (source != core::Identity::Source::environment && source != core::Identity::Source::worktree) {
    const auto stream = stream_of_ref(session.policy(), move.ref);
    session.act_as(stream ? core::Identity{stream, {}, core::Identity::Source::branch}
                          : core::Identity{});
  }
  std::vector<LocatedFinding> findings;
  judge_ref(session, move, session.identity(), findings);
  return judge_range(session, from, to, std::move(findings));
}

}  // namespace gs::gates
