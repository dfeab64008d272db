#include "lib/gates/ref_update_gate.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/gates/auto_locks.h"
#include "lib/gates/dependency_check.h"
#include "lib/gates/integration_moves.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/judged_commits.h"
#include "lib/gates/leases/stale_locks.h"
#include "lib/gates/new_commits.h"
#include "lib/gates/next_steps.h"
#include "lib/gates/pushed_refs.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/refs.h"
#include "lib/session/known_locks.h"
#include "lib/session/owner.h"

namespace gs::gates {

namespace {

using core::ExitCode;
using core::Identity;
using core::ObjectId;

constexpr char kHook[] = "reference-transaction";
constexpr char kWhat[] = "ref update";

// A branch that is about to be at another commit.
struct Move {
  core::BranchName branch;
  std::optional<ObjectId> old;  // none: the branch is new
  ObjectId tip;
};

// What a branch holds is asked of the branch: git says zero where it need not compare. A ref that
// stays where it is comes with packing, and with every reset. The integration branch, too, is moved
// from where the gates know it to be.
std::vector<Move> moves_of(const git::Repository& repository,
                           const std::vector<git::RefUpdate>& updates) {
  const core::BranchName integration = policy::integration_branch(repository.layout());
  std::vector<Move> moves;
  for (const git::RefUpdate& update : updates) {
    const auto branch = update.branch();
    if (!branch || update.deletes()) continue;
    const auto tip =
        update.symbolic.empty() ? std::optional(update.id) : repository.resolve(update.symbolic);
    auto old = repository.resolve("refs/heads/" + branch->str());
    if (!tip || tip == old) continue;
    if (branch == integration && old) old = policy::integration_tip(repository, *branch)->commit;
    if (tip != old) moves.push_back({*branch, old, *tip});
  }
  return moves;
}

// The moves of one identity, and what there is to say of them.
class Judgement {
 public:
  Judgement(session::Session& session, Identity who) : session_(session), who_(std::move(who)) {}

  const Identity& who() const { return who_; }
  void add(const Move& move) { moves_.push_back(&move); }

  // Judges, and says what there is to say; whether the refs may move.
  bool passes() {
    session_.act_as(who_);
    for (const Move* move : moves_) {
      carried_.reset();
      judge(*move);
    }
    return say();
  }
  bool locks() {
    session_.act_as(who_);
    std::sort(verdict_.to_lock.begin(), verdict_.to_lock.end());
    const auto end = std::unique(verdict_.to_lock.begin(), verdict_.to_lock.end());
    verdict_.to_lock.erase(end, verdict_.to_lock.end());
    return take_locks(session_, verdict_, {kHook, kWhat}, top_prefix());
  }

  // What was let through is recorded, for others' gates and for later ones.
  void record() {
    session_.act_as(who_);
    const bool bypassed = is_bypassing(session_);
    record_commits(session_, judged_, bypassed ? Kind::bypassed : Kind::judged);
    record_commits(session_, bypassed_, Kind::bypassed);
    if (used_note_) forget_note(session_);
  }

 private:
  using Kind = state::JudgedCommit::Kind;

  const JudgedElsewhere& known() {
    if (!known_) known_.emplace(session_);
    return *known_;
  }

  void judge(const Move& move) {
    if (!seen_.emplace(move.old.value_or(ObjectId()), move.tip).second) return;
    const git::Commit tip = git::commit(session_.repository(), move.tip);
    const Noted noted = noted_of(session_, move.old, tip);
    const bool passed = noted.passed;
    used_note_ = used_note_ || passed;
    if (noted.lost_lock) return refuse_stale(*noted.lost_lock);
    if (passed && tip.parents.size() < 2) return note_passed(move, tip);
    std::vector<ObjectId> hidden;
    if (move.old) hidden.push_back(*move.old);
    for (const git::Commit& commit : known().unjudged(hidden, {move.tip}, Excuse::any)) {
      if (passed && commit.id == move.tip)
        judged_.push_back(commit.id);
      else
        judge_commit_of(move, commit);
    }
    judge_returning(move, hidden);
  }

  // Whoever had the lock meanwhile may have changed the file.
  void refuse_stale(const std::string& path) {
    verdict_.findings.push_back({core::Rule::lock, core::Severity::block, path, 0,
                                 "the lock has ended since this commit was begun",
                                 "git commit, once more"});
    remarks_.emplace_back();
    forget_note(session_);
  }

  // What was taken back in the meantime: its locks may have been given back too.
  void judge_returning(const Move& move, const std::vector<ObjectId>& hidden) {
    for (const git::Commit& commit : known().returning(hidden, move.tip)) {
      core::Verdict verdict = judge_commit(session_, commit).verdict;
      std::erase_if(verdict.findings,
                    [](const core::Finding& one) { return one.rule != core::Rule::lock; });
      verdict.conflicts.clear();
      keep(move, commit, std::move(verdict));
    }
  }

  // The gate before saw what it adds to HEAD. In HEAD's place it has all that HEAD had too.
  void note_passed(const Move& move, const git::Commit& tip) {
    const bool follows = !move.old || (!tip.parents.empty() && tip.parents.front() == *move.old);
    if (follows) return judged_.push_back(tip.id);
    const auto kind = known().kind_of(*move.old);
    if (kind == Kind::bypassed) return bypassed_.push_back(tip.id);
    if (kind || !judge_commit(session_, tip).verdict.blocks()) judged_.push_back(tip.id);
  }

  void judge_commit_of(const Move& move, const git::Commit& commit) {
    core::Verdict verdict = judge_commit(session_, commit).verdict;
    bool by_bypass = false;
    if (move.old && says_something(verdict)) {
      if (!carried_) carried_ = carried(session_, *move.old, move.tip);
      std::set<core::Change> before = carried_->judged;
      if (!before.empty()) verdict = judge_commit(session_, commit, before).verdict;
      by_bypass = verdict.blocks() && !carried_->bypassed.empty();
      before.insert(carried_->bypassed.begin(), carried_->bypassed.end());
      if (by_bypass) verdict = judge_commit(session_, commit, before).verdict;
    }
    (by_bypass ? bypassed_ : judged_).push_back(commit.id);
    add_stale(commit, verdict);
    keep(move, commit, std::move(verdict));
  }

  // Once for all of them. Whoever is in no stream may be bringing others' work.
  void add_stale(const git::Commit& commit, core::Verdict& verdict) {
    if (said_stale_ || session_.identity().outsider() || !session::shares_locks(session_)) return;
    const auto parent =
        commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
    const auto changes = git::changes_between(session_.repository(), parent, commit.id);
    auto stale = judge_stale(session_, changes);
    said_stale_ = stale.has_value();
    if (stale) verdict.findings.push_back(std::move(*stale));
  }

  static bool says_something(const core::Verdict& verdict) {
    return !verdict.findings.empty() || !verdict.conflicts.empty() || !verdict.to_lock.empty();
  }

  bool is_checked_out(const Move& move, const git::Commit& commit) const {
    return commit.id == move.tip && session_.repository().current_branch() == move.branch;
  }

  void keep(const Move& move, const git::Commit& commit, core::Verdict verdict) {
    add_conflicts(session_, verdict);
    commits_.push_back(commit.id);
    for (core::Finding& finding : verdict.findings) {
      if (finding.hint.empty() && !is_about_content(finding.rule))
        finding.hint = next_step(move, commit, finding.path);
      verdict_.findings.push_back(std::move(finding));
      remarks_.push_back("in " + core::short_id(commit.id));
    }
    verdict_.to_lock.insert(verdict_.to_lock.end(), verdict.to_lock.begin(), verdict.to_lock.end());
  }

  std::string next_step(const Move& move, const git::Commit& commit, const std::string& path) {
    const std::string remote = unrecorded_remote_with(session_, commit.id);
    if (remote.empty()) return step_at_ref(session_, {commit, is_checked_out(move, commit)}, path);
    return "git stream install, in the owner's worktree: the remote " + core::printable(remote) +
           " is not recorded";
  }

  bool say() {
    if (commits_.size() < 2) remarks_.clear();
    constexpr std::size_t kNamed = 20;
    core::JsonWriter ids;
    ids.begin_array();
    for (std::size_t i = 0; i < commits_.size() && i < kNamed; ++i) ids.value(commits_[i].hex());
    const std::string text = ids.end_array().take();
    return pass(session_, verdict_, {kHook, kWhat, true, text}, remarks_);
  }

  session::Session& session_;
  Identity who_;
  std::vector<const Move*> moves_;
  std::set<std::pair<ObjectId, ObjectId>> seen_;
  std::optional<JudgedElsewhere> known_;
  std::optional<CarriedChanges> carried_;  // of the present move
  std::vector<ObjectId> judged_, bypassed_;
  bool used_note_ = false;
  bool said_stale_ = false;
  std::vector<ObjectId> commits_;  // that were judged now
  core::Verdict verdict_;
  std::vector<std::string> remarks_;
};

// Who moves a branch: whoever works in this worktree; where nobody was enrolled, the stream whose
// branch it is, and of other branches nobody.
std::optional<Identity> mover(session::Session& session, const Identity& here, const Move& move) {
  const bool enrolled =
      here.source == Identity::Source::environment || here.source == Identity::Source::worktree;
  if (enrolled) return here;
  const auto stream = core::stream_of_branch(session.policy(), move.branch);
  if (!stream) return std::nullopt;
  return Identity{stream, std::nullopt, Identity::Source::branch};
}

std::vector<Judgement> judgements(session::Session& session, const std::vector<Move>& moves) {
  std::vector<Judgement> all;
  const Identity here = session.identity();
  for (const Move& move : moves) {
    const auto who = mover(session, here, move);
    if (!who) continue;
    auto found = std::find_if(all.begin(), all.end(), [&](const Judgement& judgement) {
      return judgement.who().name() == who->name();
    });
    (found != all.end() ? *found : all.emplace_back(session, *who)).add(move);
  }
  return all;
}

// What nobody judges: an owner's commits on what is checked out in a worktree of theirs.
void record_owners(session::Session& session, const std::vector<Move>& moves) {
  constexpr std::size_t kMost = 1000;
  const git::Repository& repository = session.repository();
  const core::Policy& policy = session.policy();
  if (policy.streams.empty()) return;
  session.act_as({});
  for (const Move& move : moves) {
    if (move.branch == policy.integration_branch || core::stream_of_branch(policy, move.branch) ||
        !move.old || repository.current_branch() != move.branch)
      continue;
    std::vector<ObjectId> commits;
    for (const git::Commit& commit :
         JudgedElsewhere(session).unjudged({*move.old}, {move.tip}, Excuse::any))
      commits.push_back(commit.id);
    if (commits.size() > kMost) commits.erase(commits.begin(), commits.end() - kMost);
    record_commits(session, commits,
                   is_bypassing(session) ? state::JudgedCommit::Kind::bypassed
                                         : state::JudgedCommit::Kind::judged);
  }
}

// Of the integration branch, whoever moves it.
bool integration_passes(session::Session& session, const std::vector<git::RefUpdate>& updates) {
  core::Verdict verdict;
  verdict.findings = judge_integration_moves(session, updates);
  return verdict.findings.empty() || pass(session, verdict, {kHook, kWhat});
}

int judge_and_chain(HookRun& run, const std::vector<git::RefUpdate>& updates,
                    const std::vector<Move>& moves) {
  const bool owners = run.session().identity().outsider() ||
                      run.session().identity().source == Identity::Source::branch;
  if (!integration_passes(run.session(), updates)) return static_cast<int>(ExitCode::findings);
  std::vector<Judgement> all = judgements(run.session(), moves);
  bool passed = true;
  for (Judgement& judgement : all) passed &= judgement.passes();
  if (!passed) return static_cast<int>(ExitCode::findings);
  if (const int status = run.chain(); status != 0) return status;
  for (Judgement& judgement : all) passed &= judgement.locks();
  if (passed) {
    for (Judgement& judgement : all) judgement.record();
    if (owners && session::owner_acts(run.session().repository()))
      record_owners(run.session(), moves);
  }
  return static_cast<int>(passed ? ExitCode::clean : ExitCode::findings);
}

// Whether every commit is on some branch already: going back is never in the way of a repair.
bool brings_nothing(const git::Repository& repository, const Move& move) {
  std::vector<ObjectId> known;
  for (const auto& [branch, tip] : git::branches(repository)) known.push_back(tip);
  const core::BranchName integration = policy::integration_branch(repository.layout());
  if (const auto remote = policy::believed_remote_tip(repository)) known.push_back(*remote);
  return git::commits_between(repository, known, move.tip).empty();
}

bool mends_policy(const git::Repository& repository, const Move& move) {
  std::optional<ObjectId> before = move.old;
  const std::vector<ObjectId> parents = git::commit(repository, move.tip).parents;
  if (!before && !parents.empty()) before = parents.front();
  return has_readable_policy(repository, move.tip) &&
         !(before && has_readable_policy(repository, *before));
}

bool can_read_policy(session::Session& session) {
  try {
    session.pinned();
    return true;
  } catch (const core::Error&) {
    return false;
  }
}

// What goes on where policy or state cannot be read: nothing new, and the owner's repair. Going
// back on the integration branch would bring another policy.
bool may_stay_unjudged(session::Session& session, const std::vector<Move>& moves) try {
  const git::Repository& repository = session.repository();
  const bool readable = can_read_policy(session);
  const core::BranchName integration = policy::integration_branch(repository.layout());
  const bool owner = !readable && session::owner_acts(repository);
  return std::all_of(moves.begin(), moves.end(), [&](const Move& move) {
    if (move.branch == integration && move.tip == policy::recorded_integration_tip(repository))
      return true;
    const bool may_go_back = readable || owner || move.branch != integration;
    if (may_go_back && brings_nothing(repository, move)) return true;
    if (!owner) return false;
    return move.branch == integration || mends_policy(repository, move);
  });
} catch (const core::Error&) {
  return false;  // the error that led here says more
}

int judge_moves(HookRun& run, const std::vector<git::RefUpdate>& updates) {
  session::Session& session = run.session();
  const std::vector<Move> moves = moves_of(session.repository(), updates);
  try {
    return judge_and_chain(run, updates, moves);
  } catch (const core::Error& error) {
    if (!may_stay_unjudged(session, moves) && !bypasses_damage(session, error)) throw;
    return run.chain();
  }
}

std::vector<git::RefUpdate> updates_of(const git::Repository& repository, std::string_view input) {
  std::vector<git::RefUpdate> updates = git::parse_ref_updates(input);
  const UsualRefNames usual(repository);
  for (git::RefUpdate& update : updates) update.ref = usual(std::move(update.ref));
  return updates;
}

}  // namespace

bool moves_branches(install::HookCall& call) {
  const bool prepared = !call.arguments.empty() && call.arguments.front() == "prepared";
  return prepared && git::mentions_branches(input_of(call));
}

int judge_refs(HookRun& run) {
  session::Session& session = run.session();
  const std::vector<git::RefUpdate> updates = updates_of(session.repository(), run.input());
  note_remote_moves(session, updates);
  const bool branches = std::any_of(updates.begin(), updates.end(),
                                    [](const auto& update) { return update.branch().has_value(); });
  if (!branches) return run.chain();
  const int status = judge_moves(run, updates);
  if (status == 0) note_integration_moves(session.repository(), updates);
  return status;
}

// Whose a branch is, what it may be called, and what may come onto the integration branch.

namespace {

using core::Action;
using core::Finding;
using core::Rule;
using core::Severity;

constexpr std::string_view kHeads = "refs/heads/";

void replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  if (at != text.npos) text.replace(at, what.size(), by);
}

// What the branch would be called as one of the stream's.
std::string own_name(const core::Policy& policy, const core::StreamId& stream, std::string slug) {
  std::replace(slug.begin(), slug.end(), '/', '-');
  std::string name = policy.branch;
  replace(name, "{stream}", stream.str());
  replace(name, "{slug}", slug);
  return name;
}

std::string push_command(const RefMove& move, const std::string& branch) {
  const std::string remote = move.remote.empty() ? "origin" : move.remote;
  std::string source = move.source.empty() ? "HEAD" : move.source;
  if (source.starts_with(kHeads)) source.erase(0, kHeads.size());
  return "git push " + core::quote_shell(remote) + " " + core::quote_shell(source + ":" + branch);
}

// One judgement of one ref.
class RefRules {
 public:
  RefRules(session::Session& session, const RefMove& move, const core::Identity& who,
           std::vector<LocatedFinding>& findings)
      : session_(session), policy_(session.policy()), move_(move), who_(who), findings_(findings) {}

  void judge() {
    const auto branch = branch_of(move_.ref);
    if (!branch) return;
    if (*branch == policy_.integration_branch) {
      judge_integration();
    } else if (who_.stream && !policy_.streams.empty()) {
      judge_branch(*branch);
    }
  }

 private:
  void add(Rule rule, Action action, std::string message, std::string hint) {
    if (action == Action::off) return;
    const Severity severity = action == Action::warn ? Severity::warn : Severity::block;
    findings_.push_back(
        {Finding{rule, severity, move_.ref, 0, std::move(message), std::move(hint)}, {}});
  }

  void judge_branch(const core::BranchName& branch) {
    const auto owner = core::stream_of_branch(policy_, branch);
    if (owner == who_.stream) return;
    const bool nameless = policy_.branch.find("{stream}") == std::string::npos;
    if (!owner && nameless) return;  // no name says anything
    const std::string hint =
        move_.after ? push_command(move_, right_name(branch)) : "git stream status";
    if (owner) {
      add(Rule::scope, policy_.rules.scope, "is stream " + owner->str() + "'s branch", hint);
    } else {
      add(Rule::branch_name, policy_.rules.branch_name,
          "is no branch of stream " + who_.stream->str() + ", whose are called " +
              own_name(policy_, *who_.stream, "{slug}"),
          hint);
    }
  }

  // Where it could be pushed to instead.
  std::string right_name(const core::BranchName& branch) const {
    auto source = branch_of(move_.source);
    if (move_.source == "HEAD") source = session_.repository().current_branch();
    if (source && core::stream_of_branch(policy_, *source) == who_.stream) return source->str();
    return own_name(policy_, *who_.stream, source.value_or(branch).str());
  }

  void judge_integration() {
    if (who_.stream) {
      add(Rule::protected_path, Action::block,
          "is the integration branch, onto which streams are merged",
          "git stream merge " + who_.stream->str());
    } else if (!move_.after) {
      add(Rule::protected_path, Action::block,
          "is the integration branch, and the policy stands on it", "git stream status");
    }
    if (!move_.after) return;
    judge_new_policy();
    judge_dependencies();
  }

  // A policy that cannot be read would judge nobody's work any more.
  void judge_new_policy() {
    const git::Repository& repository = session_.repository();
    const auto before = move_.before ? git::known_commit(repository, *move_.before) : std::nullopt;
    const auto at = [&](const std::optional<core::ObjectId>& commit) {
      return commit ? repository.entry(*commit, core::kPolicyFile) : std::nullopt;
    };
    const auto old_entry = at(before), new_entry = at(move_.after);
    if (!new_entry || (old_entry && old_entry->id == new_entry->id)) return;
    core::Change change{std::string(core::kPolicyFile), {}, new_entry->id, {}, new_entry->mode};
    if (auto broken = judge_policy_change(repository, {change}))
      findings_.push_back({std::move(*broken), move_.after});
  }

  // A stream comes after those that it depends on. People are told; a stream is stopped.
  void judge_dependencies() {
    const git::Repository& repository = session_.repository();
    const auto before = move_.before ? git::known_commit(repository, *move_.before) : std::nullopt;
    const auto after = git::known_commit(repository, *move_.after);
    if (!after) return;
    for (const auto& [stream, needs] : unmet_dependencies(session_, before, *after, who_.stream))
      add(Rule::policy, who_.stream ? Action::block : Action::warn,
          "stream " + stream.str() + " depends on stream " + needs.str() + ", which is not merged",
          "git stream merge " + needs.str());
  }

  session::Session& session_;
  const core::Policy& policy_;
  const RefMove& move_;
  const core::Identity& who_;
  std::vector<LocatedFinding>& findings_;
};

}  // namespace

std::optional<core::BranchName> branch_of(std::string_view ref) {
  if (!ref.starts_with(kHeads)) return std::nullopt;
  return core::BranchName(std::string(ref.substr(kHeads.size())));
}

std::optional<core::StreamId> stream_of_ref(const core::Policy& policy, std::string_view ref) {
  const auto branch = branch_of(ref);
  if (!branch || *branch == policy.integration_branch) return std::nullopt;
  return core::stream_of_branch(policy, *branch);
}

void judge_ref(session::Session& session, const RefMove& move, const core::Identity& who,
               std::vector<LocatedFinding>& findings) {
  RefRules(session, move, who, findings).judge();
}

}  // namespace gs::gates
