#include "lib/policy/integration_record.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/refs.h"
#include "lib/git/refs/remotes.h"
#include "lib/state/files.h"

namespace gs::policy {

namespace {

namespace fs = std::filesystem;
using core::BranchName;
using core::ObjectId;

constexpr std::size_t kLargest = 64 << 10;
constexpr std::string_view kSymbolic = "symbolic ", kPolicy = "policy";

fs::path file_of(const git::Layout& layout, const char* name) {
  return layout.common_dir / "stream" / name;
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  if (state::read_file(path, kLargest) == text) return;
  state::AtomicFile file(path);
  file.write(text);
  file.commit();
}

template <class Each>
void each_line(std::string_view text, const Each& each) {
  while (!text.empty()) {
    const std::string_view line = core::take_line(text);
    if (!line.empty()) each(line);
  }
}

std::optional<ObjectId> tip_here(const git::Repository& repository, const std::string& ref) {
  const auto tip = ref.empty() ? std::nullopt : repository.resolve(ref);
  return tip ? git::known_commit(repository, *tip) : std::nullopt;
}

}  // namespace

IntegrationRecord read_integration(const git::Layout& layout) {
  IntegrationRecord record;
  const auto text = state::read_file(file_of(layout, "integration"), kLargest);
  if (!text) return record;
  each_line(*text, [&](std::string_view line) {
    if (!record.recorded) {
      record.branch = BranchName(std::string(line));
    } else if (line.starts_with(kSymbolic)) {
      record.symbolic = line.substr(kSymbolic.size());
    } else if (line == kPolicy) {
      record.had_policy = true;
    }
    record.recorded = true;
  });
  return record;
}

void record_integration(const git::Layout& layout, const IntegrationRecord& record) {
  std::string text = record.branch.str() + "\n";
  if (!record.symbolic.empty()) text += std::string(kSymbolic) + record.symbolic + "\n";
  if (record.had_policy) text += std::string(kPolicy) + "\n";
  write(file_of(layout, "integration"), text);
}

BranchName integration_branch(const git::Layout& layout) {
  return read_integration(layout).branch;
}

void note_integration_branch(const git::Repository& repository, const BranchName& branch) {
  const std::string ref = "refs/heads/" + branch.str();
  IntegrationRecord record{branch, repository.symbolic_target(ref), false, true};
  const auto tip = repository.resolve(ref);
  const IntegrationRecord before = read_integration(repository.layout());
  record.had_policy = (before.branch == branch && before.had_policy) ||
                      (tip && repository.entry(*tip, core::kPolicyFile));
  record_integration(repository.layout(), record);
}

namespace {

constexpr char kTipFile[] = "integration-tip";

std::optional<ObjectId> id_in(const fs::path& file) {
  const auto text = state::read_file(file, kLargest);
  return text ? ObjectId::from_hex(std::string_view(*text).substr(0, text->find('\n')))
              : std::nullopt;
}

}  // namespace

void record_integration_tip(const git::Layout& layout, const ObjectId& tip) {
  write(file_of(layout, kTipFile), tip.hex() + "\n");
}

void forget_integration_tip(const git::Layout& layout) {
  fs::remove(file_of(layout, kTipFile));
}

std::optional<ObjectId> recorded_integration_tip(const git::Repository& repository) {
  auto tip = id_in(file_of(repository.layout(), kTipFile));
  return tip && tip->format == repository.object_format() ? tip : std::nullopt;
}

namespace {

// Whether a stretch of HEAD's log that ends with a commit begins with the other, on one branch.
bool leads(std::span<const git::RefMove> stretch, const ObjectId& from, ObjectId to) {
  for (auto move = stretch.rbegin(); move != stretch.rend(); ++move) {
    if (move->after != to || move->message.starts_with("checkout: ") ||
        move->message.starts_with("Branch: "))
      return false;
    if (move->before == from) return true;
    to = move->before;
  }
  return false;
}

// Whether the branch was moved there in a worktree of nobody's stream that had it checked out, or
// has, with a program that runs no hooks. git takes no such branch from under a worktree.
bool was_moved_in(const git::Repository& repository, const git::Worktree& worktree,
                  const BranchName& branch, const ObjectId& from, const ObjectId& to) {
  const auto log = git::Refs(repository.layout(), worktree.git_dir).moves_of("HEAD");
  const std::span<const git::RefMove> moves(log);
  if (worktree.branch == branch && leads(moves, from, to)) return true;
  const std::string left = "checkout: moving from " + branch.str() + " to ";
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (moves[i].message.starts_with(left) && moves[i].before == to &&
        leads(moves.first(i), from, to))
      return true;
  }
  return false;
}

bool was_moved_at_home(const git::Repository& repository, const BranchName& branch,
                       const ObjectId& from, const ObjectId& to) {
  return std::ranges::any_of(repository.worktrees(), [&](const git::Worktree& worktree) {
    return !fs::exists(worktree.git_dir / "stream" / "identity") &&
           was_moved_in(repository, worktree, branch, from, to);
  });
}

}  // namespace

// The gate records a move before git makes it, which holds the lock until then; in a gate of ref
// updates, it is our own git that may hold it.
std::optional<IntegrationTip> integration_tip(const git::Repository& repository,
                                              const BranchName& branch) {
  constexpr int kRounds = 20, kRoundsWhileLocked = 100;
  constexpr std::chrono::milliseconds kPause{5};
  const std::string ref = "refs/heads/" + branch.str();
  for (int round = 0;; ++round) {
    const auto tip = repository.resolve(ref);
    if (!tip) return std::nullopt;
    const auto recorded = recorded_integration_tip(repository);
    if (!recorded || *recorded == *tip || branch != integration_branch(repository.layout()))
      return IntegrationTip{*tip, {}};
    const bool locked = git::is_locked(repository.layout(), ref);
    if (round < (locked ? kRoundsWhileLocked : kRounds)) {
      std::this_thread::sleep_for(kPause);
    } else if (was_moved_at_home(repository, branch, *recorded, *tip)) {
      if (!locked) record_integration_tip(repository.layout(), *tip);
      return IntegrationTip{*tip, {}};
    } else {
      return IntegrationTip{*recorded, tip};
    }
  }
}

std::optional<std::vector<RecordedRemote>> recorded_remotes(const git::Layout& layout) {
  const auto text = state::read_file(file_of(layout, "remotes"), kLargest);
  if (!text) return std::nullopt;
  std::vector<RecordedRemote> remotes;
  each_line(*text, [&](std::string_view line) {
    const std::size_t space = line.find(' ');
    if (space != line.npos)
      remotes.push_back({std::string(line.substr(0, space)), std::string(line.substr(space + 1))});
  });
  return remotes;
}

namespace {

// The remote whose integration branch is ours comes first: the one that was recorded as that, or
// else the one that the branch follows.
void put_first(const git::Repository& repository, const std::string& recorded,
               std::vector<git::Remote>& remotes) {
  const BranchName branch = integration_branch(repository.layout());
  const auto followed = repository.config("branch." + branch.str() + ".remote");
  for (const std::string& name : {recorded, followed.value_or(""), std::string("origin")}) {
    const auto found = std::find_if(remotes.begin(), remotes.end(),
                                    [&](const git::Remote& one) { return one.name == name; });
    if (found == remotes.end()) continue;
    std::rotate(remotes.begin(), found, found + 1);
    return;
  }
}

}  // namespace

void record_remotes(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  std::vector<git::Remote> remotes = git::configured_remotes(repository);
  const auto before = recorded_remotes(layout);
  const std::string first = before && !before->empty() ? before->front().name : "";
  put_first(repository, first, remotes);
  std::string text;
  for (const git::Remote& remote : remotes) {
    if (remote.url.find('\n') == remote.url.npos) text += remote.name + " " + remote.url + "\n";
  }
  write(file_of(layout, "remotes"), text);
  const bool same = !remotes.empty() && remotes.front().name == first;
  const auto tip = tip_here(repository, remote_integration_ref(layout));
  if (tip && !(same && recorded_remote_tip(layout))) record_remote_tip(layout, *tip);
}

std::string remote_integration_ref(const git::Layout& layout) {
  const auto remotes = recorded_remotes(layout);
  if (remotes && remotes->empty()) return {};
  const std::string name = remotes ? remotes->front().name : "origin";
  return "refs/remotes/" + name + "/" + integration_branch(layout).str();
}

std::optional<ObjectId> recorded_remote_tip(const git::Layout& layout) {
  return id_in(file_of(layout, "remote-tip"));
}

void record_remote_tip(const git::Layout& layout, const ObjectId& tip) {
  write(file_of(layout, "remote-tip"), tip.hex() + "\n");
}

std::optional<ObjectId> believed_remote_tip(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  if (!recorded_remotes(layout)) return tip_here(repository, remote_integration_ref(layout));
  const auto tip = recorded_remote_tip(layout);
  return tip ? git::known_commit(repository, *tip) : std::nullopt;
}

std::optional<RemoteStanding> standing_to_remote(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  RemoteStanding standing{remote_integration_ref(layout)};
  const auto remote = tip_here(repository, standing.ref);
  if (!remote) return std::nullopt;
  standing.unasked = recorded_remotes(layout) && recorded_remote_tip(layout) != remote;
  const std::string local_ref = "refs/heads/" + integration_branch(layout).str();
  const auto local = repository.resolve(local_ref);
  const auto ours = local ? local : believed_remote_tip(repository);
  if (!ours || *ours == *remote) return std::nullopt;
  standing.behind = local && repository.is_ancestor(*local, *remote);
  const auto policy = [&](const ObjectId& commit) {
    const auto entry = repository.entry(commit, core::kPolicyFile);
    return entry ? entry->id : ObjectId();
  };
  standing.same_policy = policy(*ours) == policy(*remote);
  return standing;
}

bool ask_remote(const git::Repository& repository) {
  const git::Layout& layout = repository.layout();
  const auto remotes = recorded_remotes(layout);
  const auto tip = tip_here(repository, remote_integration_ref(layout));
  if (!remotes || remotes->empty() || !tip) return false;
  const std::string ref = "refs/heads/" + integration_branch(layout).str();
  if (git::ask_for_ref(remotes->front().url, ref) != tip) return false;
  record_remote_tip(layout, *tip);
  return true;
}

}  // namespace gs::policy
