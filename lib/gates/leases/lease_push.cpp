#include "lib/gates/leases/lease_push.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "lib/coordination/git/git_store.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/gates/leases/pushed_leases.h"
#include "lib/gates/push_gate.h"
#include "lib/git/refs/history.h"
#include "lib/process/process.h"
#include "lib/session/shared_store.h"

namespace gs::gates {

namespace {

using coordination::AcquireRequest;
using coordination::ChangeRequest;
using coordination::GitStore;
using coordination::LeaseName;
using coordination::LeasesMove;
using coordination::LeaseStore;
using coordination::LeaseTable;
using coordination::PushAnswer;
using coordination::PushResult;
using core::Error;
using core::ExitCode;

using Words = std::vector<std::string>;

void add(Words& to, const Words& words) {
  to.insert(to.end(), words.begin(), words.end());
}

// ---- git push.

std::string config_of(session::Session& session, const std::string& key) {
  return session.repository().config(key).value_or("");
}

// git-config(1), "remote.pushDefault" and "branch.<name>.pushRemote".
std::string default_remote(session::Session& session) {
  const auto branch = session.repository().current_branch();
  const std::string section = branch ? "branch." + branch->str() : "";
  if (branch) {
    if (auto remote = config_of(session, section + ".pushRemote"); !remote.empty()) return remote;
  }
  if (auto remote = config_of(session, "remote.pushDefault"); !remote.empty()) return remote;
  if (branch) {
    if (auto remote = config_of(session, section + ".remote"); !remote.empty()) return remote;
  }
  return "origin";
}

// As the user gave them.
Words given_words(const PushWords& words) {
  Words all = words.options;
  add(all, words.selecting);
  if (words.force) all.emplace_back("--force");
  if (!words.remote.empty()) all.push_back(words.remote);
  add(all, words.refspecs);
  return all;
}

process::Result run_push(const Words& arguments, bool attach_errors) {
  process::Command command;
  command.argv = {"git", "push", "--porcelain"};
  add(command.argv, arguments);
  command.set = {"LC_ALL=C"};
  command.attach_errors = attach_errors;
  return process::run(command);
}

PushReport reported(const process::Result& result) {
  PushReport report = read_push_report(result.output);
  report.status = result.status;
  return report;
}

PushReport plain_push(const PushWords& words) {
  Words arguments = given_words(words);
  if (words.dry_run) arguments.insert(arguments.begin(), "--dry-run");
  return reported(run_push(arguments, true));
}

// What a push would do, without hooks; and whether the remote can do it as a whole.
struct Plan {
  PushReport report;
  std::string errors;
  bool atomic = true;
};

// git has no code for it.
bool lacks_atomic(const process::Result& result) {
  return result.status != 0 && result.errors.find("does not support --atomic") != std::string::npos;
}

Plan plan_push(const PushWords& words) {
  Words arguments{"--dry-run", "--no-verify"};
  add(arguments, given_words(words));
  Words atomic{"--atomic"};
  add(atomic, arguments);
  process::Result result = run_push(atomic, false);
  Plan plan;
  if (lacks_atomic(result)) {
    plan.atomic = false;
    result = run_push(arguments, false);
  }
  plan.report = reported(result);
  plan.errors = std::move(result.errors);
  return plan;
}

// "1234567..89abcde", and with three dots where it is forced.
std::optional<core::ObjectId> old_value(session::Session& session, const PushedRef& ref) {
  const std::size_t dots = ref.summary.find("..");
  if (dots == std::string::npos) return std::nullopt;
  const std::string old = ref.summary.substr(0, dots);
  const bool hex = !old.empty() && old.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? git::find_commit(session.repository(), old) : std::nullopt;
}

std::vector<RefMove> moves_of(session::Session& session, const PushReport& report,
                              const std::string& remote) {
  std::vector<RefMove> moves;
  for (const PushedRef& ref : report.refs) {
    if (ref.flag == '=') continue;
    RefMove move{ref.to, old_value(session, ref), std::nullopt, ref.from, remote};
    if (!ref.from.empty()) move.after = git::find_commit(session.repository(), ref.from);
    moves.push_back(std::move(move));
  }
  return moves;
}

// A '+' overrides --force-with-lease, and --force would for the leases.
Words refspecs_of(const PushReport& report, const PushWords& words) {
  const bool leased = std::ranges::any_of(words.options, [](const std::string& option) {
    return option.starts_with("--force-with-lease");
  });
  Words refspecs;
  for (const PushedRef& ref : report.refs) {
    const bool forced = words.force || (ref.flag == '+' && !leased);
    const std::string plus = forced ? "+" : "";
    refspecs.push_back(plus + ref.from + ':' + ref.to);
  }
  return refspecs;
}

bool says_why(const PushedRef& ref) {
  return ref.flag == '!' && ref.summary.find("(atomic ") == std::string::npos;
}

// The remote did not tell of this ref.
bool lacks_answer(const PushedRef& ref) {
  return ref.flag == '!' && ref.summary.starts_with("[remote failure]");
}

// Nothing was sent: the hook in this clone has refused it. Where a connection ends, git dies, with
// 128; what it starts for HTTP dies instead of it, and then it has "Done".
bool refused_here(const PushReport& report) {
  return report.status == 1 && report.refs.empty() && !report.done;
}

bool was_pushed(const PushedRef& ref) {
  return ref.flag != '!' && ref.flag != '=';
}

// Nothing of it is at the remote, for sure.
bool pushed_nothing(const PushReport& report) {
  if (report.status == 0 || refused_here(report)) return report.status != 0;
  return !report.refs.empty() && std::ranges::none_of(report.refs, was_pushed) &&
         std::ranges::none_of(report.refs, lacks_answer);
}

// Where a remote's name, or an address, leads when one pushes there; a line for each.
std::string push_addresses(const std::string& remote) {
  process::Command command;
  command.argv = {"git", "remote", "get-url", "--push", "--all", "--", remote};
  const process::Result result = process::run(command);
  return result.status == 0 ? result.output : remote + '\n';
}

bool same_place(const std::string& remote, const coordination::RemotePlace& place) {
  const std::string addresses = push_addresses(remote);
  return addresses == push_addresses(place.address) &&
         std::count(addresses.begin(), addresses.end(), '\n') == 1;
}

// ---- Leases.

bool has(const LeaseTable& table, const LeaseName& name) {
  return std::ranges::any_of(table.leases, [&](const coordination::Lease& lease) {
    return lease.path == name.path && lease.generation == name.generation;
  });
}

std::vector<LeaseName> names_of(const std::vector<coordination::Lease>& leases) {
  std::vector<LeaseName> names;
  for (const auto& lease : leases) names.push_back({lease.path, lease.generation});
  return names;
}

// Those of the names that this host does not hold, by what it knows.
std::vector<LeaseName> not_held(const LeaseStore& store, const std::vector<LeaseName>& names) {
  std::vector<LeaseName> missing = names;
  for (const coordination::SeenLease& seen : store.local_copy().leases) {
    if (seen.standing == coordination::Standing::held)
      std::erase(missing, LeaseName{seen.lease.path, seen.lease.generation});
  }
  return missing;
}

// One `git stream push` with a store.
class Push {
 public:
  Push(session::Session& session, const PushWords& words, LeaseStore& store)
      : session_(session), words_(words), store_(store), who_(movers_here(session)) {
    if (words_.remote.empty()) words_.remote = default_remote(session);
  }

  LeasePush run() {
    plan_ = plan_push(words_);
    if (plan_.report.status != 0) return refused_by_git();
    for (const PushedRef& ref : plan_.report.refs)
      if (ref.flag != '=') require_work(ref);
    moves_ = moves_of(session_, plan_.report, words_.remote);
    if (moves_.empty()) return plain();
    work_ = pushed_work(session_, moves_, who_);
    if (!read_store()) return blocked(refused_) ? result_ : plain();
    LeaseNeeds needs = lease_needs(session_, work_, store_.local_copy());
    if (blocked(needs.refused)) return result_;
    if (words_.dry_run || (needs.own.empty() && needs.missing.empty())) return plain();
    return carry_out(std::move(needs));
  }

 private:
  LeasePush plain() {
    result_.report = plain_push(words_);
    return std::move(result_);
  }

  // git says why.
  LeasePush refused_by_git() {
    std::fputs(core::printable_lines(plan_.errors).c_str(), stderr);
    result_.report = plan_.report;
    return std::move(result_);
  }

  static void require_work(const PushedRef& ref) {
    if (coordination::is_store_ref(ref.to))
      throw Error(ExitCode::usage, "this would push " + ref.to + ", which the store keeps itself",
                  "name the branches to be pushed: git stream push REMOTE BRANCH");
  }

  bool read_store() {
    try {
      store_.read();
      return true;
    } catch (const Error& error) {
      refused_ = needs_unasked(session_, work_, store_.local_copy(), error);
      return false;
    }
  }

  // Says it.
  bool blocked(const std::vector<MovesVerdict>& verdicts) {
    const bool logs = std::filesystem::is_directory(session_.state().root());
    result_.blocked = !pass_moves(session_, verdicts, {"push", "push", logs});
    return result_.blocked;
  }

  // What the store has now stands against it, or a lease went away that nobody has now.
  LeasePush blocked_by_store(const std::vector<LeaseName>& gone) {
    std::vector<MovesVerdict> verdicts = lease_needs(session_, work_, store_.local_copy()).refused;
    if (verdicts.empty() && !gone.empty()) {
      MovesVerdict verdict{session_.identity(), {}, {}};
      for (const LeaseName& name : gone)
        verdict.findings.push_back(
            {{core::Rule::lock, core::Severity::block, name.path, 0,
              "the lease of this clone is gone (generation " +
                  std::to_string(name.generation.number) + ")",
              "git stream log; then, if nothing stands against it: git stream push"},
             {}});
      verdicts.push_back(std::move(verdict));
    }
    if (verdicts.empty())
      throw Error(ExitCode::findings,
                  "others hold a part of what is locked here; nothing was pushed",
                  "git stream sync");
    blocked(verdicts);
    result_.blocked = true;
    return std::move(result_);
  }

  LeasePush carry_out(LeaseNeeds needs) {
    auto* const git = dynamic_cast<GitStore*>(&store_);
    result_.leases = std::move(needs.own);
    result_.atomic = git != nullptr && plan_.atomic && same_place(words_.remote, git->place());
    std::vector<AcquireRequest> missing = std::move(needs.missing);
    ChangeRequest move = coordination::RenewRequest{};
    if (!missing.empty()) {
      move = std::move(missing.back());
      missing.pop_back();
    } else if (!not_held(store_, result_.leases).empty()) {
      store_.change(move);  // the gate of this clone judges by what is known before the push
    }
    for (const AcquireRequest& request : missing)
      if (!change(request)) return give_back(blocked_by_store({}));
    LeasePush done = result_.atomic ? push_together(*git, move) : push_between(move);
    if (done.blocked || pushed_nothing(done.report)) return give_back(std::move(done));
    note_known_leases(session_, store_);
    return done;
  }

  // Of the store alone. Whether nobody stands in the way.
  bool change(const ChangeRequest& request) {
    const coordination::ChangeOutcome outcome = store_.change(request);
    for (const coordination::Lease& lease : outcome.acquired) {
      const LeaseName name{lease.path, lease.generation};
      acquired_.emplace_back(lease.agent, name);
      result_.leases.push_back(name);
    }
    return outcome.held.empty();
  }

  // The work was not pushed, so this push needs no leases. The table goes on: a table of before
  // would have numbers that were given already.
  LeasePush give_back(LeasePush done) {
    try {
      for (const auto& [agent, name] : acquired_)
        store_.change(coordination::ReleaseRequest{{name}, agent, false});
    } catch (const Error& error) {
      done.unasked = error;  // what git, or the gate, says of the push comes first
    }
    return done;
  }

  // ---- In one push.

  LeasePush push_together(GitStore& store, const ChangeRequest& request) {
    PushAnswer last = PushAnswer::stale;  // while the store has come first
    std::vector<LeaseName> gone;
    std::string tried;
    const auto push = [&](const LeasesMove& move) {
      gone = result_.leases;
      std::erase_if(gone, [&](const LeaseName& name) { return has(move.table, name); });
      PushResult result{PushAnswer::stopped, {}};
      const bool again = std::exchange(tried, move.expected) == move.expected;
      if (gone.empty()) result = push_atomically(move, again);
      last = result.answer;
      return result;
    };
    const coordination::ChangeOutcome outcome = store.change_with(request, push);
    if (outcome.acquired.empty() && outcome.renewed.empty()) {
      if (last == PushAnswer::stopped && gone.empty()) return std::move(result_);  // git says why
      return blocked_by_store(gone.empty() ? not_held(store_, result_.leases) : gone);
    }
    for (LeaseName& name : names_of(outcome.acquired)) result_.leases.push_back(std::move(name));
    if (result_.report.status != 0) after_lost_answer();
    return std::move(result_);
  }

  // `again`: the remote has refused it before, with the leases as they are.
  PushResult push_atomically(const LeasesMove& move, bool again) {
    Words arguments{"--atomic"};
    add(arguments, words_.options);
    arguments.push_back("--force-with-lease=" + move.ref + ':' + move.expected);
    arguments.push_back(words_.remote);
    add(arguments, refspecs_of(plan_.report, words_));
    arguments.push_back(move.commit + ':' + move.ref);
    result_.report = reported(run_push(arguments, true));
    std::vector<PushedRef>& refs = result_.report.refs;
    const auto leases = std::ranges::find(refs, move.ref, &PushedRef::to);
    std::optional<PushedRef> said;
    if (leases != refs.end()) {
      said = *leases;
      refs.erase(leases);
    }
    return answer(said, again);
  }

  PushResult answer(const std::optional<PushedRef>& leases, bool again) const {
    const PushReport& report = result_.report;
    if (report.status == 0) return {PushAnswer::moved, {}};
    if (!leases && refused_here(report)) return {PushAnswer::stopped, {}};
    // Also where all were moved, and the connection has ended before git was told so.
    if (!leases || leases->flag != '!' || lacks_answer(*leases) ||
        std::ranges::any_of(report.refs, lacks_answer))
      return {PushAnswer::unknown, "the answer was lost"};
    if (std::ranges::any_of(report.refs, says_why)) return {PushAnswer::stopped, {}};
    if (leases->summary.starts_with("[rejected]")) return {PushAnswer::stale, leases->summary};
    if (says_why(*leases)) return {PushAnswer::refused, core::printable(leases->summary)};
    return {again ? PushAnswer::stopped : PushAnswer::stale, leases->summary};
  }

  // The store has the change, so the remote has the work; and git has noted nothing of it here:
  // remote-tracking branches, upstreams. It does when it finds all up to date.
  void after_lost_answer() {
    result_.report = plan_.report;
    result_.report.notes.emplace_back("git-stream: the answer was lost; the remote has all of it");
    Words arguments{"--no-verify"}, refspecs;
    for (const RefMove& move : moves_) {
      if (!move.after || !move.ref.starts_with("refs/heads/")) continue;
      const std::string id = move.after->hex();
      arguments.push_back("--force-with-lease=" + move.ref + ':' + id);
      const bool same = git::find_commit(session_.repository(), move.source) == move.after;
      refspecs.push_back((same ? move.source : id) + ':' + move.ref);
    }
    if (refspecs.empty()) return;
    if (std::ranges::find(words_.options, "--set-upstream") != words_.options.end())
      arguments.emplace_back("--set-upstream");
    arguments.push_back(words_.remote);
    add(arguments, refspecs);
    run_push(arguments, false);
  }

  // ---- The leases first, then the work.

  LeasePush push_between(const ChangeRequest& request) {
    if (!change(request)) return blocked_by_store({});
    if (auto gone = not_held(store_, result_.leases); !gone.empty()) return blocked_by_store(gone);
    result_.report = plain_push(words_);
    if (std::ranges::none_of(result_.report.refs, was_pushed)) return std::move(result_);
    try {
      store_.read();
      result_.lost = not_held(store_, result_.leases);
    } catch (const Error& error) {
      result_.unasked = error;
    }
    return std::move(result_);
  }

  session::Session& session_;
  PushWords words_;
  LeaseStore& store_;
  MoverOf who_;
  Plan plan_;
  std::vector<RefMove> moves_;
  std::vector<PushedWork> work_;
  std::vector<MovesVerdict> refused_;
  std::vector<std::pair<std::string, LeaseName>> acquired_;  // by agent, before the push
  LeasePush result_;
};

}  // namespace

PushReport read_push_report(std::string_view output) {
  PushReport report;
  constexpr std::string_view kTo = "To ";
  while (!output.empty()) {
    std::string_view line = core::take_line(output);
    if (line.size() > 1 && line[1] == '\t') {
      PushedRef ref{line[0], {}, {}, {}};
      line.remove_prefix(2);
      std::string_view names = core::take_part(line, '\t');
      const std::size_t colon = names.rfind(':');
      if (colon == names.npos) continue;
      ref.from = names.substr(0, colon);
      ref.to = names.substr(colon + 1);
      ref.summary = line;
      report.refs.push_back(std::move(ref));
    } else if (line.starts_with(kTo)) {
      report.address = line.substr(kTo.size());
    } else if (line == "Done") {
      report.done = true;
    } else if (!line.empty()) {
      report.notes.emplace_back(line);
    }
  }
  return report;
}

LeasePush push_with_leases(session::Session& session, const PushWords& words) {
  const auto store = session.policy().rules.lock == core::Action::off
                         ? nullptr
                         : session::shared_store(session, isatty(STDERR_FILENO) != 0);
  if (store) return Push(session, words, *store).run();
  LeasePush result;
  result.report = plain_push(words);
  return result;
}

}  // namespace gs::gates
