// Runs the rows of ways.cpp, each in the scratch clone as it was built.

#include "lib/proof/proof.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include "lib/core/error.h"
#include "lib/install/git_config.h"
#include "lib/proof/scratch_clone.h"
#include "lib/streams/worktree_git.h"

namespace gs::proof {

namespace {

using core::Error;
using core::ExitCode;
using Hooks = ScratchClone::Hooks;

bool aims_at_server(Goal goal) {
  return goal == Goal::theirs_on_server || goal == Goal::server_refs;
}

bool aims_at_theirs(Goal goal) {
  return goal == Goal::theirs || goal == Goal::theirs_on_branch || goal == Goal::theirs_on_server ||
         goal == Goal::alias;
}

// Why this policy leaves nothing to try; empty: it does.
std::string pointless(const Way& way, const ScratchClone& clone) {
  const Attacker& attacker = clone.attacker();
  const core::Rules& rules = clone.policy().rules;
  if (aims_at_theirs(way.goal) && attacker.theirs.empty())
    return "this policy lets the agent change every file";
  switch (way.needs) {
    case Needs::other_stream:
      return clone.rivals().empty() ? "there is no other stream" : "";
    case Needs::owner:
      return attacker.owner ? "" : "nobody owns a file that is out of bounds";
    case Needs::lock:
      return attacker.other && rules.lock == core::Action::block
                 ? ""
                 : "nobody's lock keeps the agent out under this policy";
    case Needs::branch_name:
      return rules.branch_name == core::Action::block
                 ? ""
                 : "rules.branch-name does not block under this policy";
    case Needs::letters:
      return clone.alias().empty() ? "its name has no letters" : "";
    case Needs::nothing:
    case Needs::shared:
      return {};
  }
  return {};
}

bool applies(When when, const ScratchClone& clone) {
  switch (when) {
    case When::same_stream:
      return !clone.attacker().outside;
    case When::bypass_blocks:
      return clone.policy().rules.bypass != core::Bypass::allow;
    case When::outsider_blocks:
      return clone.policy().rules.outsider == core::Outsider::block;
    case When::symbolic_refs_judged:
      return clone.git_version() >= install::GitVersion{2, 46};
    case When::refs_in_tables:
      return clone.refs_in_tables();
    case When::never:
      return false;
  }
  return false;
}

// The row as it is expected under this policy, before it is tried.
Row row_of(const Way& way, const ScratchClone& clone) {
  Row row;
  row.group = way.group;
  row.name = way.name;
  row.innocent = way.goal == Goal::innocent;
  row.on_server = aims_at_server(way.goal);
  const bool otherwise = applies(way.otherwise.when, clone);
  row.expected = otherwise ? way.otherwise.gate : way.gate;
  row.reason = otherwise ? way.otherwise.reason : way.reason;
  const std::string why = pointless(way, clone);
  if (!why.empty()) {
    row.outcome = Outcome::pointless;
    row.reason = why;
  }
  return row;
}

std::string_view without_remote(std::string_view line) {
  constexpr std::string_view kRemote = "remote: ";
  if (line.starts_with(kRemote)) line.remove_prefix(kRemote.size());
  while (line.ends_with(' ') || line.ends_with('\x1b')) line.remove_suffix(1);
  return line;
}

// The first finding of a block, or the complaint of a gate that could not judge (then its name,
// too).
void read_block(const std::string& text, Row& row) {
  constexpr std::string_view kOurs = "git-stream: ", kCannot = " cannot judge: ";
  std::istringstream lines(text);
  std::string whole;
  bool ours = false;
  while (std::getline(lines, whole)) {
    const std::string_view line = without_remote(whole);
    const std::size_t cannot = line.find(kCannot);
    if (line.starts_with(kOurs) && cannot != line.npos) {
      if (row.gate.empty()) row.gate = line.substr(kOurs.size(), cannot - kOurs.size());
      row.finding = line.substr(cannot + kCannot.size());
      return;
    }
    if (ours && line.starts_with("  ") && line.size() > 2) {
      row.finding = line.substr(2);
      return;
    }
    ours = ours || line.starts_with(kOurs);
  }
}

// The branches that are not where they were.
std::vector<std::string> moved_branches(const ScratchClone& clone) {
  constexpr std::string_view kHeads = "refs/heads/";
  std::vector<std::string> names;
  const Refs& first = clone.first_refs(false);
  for (const auto& [name, id] : clone.refs(false)) {
    const auto before = first.find(name);
    if (name.starts_with(kHeads) && (before == first.end() || before->second != id))
      names.push_back(name);
  }
  return names;
}

bool reached(ScratchClone& clone, Goal goal) {
  const bool server = aims_at_server(goal);
  switch (goal) {
    case Goal::theirs:
    case Goal::theirs_on_server:
      return clone.has_change(server, clone.attacker().theirs, "");
    case Goal::theirs_on_branch:
      return clone.has_change(server, clone.attacker().theirs, "refs/heads/" + clone.branch());
    case Goal::alias:
      return clone.has_change(server, clone.alias(), "");
    case Goal::mine:
      return clone.has_change(server, clone.attacker().mine, "");
    case Goal::policy:
      return clone.has_change(server, std::string(core::kPolicyFile), "");
    case Goal::refs:
    case Goal::server_refs:
      return clone.refs(server) != clone.first_refs(server);
    case Goal::innocent:
      return false;
  }
  return false;
}

// Sends on what was not stopped, as the same agent would: first with the hooks that are there, then
// without; and asks what CI asks.
void follow(ScratchClone& clone, const std::filesystem::path& folder, Row& row) {
  const std::vector<std::string> branches = moved_branches(clone);
  if (row.on_server || branches.empty()) return;
  const auto note = [&](std::string gate) {
    if (std::find(row.later.begin(), row.later.end(), gate) == row.later.end())
      row.later.push_back(std::move(gate));
  };
  const std::size_t known = clone.blocked().size();
  for (const bool hooks : {true, false}) {
    std::vector<std::string> push{"push", "-q", "--force", "origin"};
    if (!hooks) push.insert(push.begin() + 1, "--no-verify");
    push.insert(push.end(), branches.begin(), branches.end());
    const process::Result result = clone.git(std::move(push), folder);
    const std::vector<std::string> gates = clone.blocked();
    for (std::size_t i = known; i < gates.size(); ++i) note(gates[i]);
    if (result.status == 0) break;
  }
  const std::string trunk = clone.first_refs(false).at("refs/heads/" + clone.trunk());
  for (const std::string& branch : branches) {
    const process::Result result =
        clone.git_stream({"check", "--range", trunk + ".." + branch}, clone.repo());
    if (result.status == 1) note(std::string(gate_name(Gate::check_range)));
  }
}

// Lines that prepare or undo something: without hooks, and they must not fail.
void must(ScratchClone& clone, std::string_view lines, const std::filesystem::path& folder,
          const Row& row) {
  if (lines.empty()) return;
  const process::Result result = clone.shell(lines, folder, Hooks::off);
  if (result.status != 0)
    throw Error(ExitCode::broken, "the scratch clone cannot be prepared for '" + row.name +
                                      "': " + install::in_one_line(result));
}

void try_way(ScratchClone& clone, const Way& way, Row& row) {
  const std::filesystem::path& folder = way.in_owners_worktree ? clone.repo() : clone.work();
  clone.reset();
  must(clone, way.setup, folder, row);
  const process::Result attack = clone.shell(way.attack, folder, Hooks::on);
  const bool finished = attack.status == 0;  // every line went well
  const std::vector<std::string> gates = clone.blocked();
  if (!gates.empty()) row.gate = gates.front();
  read_block(attack.errors, row);
  if (row.innocent) {
    row.outcome = row.gate.empty() && finished ? Outcome::passed : Outcome::refused;
  } else if (reached(clone, way.goal)) {
    row.outcome = Outcome::not_stopped;
    row.gate.clear();
    follow(clone, folder, row);
  } else {
    row.outcome = row.gate.empty() ? Outcome::broken : Outcome::stopped;
  }
  if (row.finding.empty() && !finished) row.finding = install::in_one_line({1, {}, attack.errors});
  must(clone, way.cleanup, folder, row);
}

bool wanted(const Way& way, const std::string& only) {
  const std::string group(way.group);
  if (only.starts_with(group + ": ")) return only == group + ": " + std::string(way.name);
  return only.empty() || only == group || way.name.find(only) != std::string_view::npos;
}

}  // namespace

std::string_view gate_name(Gate gate) {
  constexpr std::array<std::string_view, 7> kNames{
      "",         "pre-commit",  "pre-merge-commit",        "reference-transaction",
      "pre-push", "pre-receive", "git stream check --range"};
  return kNames.at(static_cast<std::size_t>(gate));
}

std::string_view outcome_name(Outcome outcome) {
  constexpr std::array<std::string_view, 6> kNames{"stopped", "not stopped", "goes through",
                                                   "refused", "broken",      "pointless"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

bool Row::fails() const {
  if (outcome == Outcome::refused || outcome == Outcome::broken) return true;
  return outcome == Outcome::not_stopped && expected != Gate::none;
}

std::size_t Proof::count(Outcome outcome) const {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const Row& row) { return row.outcome == outcome; }));
}

bool Proof::holds() const {
  return std::none_of(rows.begin(), rows.end(), [](const Row& row) { return row.fails(); });
}

Proof prove(session::Session& session, const std::string& only,
            const std::function<void(std::size_t, std::size_t)>& done) {
  const auto begin = std::chrono::steady_clock::now();
  ScratchClone clone(session);
  std::vector<const Way*> ways;
  for (const Way& way : all_ways()) {
    const bool absent = way.needs == Needs::shared && clone.attacker().shared.empty();
    if (!absent && wanted(way, only)) ways.push_back(&way);
  }
  if (ways.empty())
    throw Error(ExitCode::usage, "no way has '" + only + "' in its name",
                "git stream doctor --prove");
  Proof proof{clone.attacker(), clone.branch(), {}, 0};
  for (const Way* way : ways) {
    done(proof.rows.size(), ways.size());
    proof.rows.push_back(row_of(*way, clone));
    if (proof.rows.back().outcome != Outcome::pointless) try_way(clone, *way, proof.rows.back());
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  proof.seconds = static_cast<std::size_t>(std::chrono::ceil<std::chrono::seconds>(took).count());
  return proof;
}

}  // namespace gs::proof
