#pragma once
// What a push needs of the leases that clones share (contract, section 12): known before anything
// is pushed, by the paths that its commits change.

#include <optional>
#include <string>
#include <vector>

#include "lib/coordination/lease_store.h"
#include "lib/core/error.h"
#include "lib/gates/pushed_refs.h"

namespace gs::gates {

// What one ref of a push brings of its mover's own.
struct PushedWork {
  RefMove move;
  core::Identity who;
  std::vector<git::Commit> commits;
};
std::vector<PushedWork> pushed_work(session::Session& session, const std::vector<RefMove>& moves,
                                    const MoverOf& who);

// Takes the store's own refs out: they are no work.
void take_out_store_refs(std::vector<RefMove>& moves);

struct LeaseNeeds {
  // What is leased to other hosts, and what is locked here and whose lease is gone: `lock`
  // findings.
  std::vector<MovesVerdict> refused;
  // What is locked here or was leased to others whose time is over, and is not leased to this host
  // yet: a request for each agent.
  std::vector<coordination::AcquireRequest> missing;
  std::vector<coordination::LeaseName> own;  // this host's, on what the push changes
};
LeaseNeeds lease_needs(session::Session& session, const std::vector<PushedWork>& work,
                       const coordination::SeenLeases& seen);

// The same where the store cannot be asked (`why`): refused is what is, or may be, leased by what
// this clone knew last. The next step pushes the other refs, where there are any.
std::vector<MovesVerdict> needs_unasked(session::Session& session,
                                        const std::vector<PushedWork>& work,
                                        const coordination::SeenLeases& seen,
                                        const core::Error& why);

// Notes which leases stand behind the locks of this clone, as the store was read last.
void note_known_leases(session::Session& session, const coordination::LeaseStore& store);

// The verdict on a push by git alone: asks for what is missing. `failed`: why the
// store could not be read for this push; nothing where it was.
std::vector<MovesVerdict> judge_leases(session::Session& session,
                                       const std::vector<PushedWork>& work,
                                       coordination::LeaseStore& store,
                                       const std::optional<core::Error>& failed);

}  // namespace gs::gates
