// `check` of the index and of commits: the gates' verdict, without their log.

#include "analyzers/import_conflicts.h"
#include "lib/app/full_check.h"
#include "lib/app/judgement.h"
#include "lib/core/error.h"
#include "lib/git/history.h"

namespace gs::app {

namespace {

void add_verdict(Session& session, const core::Verdict& verdict, const std::string& commit,
                 FullCheck& check) {
  for (const core::Finding& finding : verdict.findings)
    check.entries.push_back({finding, false, commit});
  const core::Action action = session.policy().rules.import_conflict;
  for (const core::ImportConflict& conflict : verdict.conflicts) {
    if (auto finding = analyzers::as_finding(conflict, action))
      check.entries.push_back({std::move(*finding), false, commit});
  }
}

// What was judged at a gate of its own: the integration branch and other streams' branches, each
// with its upstream.
std::vector<core::ObjectId> judged_elsewhere(Session& session) {
  const git::Repository& repository = session.repository();
  std::vector<core::ObjectId> tips;
  const auto add = [&](const core::BranchName& branch, const core::ObjectId& tip) {
    tips.push_back(tip);
    const auto upstream = repository.upstream_ref(branch);
    if (const auto remote = upstream ? repository.resolve(*upstream) : std::nullopt)
      tips.push_back(*remote);
  };
  const core::BranchName& integration = session.policy().integration_branch;
  const auto own = session.identity().stream;
  for (const auto& [branch, tip] : git::branches(repository)) {
    const auto stream = core::stream_of_branch(session.policy(), branch);
    if (branch == integration || (stream && stream != own)) add(branch, tip);
  }
  const auto remote = repository.resolve("refs/remotes/origin/" + integration.str());
  if (remote) tips.push_back(*remote);
  return tips;
}

// Whoever asks about a stream's branch asks how that stream does.
void ask_as_stream(Session& session, std::string branch) {
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

FullCheck check_staged(Session& session, std::string_view top) {
  const git::Layout& layout = session.repository().layout();
  if (!layout.worktree && !layout.main_worktree) {
    throw core::Error(core::ExitCode::usage, "a bare repository has no index",
                      "git stream check --all, or --range A..B");
  }
  const StagedChange change(session.repository());
  FullCheck check;
  check.files = change.judged.size();
  add_verdict(session, judge_change(session, change.tree(), top), {}, check);
  return check;
}

FullCheck check_range(Session& session, const core::ObjectId& from, const core::ObjectId& to,
                      std::string branch) {
  ask_as_stream(session, std::move(branch));
  const git::Repository& repository = session.repository();
  std::vector<core::ObjectId> hidden = judged_elsewhere(session);
  hidden.push_back(from);
  FullCheck check;
  for (const git::Commit& commit : git::commits_between(repository, hidden, to)) {
    std::vector<core::ObjectId> others = commit.parents;
    std::optional<core::ObjectId> first;
    if (!others.empty()) {
      first = others.front();
      others.erase(others.begin());
    }
    const core::ChangeSet judged = git::changes_of(repository, commit);
    const core::ChangeSet whole =
        others.empty() ? judged : git::changes_between(repository, first, commit.id);
    check.files += judged.size();
    add_verdict(session, judge_change(session, {first, whole, judged, others}), commit.id.hex(),
                check);
  }
  return check;
}

}  // namespace gs::app
