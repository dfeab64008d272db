#include "lib/streams/lifecycle/status.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/install/state_place.h"
#include "lib/state/journal.h"
#include "lib/state/locks.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;

// The worktree that the stream was given: by its folder, or where that was moved, by its branch.
const git::Worktree* worktree_of(const StreamView& view, const git::Layout& layout,
                                 const std::vector<git::Worktree>& worktrees) {
  if (!view.record || view.record->worktree.empty()) return nullptr;
  const auto first = [&](const auto& fits) -> const git::Worktree* {
    const auto found = std::find_if(worktrees.begin(), worktrees.end(), fits);
    return found == worktrees.end() ? nullptr : &*found;
  };
  const fs::path path = conflicts::absolute_worktree(layout, view.record->worktree);
  const auto by_path = [&](const git::Worktree& other) { return other.path == path; };
  const auto by_file = [&](const git::Worktree& other) {
    std::error_code ignored;
    return fs::equivalent(other.path, path, ignored);
  };
  const auto by_branch = [&](const git::Worktree& other) {
    return !other.main && other.branch == view.branch;
  };
  if (const git::Worktree* found = first(by_path)) return found;
  if (const git::Worktree* found = first(by_branch)) return found;
  return first(by_file);
}

void add_worktrees(const git::Layout& layout, Overview& overview) {
  for (StreamView& view : overview.streams) {
    const git::Worktree* worktree = worktree_of(view, layout, overview.worktrees);
    if (worktree != nullptr && !worktree->prunable) view.worktree = *worktree;
    for (const BranchView& one : view.branches) {
      const bool started = view.record && !view.record->worktree.empty();
      if (started && !view.worktree && one.branch.name == view.branch &&
          !one.branch.worktrees.empty())
        view.worktree = one.branch.worktrees.front();
    }
  }
}

void add_branches(const conflicts::StreamBranches& branches, StreamView& view) {
  view.outside = branches.outside_of(view.id);
  for (const conflicts::DamagedBranch& damaged : branches.damaged) {
    if (damaged.stream == view.id)
      view.troubles.push_back(damaged.name.str() + ": " + damaged.trouble);
  }
  for (const conflicts::StreamBranch& branch : branches.of(view.id)) {
    BranchView one{branch, branch.divergence, {}, false};
    one.changed_since_completed = view.state == StreamState::completed && view.record &&
                                  branch.remains() && !view.record->completed(branch.tip);
    view.changed_since_completed = view.changed_since_completed || one.changed_since_completed;
    view.branches.push_back(std::move(one));
  }
}

// What stands for the stream where only one branch is shown: the recorded one, or the one that it
// has become.
void choose_branch(StreamView& view) {
  view.branch_exists = !view.branches.empty();
  if (view.branches.empty()) return;
  const auto recorded =
      std::find_if(view.branches.begin(), view.branches.end(),
                   [&](const BranchView& one) { return one.branch.name == view.branch; });
  const BranchView& main = recorded != view.branches.end() ? *recorded : view.branches.front();
  view.branch = main.branch.name;
  view.divergence = main.divergence;
}

void add_up(const std::optional<git::Uncommitted>& more, std::optional<git::Uncommitted>& sum) {
  if (!more) return;
  if (!sum) sum.emplace();
  sum->tracked += more->tracked;
  sum->untracked += more->untracked;
}

// Each worktree once: those of the branches, the one that the record names, and those on other
// branches.
std::vector<git::Worktree> worktrees_of(const StreamView& view) {
  std::vector<git::Worktree> all;
  const auto add = [&](const git::Worktree& worktree) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const git::Worktree& other) {
      return other.git_dir == worktree.git_dir;
    });
    if (!known) all.push_back(worktree);
  };
  if (view.worktree) add(*view.worktree);
  for (const BranchView& one : view.branches) {
    for (const git::Worktree& worktree : one.branch.worktrees) add(worktree);
  }
  for (const conflicts::OutsideBranch& one : view.outside) {
    if (one.worktree) add(*one.worktree);
  }
  return all;
}

void add_uncommitted(Overview& overview) {
  std::vector<git::Worktree> worktrees;
  for (const StreamView& view : overview.streams) {
    for (git::Worktree& worktree : worktrees_of(view)) worktrees.push_back(std::move(worktree));
  }
  const std::vector<git::WorktreeStatus> statuses = git::status_of(worktrees);
  auto status = statuses.begin();
  for (StreamView& view : overview.streams) {
    for (const git::Worktree& worktree : worktrees_of(view)) {
      add_up(status->uncommitted, view.uncommitted);
      for (BranchView& one : view.branches) {
        for (const git::Worktree& its : one.branch.worktrees) {
          if (its.git_dir == worktree.git_dir) add_up(status->uncommitted, one.uncommitted);
        }
      }
      if (!status->uncommitted) view.troubles.push_back(status->trouble);
      ++status;
    }
    if (!view.troubles.empty() && view.uncommitted == git::Uncommitted{}) view.uncommitted.reset();
  }
}

}  // namespace

void add_git_side(session::Session& session, const conflicts::StreamBranches& branches,
                  Overview& overview) {
  for (StreamView& view : overview.streams) {
    add_branches(branches, view);
    choose_branch(view);
  }
  add_worktrees(session.repository().layout(), overview);
  add_uncommitted(overview);
}

namespace {

using core::AgentId;
using core::StreamId;
using core::StreamStatus;
using platform::Liveness;

StreamState state_of(StreamStatus status, bool anything_missing) {
  switch (status) {
    case StreamStatus::in_progress:
      return StreamState::in_progress;
    case StreamStatus::completed:
      return StreamState::completed;
    case StreamStatus::merged:
      return StreamState::merged;
    case StreamStatus::waiting:
      break;
  }
  return anything_missing ? StreamState::waiting : StreamState::ready;
}

AgentView agent_view(const AgentId& id, const state::StreamRecord* record) {
  AgentView view{id, record != nullptr && record->completed(id), {}, Liveness::ended};
  if (record == nullptr) return view;
  const auto run = std::find_if(record->runs.begin(), record->runs.end(),
                                [&](const state::AgentRun& other) { return other.agent == id; });
  if (run == record->runs.end()) return view;
  view.run = *run;
  if (!run->ended_at) view.liveness = platform::liveness(run->process);
  return view;
}

// The policy's agents, then those that the stream was started with and the policy has lost.
std::vector<AgentView> agents_of(const core::StreamSpec* spec, const state::StreamRecord* record) {
  std::vector<AgentId> ids;
  const auto add = [&](const AgentId& id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  };
  if (spec != nullptr) {
    for (const core::AgentSpec& agent : spec->agents) add(agent.id);
  }
  if (record != nullptr) {
    for (const AgentId& id : record->agents) add(id);
    for (const state::AgentRun& run : record->runs) add(run.agent);
  }
  std::vector<AgentView> views;
  for (const AgentId& id : ids) views.push_back(agent_view(id, record));
  return views;
}

StreamView view_of(const core::Policy& policy, const state::Streams& streams,
                   const core::StreamSpec& spec) {
  StreamView view;
  view.id = spec.id;
  view.name = spec.name;
  view.missing = conflicts::missing_dependencies(policy, streams, spec);
  view.unmerged = conflicts::unmerged_dependencies(policy, streams, spec);
  view.state = state_of(streams.status(spec.id), !view.missing.empty());
  const state::StreamRecord* record = streams.find(spec.id);
  if (record != nullptr && record->status != StreamStatus::waiting) view.record = *record;
  view.agents = agents_of(&spec, record);
  view.branch = record != nullptr && !record->branch.str().empty()
                    ? record->branch
                    : conflicts::branch_for(policy, spec);
  return view;
}

std::vector<StreamView> views_of(const core::Policy& policy, const state::Streams& streams) {
  std::vector<StreamView> views;
  const std::vector<std::size_t> phases = phase_numbers(policy);
  for (std::size_t i = 0; i < policy.streams.size(); ++i) {
    views.push_back(view_of(policy, streams, policy.streams[i]));
    views.back().phase = phases[i];
  }
  for (const state::StreamRecord& record : streams.records) {
    if (policy.find_stream(record.id) != nullptr || record.status == StreamStatus::waiting)
      continue;
    StreamView view;
    view.id = record.id;
    view.state = state_of(record.status, false);
    view.record = record;
    view.agents = agents_of(nullptr, &record);
    view.branch = record.branch;
    view.troubles.emplace_back("not in the policy");
    views.push_back(std::move(view));
  }
  return views;
}

// Which stream somebody belongs to, by the names that files hold.
class Members {
 public:
  explicit Members(const std::vector<StreamView>& views) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      streams_.emplace(views[i].id.str(), i);
      for (const AgentView& agent : views[i].agents) {
        agents_.emplace(agent.id.short_name(), i);
        agents_.emplace(agent.id.full(), i);
      }
    }
  }

  std::optional<std::size_t> find(std::string_view stream, std::string_view agent) const {
    if (const auto found = streams_.find(std::string(stream)); found != streams_.end())
      return found->second;
    const auto found = agents_.find(std::string(agent));
    return found == agents_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::unordered_map<std::string, std::size_t> streams_, agents_;
};

// Runs one part of the work; a damaged file costs that part only.
template <class Part>
void guarded(std::vector<Damage>& damage, const Part& part) {
  try {
    part();
  } catch (const core::Error& error) {
    damage.push_back({error.what(), error.hint()});
  }
}

void add_logs(const state::StateDir& state, const Members& members, Overview& overview) {
  std::vector<StreamView>& views = overview.streams;
  const auto group = [&](std::string_view stream, std::string_view agent) {
    return members.find(stream, agent);
  };
  guarded(overview.damage, [&] {
    auto last = state::last_activities(state.activity(), views.size(), group);
    for (std::size_t i = 0; i < views.size(); ++i) views[i].last = std::move(last[i]);
  });
  guarded(overview.damage, [&] {
    std::vector<std::optional<core::Instant>> since;
    for (const StreamView& view : views)
      since.push_back(view.record ? view.record->started_at : std::nullopt);
    const auto counts = state::count_since(state.warnings(), since, group);
    for (std::size_t i = 0; i < views.size(); ++i) views[i].warnings = counts[i];
  });
}

void add_locks(session::Session& session, const Members& members, Overview& overview) {
  guarded(overview.damage, [&] { overview.locks = state::read_locks(session.state()); });
  for (const core::Lock& lock : overview.locks) {
    const auto stream = members.find("", lock.agent);
    if (stream && lock.live(session.now())) ++overview.streams[*stream].locks;
  }
}

}  // namespace

std::string_view state_name(StreamState state) {
  constexpr std::array<std::string_view, 5> kNames{"waiting", "ready", "in_progress", "completed",
                                                   "merged"};
  return kNames[static_cast<std::size_t>(state)];
}

bool AgentView::failed() const {
  if (!run || alive() || completed) return false;
  return !run->ended_at || run->signal || run->exit_code.value_or(0) != 0;
}

std::size_t Overview::count(StreamState state) const {
  return static_cast<std::size_t>(std::count_if(
      streams.begin(), streams.end(), [&](const StreamView& view) { return view.state == state; }));
}

std::vector<StreamId> Overview::can_start() const {
  std::vector<StreamId> found;
  for (const StreamView& view : streams) {
    const bool elsewhere = others && others->has_work(view.id);
    if (view.state == StreamState::ready && !elsewhere) found.push_back(view.id);
  }
  return found;
}

std::vector<StreamId> Overview::can_merge() const {
  std::vector<StreamId> found;
  for (const StreamView& view : streams) {
    if (view.state == StreamState::completed && view.unmerged.empty()) found.push_back(view.id);
  }
  return found;
}

bool Overview::belongs_to_stream(const git::Worktree& worktree) const {
  const auto is_same = [&](const git::Worktree& one) { return one.git_dir == worktree.git_dir; };
  return std::any_of(streams.begin(), streams.end(), [&](const StreamView& view) {
    return (view.worktree && is_same(*view.worktree)) ||
           std::any_of(view.branches.begin(), view.branches.end(), [&](const BranchView& one) {
             const auto& own = one.branch.worktrees;
             return view.branches.size() > 1 && std::any_of(own.begin(), own.end(), is_same);
           });
  });
}

// Round by round: whoever waits for nobody without a number.
std::vector<std::size_t> phase_numbers(const core::Policy& policy) {
  std::vector<std::size_t> numbers(policy.streams.size());
  const auto waits = [&](std::size_t stream) {
    const auto& depends_on = policy.streams[stream].depends_on;
    return std::any_of(depends_on.begin(), depends_on.end(), [&](const StreamId& id) {
      const core::StreamSpec* other = policy.find_stream(id);
      return other != nullptr && numbers[static_cast<std::size_t>(other - &policy.streams[0])] == 0;
    });
  };
  for (std::size_t phase = 1; phase <= numbers.size(); ++phase) {
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] == 0 && !waits(i)) free.push_back(i);
    }
    for (const std::size_t i : free) numbers[i] = phase;
  }
  return numbers;
}

Overview overview_of(session::Session& session) {
  Overview overview;
  conflicts::StreamsNow now;
  const core::Policy& policy = session.policy();
  guarded(overview.damage, [&] { now.streams = state::read_streams(session.state()); });
  if (const auto old =
          install::commits_of_another_hash(now.streams, session.repository().object_format()))
    overview.old_commits = Damage{old->what, old->next};
  if (overview.damage.empty())
    guarded(overview.damage, [&] { now = conflicts::streams_now(session); });
  overview.streams = views_of(policy, now.streams);
  guarded(overview.damage, [&] { overview.worktrees = session.repository().worktrees(); });
  const Members members(overview.streams);
  add_git_side(session, now.branches, overview);
  add_logs(session.state(), members, overview);
  add_locks(session, members, overview);
  guarded(overview.damage, [&] { overview.others = other_hosts(session, now); });
  return overview;
}

}  // namespace gs::streams
