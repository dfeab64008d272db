#include "lib/conflicts/stream_branches.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/refs.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/session/identity.h"

namespace gs::conflicts {

namespace {

namespace fs = std::filesystem;
using core::AgentId;
using core::BranchName;
using core::ObjectId;
using core::StreamId;
using core::StreamSpec;
using core::StreamStatus;

// A worktree with what it tells of itself.
struct Place {
  git::Worktree worktree;
  std::optional<BranchName> branch;  // a rebase's or bisection's too
  std::optional<StreamId> stream;    // as whose it is enrolled
  std::optional<AgentId> agent;
};

Place place_of(const core::Policy& policy, const git::Layout& layout, git::Worktree worktree) {
  Place place{std::move(worktree), {}, {}, {}};
  try {
    place.branch = git::branch_worked_on(place.worktree, layout);
  } catch (const core::Error&) {  // a damaged HEAD is no branch
  }
  try {
    const auto enrolment = session::read_enrolment(place.worktree.git_dir);
    if (!enrolment) return place;
    place.agent = enrolment->agent;
    place.stream = enrolment->stream;
    const StreamSpec* home = place.agent ? policy.stream_of(*place.agent) : nullptr;
    if (home != nullptr) place.stream = home->id;
  } catch (const core::Error&) {  // doctor and status name what is damaged
  }
  return place;
}

// One without an identity of its own is the stream's whose record names it.
void take_from_record(const git::Layout& layout, const state::Streams& streams, Place& place) {
  const auto is_here = [&](const std::string& recorded) {
    return !recorded.empty() &&
           git::real_path(absolute_worktree(layout, recorded)) == place.worktree.path;
  };
  for (const state::StreamRecord& record : streams.records) {
    if (record.status == StreamStatus::waiting || record.status == StreamStatus::merged) continue;
    bool is_own = is_here(record.worktree);
    for (const state::BranchRecord& branch : record.branches) {
      if (!is_here(branch.worktree)) continue;
      is_own = true;
      place.agent = branch.agent;
    }
    if (is_own) place.stream = record.id;
  }
}

std::vector<Place> places_of(session::Session& session, const state::Streams& streams) {
  const git::Repository& repository = session.repository();
  std::vector<Place> places;
  for (git::Worktree& worktree : repository.worktrees()) {
    if (worktree.prunable) continue;
    Place& place =
        places.emplace_back(place_of(session.policy(), repository.layout(), std::move(worktree)));
    if (!place.stream && !place.worktree.main)
      take_from_record(repository.layout(), streams, place);
  }
  return places;
}

// What all answers are taken from.
struct Sources {
  session::Session& session;
  const state::Streams& streams;
  std::vector<std::pair<BranchName, ObjectId>> all;  // local branches, by name
  const std::vector<Place> places;
  git::IntegrationLine line;
  git::Divergences divergences;

  const git::Repository& repository() const { return session.repository(); }
  const core::Policy& policy() const { return session.policy(); }
};

std::optional<StreamId> owner_of(const Sources& sources, const BranchName& branch) {
  return stream_of_name(sources.policy(), sources.streams, branch);
}

std::vector<git::RefMove> moves_of(const git::Layout& layout, const BranchName& branch) {
  return git::Refs(layout).moves_of("refs/heads/" + branch.str());
}

// Whether commits were made on a branch all of which the integration branch has: it holds them in
// its own line (fast-forward), where a branch that was only made looks the same.
bool commits_were_made(const git::Layout& layout, const BranchName& branch) {
  bool made = false;
  for (const auto& [before, after, message] : moves_of(layout, branch)) {
    for (const std::string_view start : {"commit", "cherry-pick", "revert", "am:"})
      made = made || message.starts_with(start);
    if (message.starts_with("reset:") || message.starts_with("git stream start")) made = false;
  }
  return made;
}

void find_merged(Sources& sources, StreamBranch& branch) {
  const git::Repository& repository = sources.repository();
  branch.divergence = sources.divergences.of(branch.tip);
  branch.base = sources.divergences.merge_base(branch.tip);
  if (!branch.base) {
    branch.has_work = true;
  } else if (*branch.base == branch.tip) {
    const auto by = sources.line.merged_by(branch.tip);
    branch.has_work = by || commits_were_made(repository.layout(), branch.name);
    if (branch.has_work) branch.merged = git::MergedPart{git::MergedHow::ancestry, branch.tip, by};
  } else {
    branch.has_work = true;
    branch.merged = git::merged_by_content(repository, sources.line, *branch.base, branch.tip);
    if (branch.merged) branch.base = branch.merged->tip;
  }
}

void add_place(const Sources& sources, StreamBranch& branch) {
  std::optional<AgentId> agent;
  bool one = true;
  for (const Place& place : sources.places) {
    if (place.branch != branch.name) continue;
    branch.worktrees.push_back(place.worktree);
    if (place.stream != branch.stream) continue;
    one = one && (!agent || agent == place.agent) && place.agent;
    agent = place.agent;
  }
  if (agent && one) branch.agent = agent;
}

// By the worktree that has it, by the record, or by its name.
void add_agent(const Sources& sources, StreamBranch& branch) {
  const StreamSpec* stream = sources.policy().find_stream(branch.stream);
  const state::StreamRecord* record = sources.streams.find(branch.stream);
  const state::BranchRecord* known = record != nullptr ? record->find(branch.name) : nullptr;
  const bool enrolled = std::ranges::any_of(sources.places, [&](const Place& place) {
    return place.branch == branch.name && place.stream == branch.stream;
  });
  if (branch.agent || enrolled || stream == nullptr) return;
  if (known != nullptr && known->agent) branch.agent = known->agent;
  if (!branch.agent) branch.agent = agent_of_name(sources.policy(), *stream, branch.name);
}

StreamBranch stream_branch(Sources& sources, const StreamId& stream, const BranchName& name,
                           const ObjectId& tip) {
  StreamBranch branch;
  branch.stream = stream;
  branch.name = name;
  branch.tip = tip;
  find_merged(sources, branch);
  add_place(sources, branch);
  add_agent(sources, branch);
  constexpr std::string_view kRemotes = "refs/remotes/";
  const auto upstream = sources.repository().upstream_ref(name);
  if (upstream)
    branch.upstream = upstream->substr(upstream->starts_with(kRemotes) ? kRemotes.size() : 0);
  return branch;
}

bool is_contained(const git::Repository& repository, const StreamBranches& branches,
                  const StreamId& stream, const ObjectId& tip) {
  if (repository.is_ancestor(tip, branches.integration)) return true;
  return std::ranges::any_of(branches.of(stream), [&](const StreamBranch& branch) {
    return repository.is_ancestor(tip, branch.tip);
  });
}

// A name that fits the rule, and that nobody has.
std::string name_within_rule(const Sources& sources, const StreamId& stream,
                             const std::optional<BranchName>& from) {
  const StreamSpec* spec = sources.policy().find_stream(stream);
  if (spec == nullptr) return {};
  StreamSpec named = *spec;
  if (from && rule_has_slug(sources.policy()))
    named.name = from->str().substr(from->str().rfind('/') + 1);
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(sources.all,
                               [&](const auto& one) { return one.first.str() == name; });
  };
  const std::string first = branch_for(sources.policy(), named).str();
  std::string name = first;
  for (int i = 2; taken(name) && rule_has_slug(sources.policy()); ++i)
    name = first + "-" + std::to_string(i);
  return name;
}

std::string way_back(const Sources& sources, const StreamBranches& branches,
                     const OutsideBranch& outside) {
  const std::string git = outside.worktree
                              ? "git -C " + core::quote_shell(outside.worktree->path.string()) + " "
                              : "git ";
  const std::string name = name_within_rule(sources, outside.stream, outside.name);
  if (outside.has_work && outside.name)
    return git + "branch -m " + core::quote_shell(outside.name->str()) + " " +
           core::quote_shell(name);
  if (outside.has_work) return git + "switch -c " + core::quote_shell(name);
  for (const StreamBranch& branch : branches.of(outside.stream)) {
    if (branch.worktrees.empty()) return git + "switch " + core::quote_shell(branch.name.str());
  }
  return git + "switch -c " + core::quote_shell(name);
}

// None where it cannot be read: then the branch is among the damaged ones.
std::optional<ObjectId> head_of(const Sources& sources, const Place& place) {
  const auto known =
      std::ranges::find_if(sources.all, [&](const auto& one) { return one.first == place.branch; });
  if (place.branch && known == sources.all.end()) return std::nullopt;
  if (place.branch) return known->second;
  const auto head = git::Refs(sources.repository().layout(), place.worktree.git_dir).read("HEAD");
  return head && head->target.empty() ? std::optional(head->id) : std::nullopt;
}

// Enrolled worktrees that are on no branch of their stream.
void add_outside_worktrees(const Sources& sources, StreamBranches& branches) {
  for (const Place& place : sources.places) {
    if (!place.stream || sources.policy().find_stream(*place.stream) == nullptr) continue;
    const auto& own = branches.of(*place.stream);
    const bool inside = place.branch && std::ranges::any_of(own, [&](const StreamBranch& branch) {
                          return branch.name == *place.branch;
                        });
    const auto tip = head_of(sources, place);
    if (inside || !tip || place.branch == sources.policy().integration_branch) continue;
    OutsideBranch outside{*place.stream, place.branch, *tip, place.worktree,
                          place.agent,   false,        {}};
    outside.has_work = !is_contained(sources.repository(), branches, *place.stream, *tip);
    outside.next = way_back(sources, branches, outside);
    branches.outside.push_back(std::move(outside));
  }
}

// "Branch: renamed refs/heads/A to refs/heads/B": from which branches this one was renamed.
std::vector<BranchName> former_names(const git::Layout& layout, const BranchName& branch) {
  constexpr std::string_view kStart = "Branch: renamed refs/heads/", kTo = " to refs/heads/";
  std::vector<BranchName> names;
  for (const auto& [before, after, message] : moves_of(layout, branch)) {
    const std::size_t to = message.find(kTo);
    if (message.starts_with(kStart) && to != message.npos)
      names.emplace_back(message.substr(kStart.size(), to - kStart.size()));
  }
  return names;
}

// Branches that were a stream's under another name, and hold work of it still.
void add_renamed(const Sources& sources, StreamBranches& branches) {
  for (const auto& [name, tip] : sources.all) {
    if (owner_of(sources, name) || name == sources.policy().integration_branch) continue;
    const bool known = std::ranges::any_of(
        branches.outside, [&](const OutsideBranch& one) { return one.name == name; });
    if (known) continue;
    for (const BranchName& former : former_names(sources.repository().layout(), name)) {
      const auto stream = owner_of(sources, former);
      if (!stream || is_contained(sources.repository(), branches, *stream, tip)) continue;
      OutsideBranch outside{*stream, name, tip, {}, {}, true, {}};
      for (const Place& place : sources.places) {
        if (place.branch == name) outside.worktree = place.worktree;
      }
      outside.next = way_back(sources, branches, outside);
      branches.outside.push_back(std::move(outside));
      break;
    }
  }
}

}  // namespace

std::optional<StreamId> stream_of_name(const core::Policy& policy, const state::Streams& streams,
                                       const BranchName& branch) {
  if (branch == policy.integration_branch) return std::nullopt;
  if (const auto stream = core::stream_of_branch(policy, branch)) return stream;
  for (const state::StreamRecord& record : streams.records) {
    const bool named = record.branch == branch || record.find(branch) != nullptr;
    if (named && policy.find_stream(record.id) != nullptr) return record.id;
  }
  if (policy.branch.find("{stream}") != std::string::npos) return std::nullopt;
  for (const StreamSpec& stream : policy.streams) {
    if (branch_for(policy, stream) == branch) return stream.id;
  }
  return std::nullopt;
}

std::optional<AgentId> agent_of_name(const core::Policy& policy, const StreamSpec& stream,
                                     const BranchName& branch) {
  if (!rule_has_slug(policy) || branch_for(policy, stream) == branch) return std::nullopt;
  std::optional<AgentId> found;
  for (const core::AgentSpec& agent : stream.agents) {
    if (agent_branch_for(policy, stream, agent) == branch) found = agent.id;
  }
  return found;
}

std::string OutsideBranch::described() const {
  std::string text = name ? "branch " + core::printable(name->str()) : "a detached HEAD";
  if (worktree) text += " in " + core::quote_path(worktree->path.string());
  return text;
}

const std::vector<StreamBranch>& StreamBranches::of(const StreamId& stream) const {
  static const std::vector<StreamBranch> kNone;
  const auto found = by_stream.find(stream);
  return found == by_stream.end() ? kNone : found->second;
}

const DamagedBranch* StreamBranches::damaged_of(const StreamId& stream) const {
  const auto found = std::ranges::find(damaged, stream, &DamagedBranch::stream);
  return found == damaged.end() ? nullptr : &*found;
}

std::vector<OutsideBranch> StreamBranches::outside_of(const StreamId& stream) const {
  std::vector<OutsideBranch> found;
  std::ranges::copy_if(outside, std::back_inserter(found),
                       [&](const OutsideBranch& one) { return one.stream == stream; });
  return found;
}

bool StreamBranches::has_work(const StreamId& stream) const {
  return std::ranges::any_of(of(stream), &StreamBranch::has_work);
}

bool StreamBranches::remains(const StreamId& stream) const {
  return std::ranges::any_of(of(stream), &StreamBranch::remains);
}

StreamBranches stream_branches(session::Session& session, const state::Streams& streams,
                               const ObjectId& integration) {
  Sources sources{session,
                  streams,
                  {},
                  places_of(session, streams),
                  git::IntegrationLine(session.repository(), integration),
                  git::Divergences(session.repository(), integration)};
  StreamBranches branches{integration, {}, {}, {}};
  if (session.policy().streams.empty()) return branches;
  const git::Refs refs(session.repository().layout());
  constexpr std::string_view kHeads = "refs/heads/";
  for (const std::string& ref : refs.list(std::string(kHeads))) {
    const BranchName name(ref.substr(kHeads.size()));
    const auto stream = owner_of(sources, name);
    try {
      const auto tip = refs.follow(ref);
      if (!tip) continue;
      sources.all.emplace_back(name, *tip);
      if (stream)
        branches.by_stream[*stream].push_back(stream_branch(sources, *stream, name, *tip));
    } catch (const core::Error& error) {
      if (stream) branches.damaged.push_back({*stream, name, error.what()});
    }
  }
  add_outside_worktrees(sources, branches);
  add_renamed(sources, branches);
  return branches;
}

std::optional<StreamWork> work_on(const git::Repository& repository, const StreamBranch& branch) {
  if (!branch.base) return std::nullopt;
  return StreamWork{branch.name, branch.tip, *branch.base,
                    git::changes_between(repository, *branch.base, branch.tip)};
}

namespace {

StreamStatus status_by_branches(const state::StreamRecord* record, const StreamBranches& branches,
                                const StreamId& id) {
  const StreamStatus status = record != nullptr ? record->status : StreamStatus::waiting;
  const bool remains = branches.remains(id) || branches.damaged_of(id) != nullptr;
  if (status == StreamStatus::waiting && remains) return StreamStatus::in_progress;
  if (status == StreamStatus::merged && remains) {
    const auto& own = branches.of(id);
    const bool completed = std::ranges::all_of(own, [&](const StreamBranch& branch) {
      return branch.is_in() || record->completed(branch.tip);
    });
    return completed ? StreamStatus::completed : StreamStatus::in_progress;
  }
  if (status == StreamStatus::completed && !remains && branches.has_work(id) &&
      branches.outside_of(id).empty())
    return StreamStatus::merged;
  return status;
}

}  // namespace

state::Streams streams_by_branches(const core::Policy& policy, const state::Streams& recorded,
                                   const StreamBranches& branches) {
  state::Streams streams = recorded;
  for (const StreamSpec& spec : policy.streams) {
    state::StreamRecord* record = streams.find(spec.id);
    const StreamStatus status = status_by_branches(record, branches, spec.id);
    if (record == nullptr && status == StreamStatus::waiting) continue;
    if (record == nullptr) {
      record = &streams.records.emplace_back();
      record->id = spec.id;
    }
    if (record->branch.str().empty() && !branches.of(spec.id).empty())
      record->branch = branches.of(spec.id).front().name;
    record->status = status;
  }
  return streams;
}

StreamsNow streams_now(session::Session& session) {
  StreamsNow now;
  now.recorded = now.streams = state::read_streams(session.state());
  const auto integration = find_integration_tip(session);
  if (!integration) return now;
  now.branches = stream_branches(session, now.recorded, *integration);
  now.streams = streams_by_branches(session.policy(), now.recorded, now.branches);
  return now;
}

bool rule_has_slug(const core::Policy& policy) {
  return policy.branch.find("{slug}") != std::string::npos;
}

std::string agent_slug(const StreamSpec& stream, const core::AgentSpec& agent) {
  const auto of = [](const core::AgentSpec& one) {
    return slug_of(one.scope.empty() ? one.id.short_name() : one.scope);
  };
  std::string slug = of(agent);
  bool taken = slug == slug_of(stream.name);
  for (const core::AgentSpec& other : stream.agents)
    taken = taken || (other.id != agent.id && of(other) == slug);
  if (taken && !agent.scope.empty()) slug += "-" + slug_of(agent.id.short_name());
  return slug;
}

core::BranchName agent_branch_for(const core::Policy& policy, const StreamSpec& stream,
                                  const core::AgentSpec& agent) {
  return branch_named(policy, stream, agent_slug(stream, agent));
}

std::string agent_worktree_for(const git::Layout& layout, const core::Policy& policy,
                               const StreamSpec& stream, const core::AgentSpec& agent) {
  const std::string slug = agent_slug(stream, agent);
  const bool told = policy.worktree.find("{slug}") != std::string::npos;
  return worktree_named(layout, policy, stream, slug) + (told ? "" : "-" + slug);
}

std::vector<StreamBranch> branches_of_agent(const std::vector<StreamBranch>& branches,
                                            const AgentId& agent) {
  std::vector<StreamBranch> own, shared;
  for (const StreamBranch& branch : branches) {
    if (branch.agent == agent) own.push_back(branch);
    if (!branch.agent) shared.push_back(branch);
  }
  return own.empty() ? shared : own;
}

}  // namespace gs::conflicts
