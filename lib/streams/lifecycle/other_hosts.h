#pragma once
// What is known of streams on other hosts, where clones share their locks and logs: by leases, logs
// and branches as they were fetched last. Nobody is asked.

#include <optional>
#include <string>
#include <vector>

#include "lib/conflicts/remote_branches.h"
#include "lib/coordination/lease_store.h"
#include "lib/session/session.h"
#include "lib/state/journal.h"

namespace gs::streams {

// An agent on another host. Both names are as that host has them; either may be empty.
struct HostAgent {
  std::string stream, agent;
  std::vector<coordination::SeenLease> leases;  // of others' standings only
  std::optional<state::Activity> last;          // its last line; the time is that host's
};

struct OtherHost {
  coordination::HostId id;
  std::vector<HostAgent> agents;  // by stream and agent
  std::optional<state::Activity> last;
};

// A branch that is at the remote only.
struct HostBranch {
  conflicts::StreamBranch branch;
  std::string host, agent;  // who made its last commit, where a fetched log says so
};

struct OtherHosts {
  std::string remote;                 // as it may be shown
  bool alone = false;                 // there is no such remote: session::works_alone()
  std::optional<core::Instant> read;  // when logs were read last; none: never
  std::vector<std::string> faults;    // what could not be read then
  std::vector<OtherHost> hosts;       // by name
  std::vector<HostBranch> branches;
  conflicts::RemoteBranches remotes;  // what else is to be said of them

  // Whether another host is at work on it: holds leases of it, or has a branch of it with commits.
  bool has_work(const core::StreamId& stream) const;
};

// Nothing where clones share nothing. Throws core::Error (broken) for damaged files.
std::optional<OtherHosts> other_hosts(session::Session& session, const conflicts::StreamsNow& now);

}  // namespace gs::streams
