#pragma once
// The one interface to leases and logs that several clones share. Behind it: git/git_store.h,
// etcd/etcd_store.h.
//
// All of it throws core::Error: unreachable where the store cannot be asked, broken where it is
// damaged or was written anew (then nothing was changed, or it shows as soon as the store can be
// read).

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/coordination/lease.h"
#include "lib/state/journal.h"

namespace gs::coordination {

enum class Standing {
  held,     // by this host, until `left` is over
  unsure,   // by this host, as the store has it; but its time is over, or not known
  foreign,  // another host's
  over,     // another host's, and its time is over: whoever wants it takes it
};

struct SeenLease {
  Lease lease;
  Standing standing = Standing::foreign;
  core::Seconds left{0};  // by this host's clock, rounded down; 0 where it is over
};

struct SeenLeases {
  HostId self;
  std::vector<SeenLease> leases;
};

// How far the logs of hosts were read: a place in each one's.
using LogPosition = std::map<HostId, std::string>;

struct HostEvent {
  HostId host;
  state::LogLine line;
};

struct ReadEvents {
  std::vector<HostEvent> events;    // host by host, each one's in order
  LogPosition position;             // where the next reading goes on
  std::size_t torn = 0;             // lines that are none: skipped
  std::vector<std::string> faults;  // logs that cannot be read, or were written anew: why
};

class LeaseStore {
 public:
  LeaseStore() = default;
  LeaseStore(const LeaseStore&) = delete;
  LeaseStore& operator=(const LeaseStore&) = delete;
  virtual ~LeaseStore() = default;

  // One change: all of it or nothing, seen by all hosts in one order. What was made is in this
  // host's activity log, once, also where the answer is lost or this process is killed; then from
  // the next time that the store is asked. What was acquired counts from before it was asked for:
  // whoever was stopped meanwhile looks at local_copy().
  virtual ChangeOutcome change(const ChangeRequest& request) = 0;
  // Asks the store.
  virtual SeenLeases read() = 0;
  // What it said last, by this host's clock: asks nobody.
  virtual SeenLeases local_copy() const = 0;
  // Returns when the store may hold something else than what it said last, and after so long at the
  // latest. Nothing but time passes where a store cannot tell.
  virtual void wait_for_change(std::chrono::milliseconds at_most);

  // Makes the lines of this host's activity log known to the others; returns how many there were.
  virtual std::size_t publish() = 0;
  // The other hosts' lines since then.
  virtual ReadEvents events_since(const LogPosition& position) = 0;
};

}  // namespace gs::coordination
