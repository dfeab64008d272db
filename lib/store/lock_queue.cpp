#include "lib/store/lock_queue.h"

#include <algorithm>

#include "lib/core/ids.h"

namespace gs::store {

namespace {

bool in_its_way(const core::Lock& lock, const std::string& agent, const CollisionIndex& wish,
                core::Instant now) {
  return lock.live(now) && !core::same_holder(lock.agent, agent) &&
         !wish.colliding(lock.path).empty();
}

}  // namespace

bool Place::announced(const std::vector<Waiter>& waits) const {
  return std::any_of(waits.begin(), waits.end(),
                     [&](const Waiter& waiter) { return waiter.same_process_and_wish(self_); });
}

std::vector<Waiter> Place::in_front(const std::vector<Waiter>& waits) const {
  std::vector<Waiter> front;
  for (const Waiter& other : waits) {
    if (other.same_process_and_wish(self_)) break;
    if (core::same_holder(other.agent, request_.agent)) continue;
    const bool rival = std::any_of(other.paths.begin(), other.paths.end(), [&](const auto& path) {
      return !wish_.colliding(path).empty();
    });
    if (rival) front.push_back(other);
  }
  return front;
}

core::LockTable Place::in_the_way(const core::LockTable& locks, core::Instant now) const {
  core::LockTable found;
  std::copy_if(locks.begin(), locks.end(), std::back_inserter(found), [&](const core::Lock& lock) {
    return in_its_way(lock, request_.agent, wish_, now);
  });
  return found;
}

bool Place::must_yield(const std::vector<Waiter>& front, const core::LockTable& locks,
                       core::Instant now) const {
  const bool holder = std::any_of(locks.begin(), locks.end(), [&](const core::Lock& lock) {
    return lock.live(now) && core::same_holder(lock.agent, request_.agent);
  });
  return !holder && !front.empty();
}

}  // namespace gs::store
