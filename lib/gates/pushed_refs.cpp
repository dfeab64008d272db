#include "lib/gates/pushed_refs.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/path_form.h"
#include "lib/core/text.h"
#include "lib/gates/push_gate.h"
#include "lib/git/refs/refs.h"
#include "lib/policy/integration_record.h"

namespace gs::gates {

namespace {

constexpr std::string_view kNotes = "refs/notes/";

// The moves of one identity.
struct Group {
  core::Identity who;
  std::vector<const RefMove*> moves;
  bool notes = false;
};

std::vector<Group> grouped(const std::vector<RefMove>& moves, const MoverOf& mover) {
  std::vector<Group> groups;
  for (const RefMove& move : moves) {
    const core::Identity who = mover(move);
    const bool notes = move.ref.starts_with(kNotes);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.who.stream == who.stream && group.who.agent == who.agent && group.notes == notes;
    });
    if (found == groups.end()) found = groups.insert(groups.end(), Group{who, {}, notes});
    found->moves.push_back(&move);
  }
  return groups;
}

// Commits that are over there were judged when they got there, if somebody judges that ref.
bool judged_before(const core::Policy& policy, const RefMove& move, const core::Identity& who) {
  return who.outsider() || stream_of_ref(policy, move.ref) == who.stream;
}

// What a note is called: the id of what it is about, in folders or not.
bool is_note(std::string_view path) {
  std::size_t digits = 0;
  for (const char c : path) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!digit && c != '/') return false;
    digits += digit ? 1 : 0;
  }
  return digits == core::hex_digits(core::ObjectFormat::sha1) ||
         digits == core::hex_digits(core::ObjectFormat::sha256);
}

// What a group's moves bring, and what was over there before.
struct Range {
  std::vector<core::ObjectId> hidden, tips;
};
Range range_of(session::Session& session, const Group& group) {
  const git::Repository& repository = session.repository();
  const auto known = [&](const std::optional<core::ObjectId>& id) {
    return id ? git::known_commit(repository, *id) : std::nullopt;
  };
  Range range;
  for (const RefMove* move : group.moves) {
    if (const auto tip = known(move->after)) range.tips.push_back(*tip);
    if (!judged_before(session.policy(), *move, group.who)) continue;
    if (const auto old = known(move->before)) range.hidden.push_back(*old);
  }
  return range;
}

std::vector<git::Commit> new_commits_of(session::Session& session, const JudgedElsewhere& known,
                                        const Group& group) {
  const Range range = range_of(session, group);
  if (range.tips.empty()) return {};
  session.act_as(group.who);
  return known.unjudged(range.hidden, range.tips, Excuse::others);
}

class MovesJudge {
 public:
  MovesJudge(session::Session& session, Bypasses bypasses, const ReceivedLeases* leases)
      : session_(session), known_(session), commits_(session, bypasses, leases) {}

  MovesVerdict judge(const Group& group) {
    MovesVerdict verdict{group.who, {}, {}};
    for (const RefMove* move : group.moves) judge_ref(session_, *move, group.who, verdict.findings);
    const std::vector<git::Commit> arriving = new_commits_of(session_, known_, group);
    for (const git::Commit& commit : arriving) verdict.judged.push_back(commit.id);
    commits_.judge(arriving, group.who, verdict.findings);
    if (group.notes) {
      std::erase_if(verdict.findings, [](const LocatedFinding& located) {
        return located.finding.rule == core::Rule::unowned && is_note(located.finding.path);
      });
    }
    return verdict;
  }

 private:
  session::Session& session_;
  JudgedElsewhere known_;
  CommitJudge commits_;
};

}  // namespace

bool MovesVerdict::blocks() const {
  return std::any_of(findings.begin(), findings.end(), [](const LocatedFinding& located) {
    return located.finding.severity == core::Severity::block;
  });
}

std::vector<MovesVerdict> judge_moves(session::Session& session, const std::vector<RefMove>& moves,
                                      const MoverOf& who, Bypasses bypasses,
                                      const ReceivedLeases* leases) {
  std::vector<MovesVerdict> verdicts;
  MovesJudge judge(session, bypasses, leases);
  for (const Group& group : grouped(moves, who)) verdicts.push_back(judge.judge(group));
  return verdicts;
}

std::vector<git::Commit> unjudged_commits(session::Session& session, const JudgedElsewhere& known,
                                          const RefMove& move, const core::Identity& who) {
  return new_commits_of(session, known, {who, {&move}, false});
}

std::vector<std::vector<BypassedCommit>> bypassed_in(session::Session& session,
                                                     const std::vector<RefMove>& moves) {
  const git::Repository& repository = session.repository();
  std::vector<std::vector<BypassedCommit>> all(moves.size());
  const JudgedElsewhere known(session);
  if (!known.any_bypassed()) return all;
  BypassedCommits bypassed(session, known);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const auto here = [&](const std::optional<core::ObjectId>& id) {
      return id ? git::known_commit(repository, *id) : std::nullopt;
    };
    const auto tip = here(moves[i].after), before = here(moves[i].before);
    std::vector<core::ObjectId> hidden;
    if (before) hidden.push_back(*before);
    const bool onto_integration = branch_of(moves[i].ref) == session.policy().integration_branch;
    if (known.integration() && !onto_integration) hidden.push_back(*known.integration());
    if (!tip || hidden.empty()) continue;
    for (const git::Commit& commit : git::commits_between(repository, hidden, *tip)) {
      if (auto one = bypassed.find(commit.id)) all[i].push_back(std::move(*one));
    }
  }
  return all;
}

std::vector<JudgedTip> unasked_excuses(session::Session& session, const std::vector<RefMove>& moves,
                                       const MoverOf& who) {
  const JudgedElsewhere known(session);
  std::vector<JudgedTip> used;
  for (const Group& group : grouped(moves, who)) {
    const bool judged = session.policy().rules.outsider != core::Outsider::allow;
    const Range range = range_of(session, group);
    if (range.tips.empty() || (group.who.outsider() && !judged)) continue;
    session.act_as(group.who);
    for (JudgedTip& tip : known.unasked_excuses(range.hidden, range.tips, Excuse::others))
      used.push_back(std::move(tip));
  }
  return used;
}

std::optional<LocatedFinding> stands_on_unpushed(session::Session& session,
                                                 const std::vector<RefMove>& moves) {
  const git::Repository& repository = session.repository();
  const core::BranchName& into = session.policy().integration_branch;
  const std::string own = "refs/heads/" + into.str();
  const auto local = repository.resolve(own);
  if (!local || std::ranges::find(moves, own, &RefMove::ref) != moves.end()) return std::nullopt;
  for (const RefMove& move : moves) {
    const auto tip = move.after ? git::known_commit(repository, *move.after) : std::nullopt;
    const std::string tracked = "refs/remotes/" + move.remote + "/";
    if (!tip || !branch_of(move.ref) || !repository.resolve(tracked + into.str())) continue;
    const auto stands_on = git::merge_base(repository, *tip, *local);
    if (!stands_on) continue;
    std::vector<core::ObjectId> there;
    const auto all = [](std::string_view) { return true; };
    for (const auto& [ref, id] : git::refs_below(repository, "refs/remotes/", all)) {
      if (const auto commit = git::known_commit(repository, id)) there.push_back(*commit);
    }
    const std::size_t count = git::commits_between(repository, there, *stands_on).size();
    if (count == 0) continue;
    return LocatedFinding{
        {core::Rule::policy, core::Severity::warn, move.ref, 0,
         "stands on " + core::counted(count, "commit") + " of " + into.str() + " that " +
             move.remote + " does not have: push " + into.str() + " first",
         "git push " + core::quote_shell(move.remote) + " " + core::quote_shell(into.str())},
        {}};
  }
  return std::nullopt;
}

bool pass_moves(session::Session& session, const std::vector<MovesVerdict>& verdicts,
                const GateName& gate) {
  bool all = true;
  const core::Identity before = session.identity();
  for (const MovesVerdict& moves : verdicts) {
    core::Verdict verdict;
    std::vector<std::string> remarks;
    for (const LocatedFinding& located : moves.findings) {
      // Said already when it was committed, and about the moment.
      if (located.finding.rule == core::Rule::import_conflict &&
          located.finding.severity == core::Severity::warn)
        continue;
      verdict.findings.push_back(located.finding);
      remarks.push_back(remark_of(located));
    }
    session.act_as(moves.who);
    all = pass(session, verdict, gate, remarks) && all;
  }
  session.act_as(before);
  return all;
}

// What git tells pre-push and pre-receive.

namespace {

[[noreturn]] void not_understood(std::string_view line) {
  throw core::Error(core::ExitCode::broken,
                    "git says what is not understood: " + core::printable(line),
                    "git stream doctor");
}

// The last word of a line, which is cut off: what comes before may hold spaces.
std::string_view take_last(std::string_view& line) {
  const std::size_t space = line.rfind(' ');
  const std::string_view word = space == line.npos ? line : line.substr(space + 1);
  line = space == line.npos ? std::string_view() : line.substr(0, space);
  return word;
}

// None where there is no object.
std::optional<core::ObjectId> object(std::string_view word, std::string_view line) {
  const auto id = core::ObjectId::from_hex(word);
  if (!id) not_understood(line);
  return id->is_zero() ? std::nullopt : id;
}

}  // namespace

std::vector<RefMove> read_pushed(std::string_view input, const std::string& remote) {
  std::vector<RefMove> moves;
  while (!input.empty()) {
    const std::string_view line = core::take_line(input);
    std::string_view rest = line;
    RefMove move;
    move.before = object(take_last(rest), line);
    move.ref = take_last(rest);
    move.after = object(take_last(rest), line);
    move.source = rest;
    move.remote = remote;
    if (!move.ref.starts_with("refs/")) not_understood(line);
    moves.push_back(std::move(move));
  }
  return moves;
}

std::vector<RefMove> read_received(std::string_view input) {
  std::vector<RefMove> moves;
  while (!input.empty()) {
    const std::string_view line = core::take_line(input);
    std::string_view rest = line;
    RefMove move;
    move.ref = take_last(rest);
    move.after = object(take_last(rest), line);
    move.before = object(rest, line);
    moves.push_back(std::move(move));
  }
  return moves;
}

// Where the branch is in packed-refs alone, the file that is made comes first.
UsualRefNames::UsualRefNames(const git::Repository& repository) {
  if (git::folds_ref_names(repository))
    integration_ = "refs/heads/" + policy::integration_branch(repository.layout()).str();
}

std::string UsualRefNames::operator()(std::string name) const {
  if (!integration_) return name;
  name = git::with_plain_prefix(std::move(name));
  return core::same_path(name, *integration_, true) ? *integration_ : name;
}

}  // namespace gs::gates
