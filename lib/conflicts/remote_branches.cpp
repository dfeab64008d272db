#include "lib/conflicts/remote_branches.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "lib/core/error.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/remotes.h"
#include "lib/session/shared_logs.h"
#include "lib/session/shared_store.h"

namespace gs::conflicts {

namespace {

using core::BranchName;
using core::ObjectId;

constexpr std::string_view kRemotes = "refs/remotes/";

// A remote-tracking ref of a stream.
struct Tracking {
  core::StreamId stream;
  std::string remote;
  BranchName name;  // at the remote
  ObjectId tip;

  BranchName shown() const { return BranchName(remote + "/" + name.str()); }
};

std::vector<std::string> names_of(session::Session& session, Remotes which) {
  const std::string first = session::coordination_remote(session);
  std::vector<std::string> names{first};
  if (which != Remotes::all) return names;
  for (const git::Remote& remote : git::configured_remotes(session.repository())) {
    if (remote.name != first) names.push_back(remote.name);
  }
  return names;
}

// By name. Where one remote is called as a folder of another ("team" and "team/ada"), a ref counts
// once.
void add_tracking(session::Session& session, const state::Streams& streams,
                  const std::string& remote, std::vector<Tracking>& found) {
  const std::string prefix = std::string(kRemotes) + remote + "/";
  const auto name_of = [&](std::string_view ref) {
    return BranchName(std::string(ref.substr(prefix.size())));
  };
  const auto wanted = [&](std::string_view ref) {
    return stream_of_name(session.policy(), streams, name_of(ref)).has_value();
  };
  for (const auto& [ref, tip] : git::refs_below(session.repository(), prefix, wanted)) {
    if (!session.repository().symbolic_target(ref).empty()) continue;
    const auto same = [&](const Tracking& one) {
      return std::string(kRemotes) + one.shown().str() == ref;
    };
    if (std::ranges::any_of(found, same)) continue;
    found.push_back(
        {*stream_of_name(session.policy(), streams, name_of(ref)), remote, name_of(ref), tip});
  }
}

std::vector<Tracking> tracking_refs(session::Session& session, const state::Streams& streams,
                                    Remotes which) {
  std::vector<Tracking> found;
  for (const std::string& remote : names_of(session, which))
    add_tracking(session, streams, remote, found);
  return found;
}

// The one that counts in its place: with work that is not in.
const StreamBranch* local_of(const StreamsNow& now, const Tracking& ref) {
  for (const StreamBranch& branch : now.branches.of(ref.stream)) {
    const bool same = branch.name == ref.name || branch.upstream == ref.shown().str();
    if (same && branch.remains()) return &branch;
  }
  return nullptr;
}

bool is_here(const git::Repository& repository, const StreamsNow& now, const Tracking& ref) {
  if (repository.is_ancestor(ref.tip, now.branches.integration)) return true;
  return std::ranges::any_of(now.branches.of(ref.stream), [&](const StreamBranch& branch) {
    return repository.is_ancestor(ref.tip, branch.tip);
  });
}

// The latest, where there are too many.
std::size_t leave_out_oldest(const git::Repository& repository, std::vector<Tracking>& refs) {
  if (refs.size() <= kMostRemoteBranches) return 0;
  const std::size_t left_out = refs.size() - kMostRemoteBranches;
  std::vector<std::int64_t> times;
  for (const Tracking& ref : refs) times.push_back(repository.commits().time(ref.tip));
  std::ranges::nth_element(times, times.begin() + static_cast<std::ptrdiff_t>(left_out));
  const std::int64_t first = times[left_out];
  std::size_t over = left_out;
  std::erase_if(refs, [&](const Tracking& ref) {
    const bool leave = over > 0 && repository.commits().time(ref.tip) < first;
    over -= leave ? 1U : 0U;
    return leave;
  });
  refs.resize(std::min(refs.size(), kMostRemoteBranches));
  return left_out;
}

// Nothing where the integration branch has it by content, or has nothing in common with it.
std::optional<StreamBranch> unmerged(session::Session& session, git::IntegrationLine& line,
                                     const Tracking& ref) {
  const git::Repository& repository = session.repository();
  git::Divergences divergences(repository, line.tip());
  StreamBranch branch;
  branch.stream = ref.stream;
  branch.name = ref.shown();
  branch.remote = ref.remote;
  branch.tip = ref.tip;
  branch.divergence = divergences.of(ref.tip);
  branch.base = divergences.merge_base(ref.tip);
  branch.has_work = true;
  if (!branch.base) return std::nullopt;
  branch.merged = git::merged_by_content(repository, line, *branch.base, ref.tip);
  if (branch.merged) branch.base = branch.merged->tip;
  if (branch.is_in()) return std::nullopt;
  if (const core::StreamSpec* stream = session.policy().find_stream(ref.stream))
    branch.agent = agent_of_name(session.policy(), *stream, ref.name);
  return branch;
}

}  // namespace

Remotes remotes_by_policy(const core::Policy& policy) {
  return session::shares_logs(policy) ? Remotes::first : Remotes::none;
}

RemoteBranches remote_branches(session::Session& session, const StreamsNow& now, Remotes which) {
  const git::Repository& repository = session.repository();
  RemoteBranches found;
  if (which == Remotes::none || session.policy().streams.empty() ||
      now.branches.integration.is_zero())
    return found;
  std::vector<Tracking> elsewhere;
  std::set<std::string> tips;
  const auto guarded = [&](const Tracking& ref, const auto& look) {
    try {
      look();
    } catch (const core::Error& error) {
      found.troubles.push_back(ref.shown().str() + ": " + error.what());
    }
  };
  for (const Tracking& ref : tracking_refs(session, now.recorded, which)) {
    guarded(ref, [&] {
      if (is_here(repository, now, ref)) return;
      if (const StreamBranch* local = local_of(now, ref)) {
        const std::size_t ahead = repository.commits().divergence(ref.tip, local->tip).ahead;
        found.differences.push_back({local->name, ref.shown(), ahead});
      } else if (tips.insert(ref.tip.hex()).second) {
        elsewhere.push_back(ref);
      }
    });
  }
  found.left_out = leave_out_oldest(repository, elsewhere);
  git::IntegrationLine line(repository, now.branches.integration);
  for (const Tracking& ref : elsewhere) {
    guarded(ref, [&] {
      if (auto branch = unmerged(session, line, ref)) found.only.push_back(*std::move(branch));
    });
  }
  return found;
}

void add_branches(const core::Policy& policy, const std::vector<StreamBranch>& branches,
                  StreamsNow& now) {
  if (branches.empty()) return;
  for (const StreamBranch& branch : branches)
    now.branches.by_stream[branch.stream].push_back(branch);
  now.streams = streams_by_branches(policy, now.recorded, now.branches);
}

}  // namespace gs::conflicts
