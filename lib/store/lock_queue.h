#pragma once
// Who of the waiting comes before whom: first come, first served among those who want the same.

#include <vector>

#include "lib/store/collisions.h"
#include "lib/store/lock_waits.h"

namespace gs::store {

// One wish, and how it stands to the locks and to the others who wait.
class Place {
 public:
  Place(const LockRequest& request, const Waiter& self)
      : request_(request), self_(self), wish_(request.paths, request.ignore_case) {}

  bool announced(const std::vector<Waiter>& waits) const;
  // Those of other agents who came earlier and want some of the same, in their order.
  std::vector<Waiter> in_front(const std::vector<Waiter>& waits) const;
  // The live locks of other agents on what is wanted.
  core::LockTable in_the_way(const core::LockTable& locks, core::Instant now) const;
  // Whoever holds nothing lets all in front go first, even those who cannot go yet: so nobody
  // starves. Whoever holds locks yields to nobody: those in front may be waiting for just these
  // locks, directly or through others, and all would stand still.
  bool must_yield(const std::vector<Waiter>& front, const core::LockTable& locks,
                  core::Instant now) const;

 private:
  const LockRequest& request_;
  const Waiter& self_;
  CollisionIndex wish_;
};

}  // namespace gs::store
