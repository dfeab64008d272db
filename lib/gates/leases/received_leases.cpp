#include "lib/gates/leases/received_leases.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include "analyzers/judge.h"
#include "lib/coordination/git/git_store.h"
#include "lib/coordination/host_memory.h"
#include "lib/coordination/open_store.h"
#include "lib/coordination/table_format.h"
#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"

namespace gs::gates {

namespace {

using coordination::HostId;
using coordination::Lease;
using coordination::LeaseTable;
using core::Identity;
using core::ObjectId;

bool is_own(const Lease& lease, const Identity& who) {
  if (who.agent || who.outsider()) return core::same_holder(lease.agent, who.name());
  return lease.stream == who.stream->str();
}

}  // namespace

ReceivedLeases::ReceivedLeases(const LeaseTable& table, std::optional<HostId> pusher,
                               bool ignore_case)
    : index_(table.leases, ignore_case), pusher_(std::move(pusher)) {}

const Lease* ReceivedLeases::of_others(std::string_view path, const Identity& who) const {
  for (const std::size_t i : index_.on(path)) {
    const Lease& lease = index_.all()[i];
    if (!is_own(lease, who) || (pusher_ && lease.host != *pusher_)) return &lease;
  }
  return nullptr;
}

void ReceivedLeases::judge(session::Session& session, const git::Commit& commit,
                           core::Verdict& verdict) const {
  OwnChanges changes(session, commit);
  for (const core::Change& change : changes.all()) {
    const Lease* const lease = of_others(change.path, session.identity());
    if (lease == nullptr || !changes.is_own(change)) continue;
    if (auto found = analyzers::finding(
            core::Rule::lock, session.policy().rules.lock, change.path,
            "is leased to " + describe_lease(*lease),
            "git stream lock --wait 1h " + core::quote_shell(core::literal_pattern(change.path))))
      verdict.findings.push_back(std::move(*found));
  }
}

namespace {

constexpr char kFile[] = "leases";

bool is_in_git(session::Session& session) {
  return session.policy().coordination.store == core::Store::git &&
         session.policy().rules.lock != core::Action::off;
}

// The table of a commit. Throws core::JsonError where it is damaged.
LeaseTable table_of(const git::Repository& repository, const ObjectId& commit) {
  const auto entry = repository.entry(commit, kFile);
  if (!entry || !core::mode::is_regular(entry->mode)) throw core::JsonError("no file `leases`");
  return coordination::parse_table(repository.blob(entry->id)).table;
}

[[noreturn]] void fail_damaged(const std::string& ref, const char* why) {
  throw core::Error(core::ExitCode::broken, "the leases in " + ref + " are damaged: " + why,
                    "set the ref back to a commit that is not: git log " + ref);
}

LeaseTable read_table(session::Session& session, const std::string& ref, const ObjectId& commit) {
  try {
    return table_of(session.repository(), commit);
  } catch (const core::JsonError& error) {
    fail_damaged(ref, error.what());
  }
}

// The host that made a table's last change.
std::optional<HostId> last_host(const LeaseTable& table) {
  for (const auto& [host, last] : table.hosts) {
    if (last.number == table.last) return host;
  }
  return std::nullopt;
}

std::unique_ptr<ReceivedLeases> made_of(session::Session& session, const LeaseTable& table,
                                        std::optional<HostId> pusher) {
  if (table.leases.empty()) return nullptr;
  return std::make_unique<ReceivedLeases>(table, std::move(pusher),
                                          session.repository().ignore_case());
}

struct LeasesTip {
  std::string ref;
  ObjectId commit;
};

[[noreturn]] void fail_twice(const std::vector<LeasesTip>& tips) {
  throw core::Error(
      core::ExitCode::broken,
      "the leases are in two refs, " + tips[0].ref + " and " + tips[1].ref +
          ", and only one of them can be right",
      "see who uses which: git log " + tips[0].ref + " " + tips[1].ref + "; then delete the other");
}

void add_ref(const git::Repository& repository, const char* ref, std::vector<LeasesTip>& tips) {
  if (const auto commit = repository.resolve(ref)) tips.push_back({ref, *commit});
}

}  // namespace

std::unique_ptr<ReceivedLeases> received_leases(session::Session& session,
                                                const std::vector<RefMove>& moves) {
  const bool work = std::ranges::any_of(
      moves, [](const RefMove& move) { return !coordination::is_store_ref(move.ref); });
  if (!work || !is_in_git(session)) return nullptr;
  std::vector<LeasesTip> tips;
  add_ref(session.repository(), coordination::kLeasesRef, tips);
  add_ref(session.repository(), coordination::kLeasesRefHeads, tips);
  bool moved = false;
  for (const RefMove& move : moves) {
    if (!coordination::is_leases_ref(move.ref)) continue;
    std::erase_if(tips, [&](const LeasesTip& tip) { return tip.ref == move.ref; });
    if (move.after) tips.push_back({move.ref, *move.after});
    moved = true;
  }
  if (tips.size() > 1) fail_twice(tips);
  if (tips.empty()) return nullptr;
  const LeaseTable table = read_table(session, tips[0].ref, tips[0].commit);
  return made_of(session, table, moved ? last_host(table) : std::nullopt);
}

namespace {

// In the order in which they are believed: the first that is there.
std::optional<LeasesTip> fetched_tip(const git::Repository& repository) {
  std::vector<LeasesTip> tips;
  for (const char* const ref : {coordination::kLeasesRef, coordination::kLeasesRefHeads,
                                coordination::kLeasesSeen, coordination::kLeasesSeenHeads})
    add_ref(repository, ref, tips);
  const auto is_leases = [](std::string_view name) { return name.ends_with("/stream/leases"); };
  for (const auto& [ref, id] : git::refs_below(repository, "refs/remotes/", is_leases)) {
    if (const auto commit = git::known_commit(repository, id)) tips.push_back({ref, *commit});
  }
  return tips.empty() ? std::nullopt : std::optional(tips.front());
}

// Then every gate judges by what it has learnt there.
bool has_asked(session::Session& session) {
  std::error_code ignored;
  return std::filesystem::exists(
      coordination::coordination_folder(session.repository().layout().common_dir) / "memory.json",
      ignored);
}

}  // namespace

std::unique_ptr<ReceivedLeases> fetched_leases(session::Session& session) {
  if (!is_in_git(session) || has_asked(session)) return nullptr;
  const auto tip = fetched_tip(session.repository());
  if (!tip) return nullptr;
  return made_of(session, read_table(session, tip->ref, tip->commit), std::nullopt);
}

bool lacks_leases(session::Session& session) {
  return is_in_git(session) && !has_asked(session) && !fetched_tip(session.repository());
}

namespace {

std::optional<std::string> fault_of_move(session::Session& session, const RefMove& move) {
  LeaseTable after;
  try {
    after = table_of(session.repository(), *move.after);
  } catch (const core::JsonError& error) {
    return "would be damaged: " + std::string(error.what());
  }
  LeaseTable before;
  try {
    if (!move.before) return std::nullopt;
    before = table_of(session.repository(), *move.before);
  } catch (const core::JsonError&) {
    return std::nullopt;  // this is the repair
  }
  if (after.store != before.store) return "would be those of another store";
  if (after.last <= before.last)
    return "would go back from change " + std::to_string(before.last.number) + " to " +
           std::to_string(after.last.number);
  return std::nullopt;
}

}  // namespace

std::optional<LocatedFinding> judge_leases_move(session::Session& session, const RefMove& move) {
  if (!move.after || !coordination::is_leases_ref(move.ref)) return std::nullopt;
  auto fault = fault_of_move(session, move);
  if (!fault) return std::nullopt;
  return LocatedFinding{{core::Rule::lock, core::Severity::block, move.ref, 0,
                         "the leases " + *fault, "git stream sync"},
                        {}};
}

}  // namespace gs::gates
