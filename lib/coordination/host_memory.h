#pragma once
// What a host (a clone) remembers between two changes of the store, and what it concludes from
// reading the store, as pure functions. docs/decisions/coordination.md has the protocol; a model
// checker runs these very functions (tests/protocol/protocol_model_test.cpp).

#include <optional>
#include <string>
#include <vector>

#include "lib/coordination/lease.h"
#include "lib/coordination/rules.h"

namespace gs::coordination {

// The store at one moment.
struct Snapshot {
  std::string tip;  // names the moment and what is before it: a commit's id; empty: no store yet
  LeaseTable table;
  // How many bytes its history has about, for the store that cuts it.
  std::uint64_t history = 0;

  bool operator==(const Snapshot&) const = default;
};

// A change that the store was asked for and that it may make, or have made, for all we know.
struct Unanswered {
  Nonce nonce;
  std::string base;   // the tip that it follows: while that is the tip, it can still be made
  Generation number;  // that it would have
  std::optional<BootTime> asked;  // before that; nothing: before the machine was started again
  ChangeOutcome outcome;
  std::string agent;          // who asked
  bool forced = false;        // a release of others' leases
  std::string reason = {};    // for that; may be empty
  std::uint64_t log_end = 0;  // how long the activity log was before

  bool operator==(const Unanswered&) const = default;
};

struct HostMemory {
  HostId self;
  std::string boot;               // which start of the machine the times below belong to
  Snapshot known;                 // what was read or made last
  Nonce last;                     // of the last own change that was made
  std::optional<BootTime> asked;  // before that one was asked for: from here own leases count
  Sightings seen;
  std::vector<Unanswered> unanswered;

  bool operator==(const HostMemory&) const = default;
};

inline constexpr std::size_t kMostUnanswered = 64;

// In another boot no time of before counts: own leases are over until they are renewed, those of
// others begin anew.
HostMemory in_boot(HostMemory memory, const std::string& boot);

// What is wrong with a store that was read after one that is remembered: it begins anew, goes back,
// or its history was written anew. `before`: what its history has where the remembered tip must be;
// nothing where its history does not go back so far.
enum class HistoryFault { none, gone, other_store, goes_back, rewritten };
HistoryFault history_fault(const Snapshot& known, const Snapshot& read,
                           const std::optional<std::string>& before);

struct Settled {
  HostMemory memory;
  // Own changes that were made, to be logged: one at most, as each is of a tip. `uncertain`: the
  // store has forgotten this host since; none of their leases are there.
  std::vector<Unanswered> made, uncertain;
  // Somebody else acts in this host's name: a copy of the clone. It has become `fresh`.
  bool copied = false;
};

// After the store was read, or made an own change. `now`: after that. `fresh`: a name nobody has.
Settled settle(HostMemory memory, const Snapshot& snapshot, BootTime now, const HostId& fresh);

// A change to be asked for, from what is known. `asked`: from before the store was read. Where the
// proposal changes something, the memory has it as unanswered, to be kept before the store is
// asked. Throws core::Error (broken) where too many are unanswered.
struct Attempt {
  HostMemory memory;
  Proposal proposal;
};
Attempt attempt(HostMemory memory, const ChangeRequest& request, const Nonce& nonce, BootTime asked,
                BootTime now);

// The own leases that this host may rely on: not those that it has asked to be released.
std::vector<Lease> held(const HostMemory& memory, BootTime now);

}  // namespace gs::coordination
