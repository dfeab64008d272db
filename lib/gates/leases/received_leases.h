#pragma once
// The leases as a repository has them on its own refs, judged without a clock: where pushes arrive,
// and in CI. A lease counts until another change of the table removes it.

#include <memory>
#include <optional>
#include <vector>

#include "lib/coordination/lease.h"
#include "lib/core/finding.h"
#include "lib/gates/leases/lease_index.h"
#include "lib/gates/pushed_refs.h"
#include "lib/session/session.h"

namespace gs::gates {

class ReceivedLeases {
 public:
  // `pusher`: the host that pushes, where that is known.
  ReceivedLeases(const coordination::LeaseTable& table, std::optional<coordination::HostId> pusher,
                 bool ignore_case);

  // Adds what a commit, made as identity(), changes of what is leased to others. A lease is one's
  // own by its agent, where identity() has one, else by its stream; and by its host, where that is
  // known.
  void judge(session::Session& session, const git::Commit& commit, core::Verdict& verdict) const;

 private:
  const coordination::Lease* of_others(std::string_view path, const core::Identity& who) const;

  LeaseIndex index_;
  std::optional<coordination::HostId> pusher_;
};

// As a push leaves them: its own move of them counts, and says which host pushes. Null where the
// policy's store is not git, nothing is leased, or only the store's refs are moved. Throws
// core::Error (broken) where the table is damaged.
std::unique_ptr<ReceivedLeases> received_leases(session::Session& session,
                                                const std::vector<RefMove>& moves);
// As they were fetched, by whatever refspec: for a clone that has never asked the store itself.
// Null as before.
std::unique_ptr<ReceivedLeases> fetched_leases(session::Session& session);
// Whether the policy's store is git, and this clone knows nothing of it.
bool lacks_leases(session::Session& session);

// What is wrong with a move of the leases themselves: a damaged table, an earlier one, that of
// another store.
std::optional<LocatedFinding> judge_leases_move(session::Session& session, const RefMove& move);

}  // namespace gs::gates
