#include "lib/gates/push_gate.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/gates/judge_change.h"
#include "lib/gates/leases/pushed_leases.h"
#include "lib/gates/leases/received_leases.h"
#include "lib/gates/receive_rules.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/remotes.h"
#include "lib/platform/process_info.h"
#include "lib/session/shared_store.h"

namespace gs::gates {

namespace {

using core::ExitCode;
using core::Identity;

// A clone in which nobody has made the state keeps no log.
GateName push_gate(session::Session& session) {
  return {"pre-push", "push", std::filesystem::is_directory(session.state().root())};
}

// The environment and this worktree's record say who pushes. Where only a branch's name does, it is
// that of the branch that is pushed, whatever is checked out.
Identity mover(session::Session& session, const Identity& here, const RefMove& move) {
  if (here.source == Identity::Source::environment || here.source == Identity::Source::worktree)
    return here;
  const core::Policy& policy = session.policy();
  std::string source = move.source;
  const auto checked_out = session.repository().current_branch();
  if (source == "HEAD" && checked_out) source = "refs/heads/" + checked_out->str();
  auto stream = stream_of_ref(policy, source);
  if (!stream) stream = stream_of_ref(policy, move.ref);
  if (!stream) return {};
  return {stream, std::nullopt, Identity::Source::branch};
}

// "agreed with Ada; production is down"
std::string reasons_of(const std::vector<BypassedCommit>& commits) {
  std::set<std::string> known;
  std::string text;
  for (const BypassedCommit& one : commits) {
    if (known.insert(one.reason).second) text += (text.empty() ? "" : "; ") + one.reason;
  }
  return text;
}

// Whoever pushes them is told why they were let through when they were made.
void say_bypassed(const std::vector<std::vector<BypassedCommit>>& moves) {
  constexpr std::size_t kNamed = 20;
  std::set<core::ObjectId> said;
  for (const std::vector<BypassedCommit>& move : moves) {
    for (const BypassedCommit& one : move) {
      if (!said.insert(one.commit).second || said.size() > kNamed) continue;
      std::fprintf(stderr, "git-stream: %s was made with a bypass by %s: %s\n",
                   core::short_id(one.commit).c_str(), core::printable(one.who).c_str(),
                   core::printable(one.reason).c_str());
    }
  }
  if (said.size() > kNamed)
    std::fprintf(stderr, "  … and %zu more: git stream log --action bypassed\n",
                 said.size() - kNamed);
}

// What was let through; git or the other side may stop it all the same.
void log_pushed(session::Session& session, const std::vector<RefMove>& moves, const MoverOf& who,
                const std::vector<std::vector<BypassedCommit>>& bypassed) {
  for (std::size_t i = 0; i < moves.size(); ++i) {
    const RefMove& move = moves[i];
    std::vector<std::pair<std::string, std::string>> fields{
        {"ref", state::json_path_text(move.ref)}};
    if (!move.remote.empty()) fields.emplace_back("remote", state::json_path_text(move.remote));
    if (move.after) fields.emplace_back("commit", state::json_text(move.after->hex()));
    if (move.before) fields.emplace_back("before", state::json_text(move.before->hex()));
    if (!move.after) fields.emplace_back("deleted", "true");
    if (i < bypassed.size() && !bypassed[i].empty())
      fields.emplace_back("bypass", state::json_text(reasons_of(bypassed[i])));
    session.act_as(who(move));
    session.log("pushed", std::move(fields));
  }
}

void try_to_log(session::Session& session, const std::vector<RefMove>& moves, const MoverOf& who,
                const std::vector<std::vector<BypassedCommit>>& bypassed = {}) {
  try {
    log_pushed(session, moves, who, bypassed);
  } catch (const core::Error& error) {
    std::fprintf(stderr, "git-stream: the push goes on, but is not logged: %s\n", error.what());
  }
}

bool any_blocks(const std::vector<MovesVerdict>& verdicts) {
  return std::any_of(verdicts.begin(), verdicts.end(),
                     [](const MovesVerdict& verdict) { return verdict.blocks(); });
}

// Remote-tracking refs excuse until here. A push asks the remotes that they are of, where it hangs
// on them: for commits first, and, where it would be stopped otherwise, for what was taken over.
std::vector<MovesVerdict> judge_asking(session::Session& session, const std::vector<RefMove>& moves,
                                       const MoverOf& who) {
  const auto ask = [&](const std::vector<JudgedTip>& tips) {
    if (!tips.empty()) ask_remotes(session, tips);
  };
  ask(unasked_excuses(session, moves, who));
  session.believe_remote_refs(false);
  constexpr auto kCounted = Bypasses::counted;
  std::vector<MovesVerdict> verdicts = judge_moves(session, moves, who, kCounted);
  if (!any_blocks(verdicts)) return verdicts;
  session.believe_remote_refs(true);
  std::vector<JudgedTip> tips = JudgedElsewhere(session).tips();
  std::erase_if(tips, [](const JudgedTip& tip) { return !tip.unasked(); });
  if (tips.empty() || any_blocks(judge_moves(session, moves, who, kCounted))) return verdicts;
  ask(tips);
  session.believe_remote_refs(false);
  return judge_moves(session, moves, who, kCounted);
}

// A commit that no gate saw when it was made has been seen now.
void record_pushed(session::Session& session, const std::vector<MovesVerdict>& verdicts) {
  const auto kind = is_bypassing(session) ? state::JudgedCommit::Kind::bypassed
                                          : state::JudgedCommit::Kind::judged;
  const JudgedElsewhere known(session);
  for (const MovesVerdict& verdict : verdicts) {
    session.act_as(verdict.who);
    std::vector<core::ObjectId> fresh;
    for (const core::ObjectId& commit : verdict.judged) {
      if (!known.is_recorded(commit)) fresh.push_back(commit);
    }
    record_commits(session, fresh, kind);
  }
}

// Whether `git stream push` has started this push: it checks the leases itself, and holds the lock
// of what this clone knows of the store.
bool is_within_lease_push() {
  constexpr int kMost = 16;  // hook managers and shells may be between
  auto info = platform::process_info(getpid());
  for (int i = 0; info && info->parent > 1 && i < kMost; ++i) {
    const std::vector<std::string> words = platform::arguments_of(info->parent);
    if (words.size() > 1 && words[1] == "push" &&
        std::filesystem::path(words[0]).filename() == "git-stream")
      return true;
    info = platform::process_info(info->parent);
  }
  return false;
}

// The part of pre-push that may ask the store; nothing where clones share none.
class LeaseCheck {
 public:
  // Takes the store's refs out of the moves. Reads the store, so that the gates judge by it too.
  LeaseCheck(session::Session& session, std::vector<RefMove>& moves) : session_(session) {
    const core::Policy& policy = session.policy();
    if (policy.coordination.store == core::Store::files) return;
    take_out_store_refs(moves);
    if (policy.rules.lock == core::Action::off || moves.empty() || is_within_lease_push()) return;
    store_ = session::shared_store(session, isatty(STDERR_FILENO) != 0);
    if (store_ == nullptr) return;  // this clone works alone
    try {
      const coordination::SeenLeases seen = store_->read();
      if (std::ranges::any_of(seen.leases, is_unsure)) store_->change(coordination::RenewRequest{});
    } catch (const core::Error& error) {
      failed_ = error;
    }
  }

  void judge(const std::vector<RefMove>& moves, const MoverOf& who,
             std::vector<MovesVerdict>& verdicts) const {
    if (store_ == nullptr || any_blocks(verdicts)) return;
    std::vector<MovesVerdict> found =
        judge_leases(session_, pushed_work(session_, moves, who), *store_, failed_);
    std::move(found.begin(), found.end(), std::back_inserter(verdicts));
  }

 private:
  static bool is_unsure(const coordination::SeenLease& seen) {
    return seen.standing == coordination::Standing::unsure;
  }

  session::Session& session_;
  std::unique_ptr<coordination::LeaseStore> store_;
  std::optional<core::Error> failed_;
};

int push(HookRun& run) {
  session::Session& session = run.session();
  const std::string remote = run.arguments().empty() ? "" : run.arguments()[0];
  std::vector<RefMove> moves = read_pushed(run.input(), git::without_password(remote));
  const MoverOf who = movers_here(session);
  const GateName gate = push_gate(session);
  LeaseCheck leases(session, moves);
  std::vector<MovesVerdict> verdicts = judge_asking(session, moves, who);
  leases.judge(moves, who, verdicts);
  if (auto warning = stands_on_unpushed(session, moves))
    verdicts.front().findings.push_back(std::move(*warning));
  if (!pass_moves(session, verdicts, gate)) return static_cast<int>(ExitCode::findings);
  const auto bypassed = bypassed_in(session, moves);
  say_bypassed(bypassed);
  if (const int status = run.chain(); status != 0) return status;
  record_pushed(session, verdicts);
  if (gate.logs) try_to_log(session, moves, who, bypassed);
  return 0;
}

// What git takes for a new branch may be another spelling of one that is there.
std::vector<RefMove> moves_received(const git::Repository& repository, std::string_view input) {
  std::vector<RefMove> moves = read_received(input);
  const UsualRefNames usual(repository);
  for (RefMove& move : moves) {
    std::string name = usual(move.ref);
    if (name == move.ref) continue;
    move.before = repository.resolve(name);
    move.ref = std::move(name);
  }
  return moves;
}

// A server where nobody has made a log keeps none.
GateName receive_gate(session::Session& session) {
  return {"pre-receive", "push", std::filesystem::exists(session.state().activity())};
}

// The owner's repair, which an unreadable policy cannot judge: the integration branch alone, and
// with a policy that can be read.
bool repairs_received_policy(session::Session& session, const std::vector<RefMove>& moves) {
  try {
    session.pinned();
    return false;
  } catch (const core::Error&) {
    const core::BranchName integration = policy::integration_branch(session.repository().layout());
    if (moves.size() != 1 || branch_of(moves[0].ref) != integration || !moves[0].after) throw;
    if (!has_readable_policy(session.repository(), *moves[0].after)) throw;
    return true;
  }
}

// The leases are judged as such, and work by them.
std::vector<MovesVerdict> judge_arriving(session::Session& session,
                                         const std::vector<RefMove>& moves, const MoverOf& who) {
  if (session.policy().coordination.store != core::Store::git)
    return judge_moves(session, moves, who);
  std::vector<MovesVerdict> verdicts;
  for (const RefMove& move : moves) {
    if (auto found = judge_leases_move(session, move))
      verdicts.push_back({{}, {std::move(*found)}, {}});
  }
  if (!verdicts.empty()) return verdicts;
  const std::unique_ptr<ReceivedLeases> leases = received_leases(session, moves);
  std::vector<RefMove> work = moves;
  take_out_store_refs(work);
  return judge_moves(session, work, who, Bypasses::ignored, leases.get());
}

}  // namespace

MoverOf movers_here(session::Session& session) {
  return [&session, here = session.identity()](const RefMove& move) {
    return mover(session, here, move);
  };
}

int judge_push(HookRun& run) {
  run.input();  // git goes on when it was read, whatever becomes of the verdict
  try {
    return push(run);
  } catch (const core::Error& error) {
    if (!bypasses_damage(run.session(), error)) throw;
    return run.chain();
  }
}

int judge_received(HookRun& run) {
  session::Session& session = run.session();
  const std::vector<RefMove> moves = moves_received(session.repository(), run.input());
  // Who pushes through a path has this environment; no reason of theirs counts here.
  unsetenv(session::kBypassVariable);
  session.act_as({});
  if (repairs_received_policy(session, moves)) return run.chain();
  const std::optional<std::string> pusher = pusher_in_environment();
  const MoverOf who = [&](const RefMove& move) {
    return identity_of_pusher(session.policy(), pusher, move);
  };
  std::vector<MovesVerdict> verdicts = judge_arriving(session, moves, who);
  for (const RefMove& move : moves) {
    if (auto found = judge_received_move(session, move, moves, pusher))
      verdicts.push_back({who(move), {std::move(*found)}, {}});
  }
  const GateName gate = receive_gate(session);
  if (!pass_moves(session, verdicts, gate)) return static_cast<int>(ExitCode::findings);
  if (const int status = run.chain(); status != 0) return status;
  if (gate.logs) try_to_log(session, moves, who);
  return 0;
}

}  // namespace gs::gates
