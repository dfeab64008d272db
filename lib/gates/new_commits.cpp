#include "lib/gates/new_commits.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "analyzers/import_conflicts.h"
#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/trailers.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/leases/received_leases.h"
#include "lib/gates/next_steps.h"
#include "lib/gates/reporting.h"
#include "lib/session/known_locks.h"
#include "lib/state/journal.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace {

using core::Finding;
using core::Identity;
using core::Rule;

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
          "its trailers say " + session::describe(said) + ", not stream " + who.stream->str(),
          {}};
}

// What may have come to stand against a commit since it was let through.
bool is_of_the_moment(const Finding& finding) {
  return finding.rule == Rule::lock || finding.rule == Rule::import_conflict ||
         finding.severity != core::Severity::block;
}

}  // namespace

std::vector<core::StreamId> streams_named(const git::Commit& commit, const core::Policy& policy) {
  return names_in(commit, policy).streams;
}

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
  if (leases_ != nullptr) return false;
  if (!any_locks_) {
    const core::LockTable locks = session::all_known_locks(session_);
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
                    "this clone is shallow: what commit " + core::short_id(commit.id) +
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
  if (leases_ != nullptr) leases_->judge(session_, commit, verdict);
  // The lock was needed when the commit was made, and may have been given back since.
  if (rules.unowned == core::Unowned::lock)
    std::erase_if(verdict.findings, [](const auto& one) { return one.rule == Rule::unowned; });
  return verdict;
}

std::map<std::string, std::string> logged_committers(session::Session& session) {
  std::map<std::string, std::string> logged;
  for (const state::LogLine& line : state::read_actions(session.state().activity(), "committed"))
    logged[state::log_field(line.activity, "commit")] = line.activity.agent;
  return logged;
}

std::string CommitJudge::logged_name(const git::Commit& commit) {
  if (!logged_) logged_ = logged_committers(session_);
  const auto found = logged_->find(commit.id.hex());
  return found == logged_->end() ? std::string() : found->second;
}

bool CommitJudge::let_through_before(const git::Commit& commit, const Identity& who) {
  session_.act_as(who);
  return known().own_entry(commit.id) != nullptr;
}

// By whom it is judged as, or by its maker of the same stream.
void CommitJudge::take_out_bypassed(const git::Commit& commit, const Identity& maker,
                                    const Identity& who, core::Verdict& verdict) {
  std::vector<std::string> by{maker.name()};
  const std::string logged = logged_name(commit);
  const core::StreamSpec* stream = session_.policy().stream_of_name(logged);
  if (stream != nullptr && stream->id == who.stream) by.push_back(logged);
  if (!bypassed_) bypassed_.emplace(session_, known());
  session_.act_as(maker);
  if (const auto bypassed = bypassed_->find(commit.id, by)) bypassed_->take_out(verdict, *bypassed);
}

const JudgedElsewhere& CommitJudge::known() {
  if (!known_) known_.emplace(session_);
  return *known_;
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
    if (verdict.blocks() && let_through_before(commit, who))
      std::erase_if(verdict.findings, [](const Finding& one) { return !is_of_the_moment(one); });
    if (verdict.blocks() && maker.identity.agent && !maker.named) {
      // Several agents of a stream may share a branch: this one may be another's.
      const auto other = core::AgentId::parse(logged_name(commit));
      const core::StreamSpec* stream = other ? session_.policy().stream_of(*other) : nullptr;
      if (stream != nullptr && stream->id == who.stream && other != who.agent)
        verdict = judge_as(commit, {who.stream, other, Identity::Source::branch});
    }
    if (verdict.blocks() && bypasses_ == Bypasses::counted)
      take_out_bypassed(commit, maker.identity, who, verdict);
    for (Finding& finding : verdict.findings) findings.push_back({std::move(finding), commit.id});
    for (std::size_t i = first; i < findings.size(); ++i) {
      std::string& hint = findings[i].finding.hint;
      if (!hint.empty()) continue;
      const bool last = std::ranges::none_of(commits, [&](const git::Commit& other) {
        return std::ranges::find(other.parents, commit.id) != other.parents.end();
      });
      hint = step_for_commit(session_, {commit, last, logged_name(commit)}, who);
    }
  }
  session_.act_as(before);
}

std::string remark_of(const LocatedFinding& finding) {
  return finding.commit ? "in " + core::short_id(*finding.commit) : "";
}

CommitVerdict judge_commit(session::Session& session, const git::Commit& commit,
                           const std::set<core::Change>& except) {
  const git::Repository& repository = session.repository();
  std::vector<core::ObjectId> others = commit.parents;
  std::optional<core::ObjectId> first;
  if (!others.empty()) {
    first = others.front();
    others.erase(others.begin());
  }
  core::ChangeSet judged = git::changes_of(repository, commit);
  const core::ChangeSet whole =
      others.empty() ? judged : git::changes_between(repository, first, commit.id);
  std::erase_if(judged, [&](const core::Change& change) { return except.contains(change); });
  return {judge_change(session, {first, whole, judged, others}), judged.size()};
}

namespace {

using core::Change;
using core::ObjectId;

// One branch that the changes may come from.
class Source {
 public:
  // `known`: none where every commit of the branch counts.
  Source(const git::Repository& repository, const ObjectId& base, const ObjectId& tip,
         const JudgedElsewhere* known)
      : repository_(repository), base_(base), tip_(tip), known_(known) {}

  bool has(const Change& change) {
    if (!git::has_result(repository_, tip_, change)) return false;
    if (!asked_) parted_ = git::merge_base(repository_, base_, tip_);
    asked_ = true;
    if (!parted_ || git::has_result(repository_, *parted_, change)) return false;
    if (!git::has_original(repository_, *parted_, change) && !was_there(change)) return false;
    return known_ == nullptr || made_by_judged(change);
  }

 private:
  const std::vector<git::Commit>& since() {
    if (!since_) since_ = git::commits_between(repository_, {*parted_}, tip_);
    return *since_;
  }

  // What is here came from there before, by another squash.
  bool was_there(const Change& change) {
    return std::any_of(since().begin(), since().end(), [&](const git::Commit& commit) {
      return git::has_original(repository_, commit.id, change);
    });
  }

  // Whether the path came to be so by a commit that counts.
  bool made_by_judged(const Change& change) {
    if (!unjudged_) {
      unjudged_.emplace();
      for (const git::Commit& commit : known_->unjudged({*parted_}, {tip_}, Excuse::others))
        unjudged_->insert(commit.id);
    }
    const auto is_new = [&](const ObjectId& commit) {
      return git::has_result(repository_, commit, change);
    };
    return std::any_of(since().begin(), since().end(), [&](const git::Commit& commit) {
      return !unjudged_->contains(commit.id) && is_new(commit.id) &&
             std::none_of(commit.parents.begin(), commit.parents.end(), is_new);
    });
  }

  const git::Repository& repository_;
  ObjectId base_, tip_;
  const JudgedElsewhere* known_;
  bool asked_ = false;
  std::optional<ObjectId> parted_;
  std::optional<std::vector<git::Commit>> since_;
  std::optional<std::set<ObjectId>> unjudged_;
};

// Where changes may come from: what counts as a whole (but for what was made here by nobody that is
// known), and the branches here, of which only what was judged does.
std::vector<Source> sources_of(session::Session& session, const JudgedElsewhere& known,
                               const ObjectId& base) {
  std::set<ObjectId> whole, partly;
  const auto& own = session.identity().stream;
  for (const JudgedTip& tip : known.tips()) {
    if (!tip.stream || tip.stream != own) whole.insert(tip.commit);
  }
  if (known.integration()) whole.insert(*known.integration());
  if (!known.goes_by_names()) {
    for (const auto& [branch, tip] : git::branches(session.repository())) partly.insert(tip);
  }
  std::vector<Source> sources;
  const JudgedElsewhere* const asked = known.any_by_name() ? &known : nullptr;
  for (const ObjectId& tip : whole) sources.emplace_back(session.repository(), base, tip, asked);
  for (const ObjectId& tip : partly) {
    if (!whole.contains(tip) && tip != base)
      sources.emplace_back(session.repository(), base, tip, &known);
  }
  return sources;
}

}  // namespace

std::set<Change> changes_taken_over(session::Session& session, const std::optional<ObjectId>& base,
                                    const core::ChangeSet& judged) {
  std::set<Change> found;
  if (!base) return found;
  const JudgedElsewhere known(session);
  for (Source& source : sources_of(session, known, *base)) {
    for (const Change& change : judged) {
      if (!found.contains(change) && source.has(change)) found.insert(change);
    }
  }
  return found;
}

}  // namespace gs::gates
