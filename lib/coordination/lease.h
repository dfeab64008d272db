#pragma once
// Leases that several clones share (contract, section 12): what a store holds, what is asked of it,
// and what came of that.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/time.h"

namespace gs::coordination {

// The number of a change of the store. They rise by one, over the whole store and whatever is cut
// off its history, and none is used twice. That of a lease is the change that acquired it: its
// fencing token.
struct Generation {
  std::uint64_t number = 0;
  auto operator<=>(const Generation&) const = default;
};

using HostId = core::Name<struct HostTag>;    // of one clone
using Nonce = core::Name<struct NonceTag>;    // random, of one try to make a change
using StoreId = core::Name<struct StoreTag>;  // random, made with the store's first change

struct Lease {
  std::string path;  // or a pattern, as core::Lock has it
  std::string stream, agent;
  std::string reason;  // may be empty
  HostId host;
  Generation generation;
  core::Seconds duration{0};  // from the host's last change
  bool automatic = false;     // acquired by a gate, not by a command

  bool operator==(const Lease&) const = default;
};

// A host's last change. It renews all leases of that host.
struct LastChange {
  Generation number;
  Nonce nonce;
  bool operator==(const LastChange&) const = default;
};

// All that the store holds. No time is in it: no two hosts' clocks are compared.
struct LeaseTable {
  StoreId store;
  Generation last;  // change
  // Those that have leases, and those that have changed something lately (kHostsKept).
  std::map<HostId, LastChange> hosts;
  std::vector<Lease> leases;  // no two of one path
  bool operator==(const LeaseTable&) const = default;
};

inline constexpr std::uint64_t kHostsKept = 1024;  // changes ago

// ---- What is asked.

// All or nothing. Whoever holds one of these very paths renews it.
struct AcquireRequest {
  std::vector<std::string> paths;  // checked with core::pattern_fault
  std::string stream, agent;
  std::string reason;  // empty: a renewal keeps the old one
  core::Seconds duration{3600};
  bool automatic = false;
  bool ignore_case = false;

  bool operator==(const AcquireRequest&) const = default;
};

// All leases of this host.
struct RenewRequest {
  bool operator==(const RenewRequest&) const = default;
};

// One lease: a later one on the same path is another.
struct LeaseName {
  std::string path;
  Generation generation;
  auto operator<=>(const LeaseName&) const = default;
};

struct ReleaseRequest {
  std::vector<LeaseName> leases;
  std::string agent;        // who asks
  bool force = false;       // those of others, too
  std::string reason = {};  // with force, for the log; may be empty

  bool operator==(const ReleaseRequest&) const = default;
};

using ChangeRequest = std::variant<AcquireRequest, RenewRequest, ReleaseRequest>;

// ---- What came of it.

struct Obstacle {
  std::string path;  // that was asked for
  Lease lease;       // somebody else's
  bool operator==(const Obstacle&) const = default;
};

struct ChangeOutcome {
  std::vector<Lease> acquired, renewed, released;
  std::vector<Lease> expired;   // of others, whose time was over: not in the table any more
  std::vector<Obstacle> held;   // not empty: nothing was changed
  std::vector<LeaseName> gone;  // was to be released and is not there
  bool operator==(const ChangeOutcome&) const = default;
};

}  // namespace gs::coordination
