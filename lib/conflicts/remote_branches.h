#pragma once
// Branches of streams that other clones have pushed: remote-tracking refs, as they were fetched
// last. Nobody is asked.

#include <cstddef>
#include <string>
#include <vector>

#include "lib/conflicts/stream_branches.h"

namespace gs::conflicts {

enum class Remotes {
  none,
  first,  // the remote that clones share, or at which the integration branch is followed, alone
  all
};

// Where several machines share leases, the branches of their remote count without being asked for.
Remotes remotes_by_policy(const core::Policy& policy);

// A remote-tracking branch that has commits which the local branch of the same name, or that
// follows it, has not.
struct RemoteDifference {
  core::BranchName branch;  // local: it is what counts
  core::BranchName remote;  // "origin/feature/stream-F-llm"
  std::size_t ahead = 0;    // commits of the remote one

  bool operator==(const RemoteDifference&) const = default;
};

struct RemoteBranches {
  // With commits that neither the integration branch nor a local branch has, by remote and name;
  // of several at one commit the first. Those of unrelated history are left out.
  std::vector<StreamBranch> only;
  std::vector<RemoteDifference> differences;
  std::size_t left_out = 0;           // beyond kMostRemoteBranches: those committed to first
  std::vector<std::string> troubles;  // refs and commits that cannot be read
};
inline constexpr std::size_t kMostRemoteBranches = 64;

// Without an integration branch none.
RemoteBranches remote_branches(session::Session& session, const StreamsNow& now, Remotes which);

// As if those that are elsewhere only were here.
void add_branches(const core::Policy& policy, const std::vector<StreamBranch>& branches,
                  StreamsNow& now);

}  // namespace gs::conflicts
