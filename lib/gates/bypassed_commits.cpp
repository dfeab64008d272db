#include "lib/gates/bypassed_commits.h"

#include <algorithm>

#include "analyzers/ownership.h"
#include "lib/session/known_locks.h"
#include "lib/state/journal.h"
#include "lib/state/locks.h"
#include "lib/state/warnings.h"

namespace gs::gates {

namespace {

using core::Rule;
using Kind = state::JudgedCommit::Kind;

}  // namespace

// A commit that a gate before it let through is named by its `committed` line; what was stopped at
// the ref update, by the `bypassed` line itself.
const std::vector<BypassedCommits::Reason>& BypassedCommits::reasons_of(
    const core::ObjectId& commit) {
  if (!reasons_) {
    reasons_.emplace();
    const auto& log = session_.state().activity();
    for (const state::LogLine& line : state::read_actions(log, "committed")) {
      std::string reason = state::log_field(line.activity, "bypass");
      if (reason.empty()) continue;
      (*reasons_)[state::log_field(line.activity, "commit")].push_back(
          {line.activity.agent, std::move(reason)});
    }
    for (const state::LogLine& line : state::read_actions(log, "bypassed")) {
      const std::string reason = state::log_field(line.activity, "reason");
      for (const std::string& id : state::plain_texts(state::log_field(line.activity, "commits")))
        (*reasons_)[id].push_back({line.activity.agent, reason});
    }
  }
  return (*reasons_)[commit.hex()];
}

std::optional<BypassedCommit> BypassedCommits::find(const core::ObjectId& commit,
                                                    const std::vector<std::string>& by) {
  for (const state::JudgedCommit& entry : known_.entries_of(commit)) {
    if (entry.kind != Kind::bypassed && entry.kind != Kind::by_name) continue;
    const auto is_entry = [&](const std::string& name) {
      return core::same_holder(name.substr(0, state::kLongestWho), entry.who);
    };
    if (!by.empty() && std::ranges::none_of(by, is_entry)) continue;
    for (const Reason& reason : reasons_of(commit)) {
      if (is_entry(reason.who)) return BypassedCommit{commit, reason.who, reason.text, entry.time};
    }
  }
  return std::nullopt;
}

bool BypassedCommits::stood_then(const core::Finding& finding, const core::Verdict& verdict,
                                 const BypassedCommit& bypassed) {
  if (finding.rule == Rule::lock) {
    const auto locks = session::all_known_locks(session_);
    const core::Lock* lock =
        analyzers::held_by_other(locks, finding.path, session_.identity().name(), session_.now(),
                                 session_.repository().ignore_case());
    return lock != nullptr && lock->acquired <= bypassed.time;
  }
  const core::Identity& who = session_.identity();
  return std::ranges::all_of(verdict.conflicts, [&](const core::ImportConflict& conflict) {
    if (conflict.path != finding.path || conflict.line != finding.line) return true;
    return state::was_warned(
        session_.state().warnings(),
        {conflict, who.name(), who.stream ? who.stream->str() : "", bypassed.time, {}});
  });
}

void BypassedCommits::take_out(core::Verdict& verdict, const BypassedCommit& bypassed) {
  std::erase_if(verdict.findings, [&](const core::Finding& finding) {
    if (finding.severity != core::Severity::block) return false;
    const bool of_then = finding.rule != Rule::lock && finding.rule != Rule::import_conflict;
    return of_then || stood_then(finding, verdict, bypassed);
  });
}

}  // namespace gs::gates
