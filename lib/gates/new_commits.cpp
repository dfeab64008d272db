#include "lib/gates/new_commits.h"

#include <algorithm>

#include "analyzers/import_conflicts.h"
#include "lib/gates/verdict_text.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/trailers.h"
#include "lib/state/journal.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace {

using core::Finding;
using core::Identity;
using core::Rule;

constexpr std::size_t kAbbreviated = 10;

std::string short_id(const core::ObjectId& id) {
  return id.hex().substr(0, kAbbreviated);
}

// The step after which a commit can be made again, without what was wrong with it.
std::string undo_command(const git::Commit& commit) {
  return commit.parents.empty() ? "git update-ref -d HEAD"
                                : "git reset --soft " + short_id(commit.id) + "^";
}

// Each agent or stream that the policy knows, once.
template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

struct Named {
  std::vector<core::AgentId> agents;
  std::vector<core::StreamId> streams;  // theirs, and those named as such
};

// A key that means something else to its writer names nobody.
Named names_in(const git::Commit& commit, const core::Policy& policy) {
  Named named;
  if (commit.message.find(':') == std::string::npos) return named;
  for (const core::Trailer& trailer : core::read_trailers(commit.message)) {
    if (trailer.key == "Agent") {
      const auto agent = core::AgentId::parse(trailer.value);
      const core::StreamSpec* stream = agent ? policy.stream_of(*agent) : nullptr;
      if (stream == nullptr) continue;
      add_once(named.agents, *agent);
      add_once(named.streams, stream->id);
    } else if (trailer.key == "Stream") {
      const core::StreamId id(trailer.value);
      if (policy.find_stream(id) != nullptr) add_once(named.streams, id);
    }
  }
  return named;
}

Finding of_another_stream(const Identity& said, const Identity& who, const core::Policy& policy) {
  const core::Severity severity =
      policy.rules.scope == core::Action::warn ? core::Severity::warn : core::Severity::block;
  return {Rule::scope,
          severity,
          {},
          0,
          "its trailers say " + describe(said) + ", not stream " + who.stream->str(),
          {}};
}

}  // namespace

CommitJudge::Maker CommitJudge::maker_of(const git::Commit& commit, const Identity& who) {
  const core::Policy& policy = session_.policy();
  Maker maker{who, false, {}};
  if (policy.streams.empty()) return maker;
  const Named named = names_in(commit, policy);
  if (named.streams.size() != 1) return maker;  // nobody, or several streams' work in one
  Identity said{named.streams.front(), std::nullopt, Identity::Source::branch};
  if (named.agents.size() == 1) said.agent = named.agents.front();
  if (!who.stream || who.stream == said.stream) {
    if (!said.agent && who.stream) return maker;  // nothing that was not known
    maker.identity = said;
    maker.named = true;
  } else if (policy.rules.scope != core::Action::off) {
    maker.problem = of_another_stream(said, who, policy);
  }
  return maker;
}

// Then only locks could be said against it, and there are none.
bool CommitJudge::concerns_nobody(const Identity& identity) {
  if (!identity.outsider() || session_.policy().rules.outsider != core::Outsider::allow)
    return false;
  if (!any_locks_) {
    const core::LockTable locks = state::read_locks(session_.state());
    any_locks_ = std::any_of(locks.begin(), locks.end(),
                             [&](const core::Lock& lock) { return lock.expires > session_.now(); });
  }
  return !*any_locks_;
}

void CommitJudge::require_whole(const git::Commit& commit) {
  if (!shallow_) {
    const auto ends = git::shallow_ends(session_.repository());
    shallow_.emplace(ends.begin(), ends.end());
  }
  if (shallow_->empty()) return;
  if (!shallow_->contains(commit.id) && !commit.parents.empty()) return;
  throw core::Error(core::ExitCode::broken,
                    "this clone is shallow: what commit " + short_id(commit.id) +
                        " and those before it changed cannot be known",
                    "git fetch --unshallow (in CI: a clone with all of its history)");
}

core::Verdict CommitJudge::judge_as(const git::Commit& commit, const Identity& identity) {
  session_.act_as(identity);
  CommitVerdict judged = judge_commit(session_, commit);
  core::Verdict verdict = std::move(judged.verdict);
  files_ += judged.files;
  const core::Rules& rules = session_.policy().rules;
  for (const core::ImportConflict& conflict : verdict.conflicts) {
    if (auto finding = analyzers::as_finding(conflict, rules.import_conflict))
      verdict.findings.push_back(std::move(*finding));
  }
  // The lock was needed when the commit was made, and may have been given back since.
  if (rules.unowned == core::Unowned::lock)
    std::erase_if(verdict.findings, [](const auto& one) { return one.rule == Rule::unowned; });
  return verdict;
}

std::optional<core::AgentId> CommitJudge::logged_maker(const git::Commit& commit) {
  if (!logged_) {
    logged_.emplace();
    state::LogFilter filter;
    filter.action = "committed";
    for (const state::LogLine& line : state::read_log(session_.state().activity(), filter).lines)
      (*logged_)[state::log_field(line.activity, "commit")] = line.activity.agent;
  }
  const auto found = logged_->find(commit.id.hex());
  return found == logged_->end() ? std::nullopt : core::AgentId::parse(found->second);
}

void CommitJudge::judge(const std::vector<git::Commit>& commits, const Identity& who,
                        std::vector<LocatedFinding>& findings) {
  constexpr std::size_t kKeptTrees = 256;  // commits after which memory is given back
  const Identity before = session_.identity();
  for (const git::Commit& commit : commits) {
    if (++judged_ % kKeptTrees == 0) git::forget_trees(session_.repository());
    const std::size_t first = findings.size();
    const Maker maker = maker_of(commit, who);
    if (maker.problem) findings.push_back({*maker.problem, commit.id});
    if (concerns_nobody(maker.identity)) continue;
    require_whole(commit);
    core::Verdict verdict = judge_as(commit, maker.identity);
    if (verdict.blocks() && maker.identity.agent && !maker.named) {
      // Several agents of a stream may share a branch: this one may be another's.
      const auto other = logged_maker(commit);
      const core::StreamSpec* stream = other ? session_.policy().stream_of(*other) : nullptr;
      if (stream != nullptr && stream->id == who.stream && other != who.agent)
        verdict = judge_as(commit, {who.stream, other, Identity::Source::branch});
    }
    for (Finding& finding : verdict.findings) findings.push_back({std::move(finding), commit.id});
    for (std::size_t i = first; i < findings.size(); ++i) {
      std::string& hint = findings[i].finding.hint;
      if (hint.empty()) hint = undo_command(commit);
    }
  }
  session_.act_as(before);
}

std::string remark_of(const LocatedFinding& finding) {
  return finding.commit ? "in " + short_id(*finding.commit) : "";
}

}  // namespace gs::gates
