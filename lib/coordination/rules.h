#pragma once
// The rules of leases, as pure functions of a table: what a change makes of it, and whose time is
// over. They need no store and no clock.

#include <map>

#include "lib/coordination/lease.h"
#include "lib/platform/boot_clock.h"

namespace gs::coordination {

using platform::BootTime;

// When this host first saw that last change of a host, by its own clock and after it was read.
struct Sighting {
  Generation number;
  BootTime first_seen{0};
  bool operator==(const Sighting&) const = default;
};
using Sightings = std::map<HostId, Sighting>;

// What is seen now; what was seen before keeps its time.
Sightings sightings_of(const LeaseTable& table, const Sightings& before, BootTime now);

// How long others let a lease alone: somewhat longer than its holder counts, as two clocks do not
// run alike.
BootTime observed_duration(core::Seconds duration);

// Whether others may take it. Not where its host's last change was not seen yet.
bool is_over(const Lease& lease, const Sightings& seen, BootTime now);

// Who changes the table, and what that host knows.
struct Proposer {
  const HostId& host;
  const Nonce& nonce;
  const Sightings& seen;  // of this very table
  BootTime now{0};        // after it was read
};

struct Proposal {
  LeaseTable table;  // the next one
  ChangeOutcome outcome;
  bool changed = false;  // otherwise nothing needs to be asked of the store
};

// Throws core::Error (broken) when the generations are used up, or the table would grow beyond
// kMostLeases.
Proposal propose(const LeaseTable& table, const ChangeRequest& request, const Proposer& who);

inline constexpr std::size_t kMostLeases = 50'000;
// Beyond what doubles hold exactly, other readers of the table would see another number.
inline constexpr Generation kLastGeneration{(std::uint64_t{1} << 53) - 1};

}  // namespace gs::coordination
