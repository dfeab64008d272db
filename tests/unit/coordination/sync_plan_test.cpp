#include "lib/coordination/sync_plan.h"

#include <gmock/gmock.h>

namespace gs::coordination {
namespace {

using core::Seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const core::Instant kNow{Seconds{1'000'000}};
const HostId kHere("here-1"), kThere("there-1");

core::Lock lock(const std::string& path, const std::string& agent, std::uint64_t lease = 0) {
  core::Lock lock;
  lock.path = path;
  lock.agent = agent;
  lock.expires = kNow + Seconds{60};
  lock.generation = 5;
  lock.lease = lease;
  return lock;
}

SeenLease lease(const std::string& path, const std::string& agent, std::uint64_t generation,
                const HostId& host = kHere, Seconds left = Seconds{3000}) {
  const Standing standing = host == kHere ? Standing::held : Standing::foreign;
  return {{path, "", agent, "", host, {generation}, Seconds{3600}, false}, standing, left};
}

SyncPlan plan(const core::LockTable& locks, std::vector<SeenLease> leases) {
  return plan_sync({locks, {kHere, std::move(leases)}, kNow});
}

std::vector<std::string> asked(const SyncPlan& plan) {
  std::vector<std::string> paths;
  for (const AcquireRequest& request : plan.acquire)
    paths.insert(paths.end(), request.paths.begin(), request.paths.end());
  return paths;
}

TEST(SyncPlan, NothingIsToBeDoneWhereBothSayTheSame) {
  const SyncPlan same = plan({lock("a.py", "agent-F1", 9)}, {lease("a.py", "agent-F1", 9)});
  EXPECT_THAT(same.known, IsEmpty());
  EXPECT_THAT(same.gone, IsEmpty());
  EXPECT_THAT(same.release, IsEmpty());
  EXPECT_THAT(same.acquire, IsEmpty());
  EXPECT_FALSE(same.renew);
}

TEST(SyncPlan, WhatWasNeverAskedForIsByAgentAndTask) {
  core::Lock task = lock("c.py", "agent-F1");
  task.task = "Split it";
  const SyncPlan some =
      plan({lock("a.py", "agent-F1"), lock("b.py", "agent-F2"), task, lock("d.py", "agent-F1")},
           {lease("a.py", "agent-F1", 9, kThere)});
  ASSERT_EQ(some.acquire.size(), 3U);
  EXPECT_THAT(some.acquire[0].paths, ElementsAre("a.py", "d.py"));
  EXPECT_EQ(some.acquire[1].agent, "agent-F2");
  EXPECT_EQ(some.acquire[2].reason, "Split it");
}

TEST(SyncPlan, ALeaseThatIsGoneIsNotAskedForAgain) {
  const SyncPlan some = plan({lock("a.py", "agent-F1", 9)}, {});
  ASSERT_EQ(some.gone.size(), 1U);
  EXPECT_THAT(some.acquire, IsEmpty());
}

TEST(SyncPlan, ALeaseWithoutALiveLockOfItsAgentIsReleased) {
  core::Lock idle = lock("a.py", "agent-F1", 9), taken = lock("b.py", "agent-F2");
  idle.expires = kNow;
  const SyncPlan some = plan({idle, taken}, {lease("a.py", "agent-F1", 9), lease("b.py", "F1", 8),
                                             lease("c.py", "agent-G1", 7, kThere)});
  ASSERT_EQ(some.release.size(), 2U);
  EXPECT_THAT(some.release[0].leases, ElementsAre(LeaseName{"a.py", {9}}));
  EXPECT_THAT(some.release[1].leases, ElementsAre(LeaseName{"b.py", {8}}));
  EXPECT_FALSE(some.release[0].force);
  // Should F1 go on, its lock is asked for anew.
  ASSERT_EQ(some.known.size(), 1U);
  EXPECT_EQ(some.known[0].path, "a.py");
  EXPECT_EQ(some.known[0].lease, 0U);
  EXPECT_THAT(asked(some), ElementsAre("b.py"));
}

TEST(SyncPlan, NotesALeaseThatIsThere) {
  const SyncPlan some = plan({lock("a.py", "F1")}, {lease("a.py", "agent-F1", 9)});
  ASSERT_EQ(some.known.size(), 1U);
  EXPECT_EQ(some.known[0].path, "a.py");
  EXPECT_EQ(some.known[0].generation, 5U);
  EXPECT_EQ(some.known[0].lease, 9U);
}

TEST(SyncPlan, RenewsWhatIsHalfOverOrUnsure) {
  const auto renews = [](SeenLease seen) {
    return plan({lock("a.py", "agent-F1", 9)}, {std::move(seen)}).renew;
  };
  EXPECT_FALSE(renews(lease("a.py", "agent-F1", 9, kHere, Seconds{1801})));
  EXPECT_TRUE(renews(lease("a.py", "agent-F1", 9, kHere, Seconds{1799})));
  SeenLease unsure = lease("a.py", "agent-F1", 9);
  unsure.standing = Standing::unsure;
  EXPECT_TRUE(renews(unsure));
  // What is released is not renewed.
  EXPECT_FALSE(plan({}, {lease("a.py", "agent-F1", 9, kHere, Seconds{1})}).renew);
}

TEST(SyncPlan, OnePathInOtherLettersIsOneWhereTheyCountForNothing) {
  const core::LockTable locks{lock("A.py", "agent-F1")};
  const SeenLeases seen{kHere, {lease("a.py", "agent-F1", 9)}};
  EXPECT_THAT(plan_sync({locks, seen, kNow, Seconds{60}, 0.5, true}).known, testing::SizeIs(1));
  EXPECT_THAT(plan_sync({locks, seen, kNow, Seconds{60}, 0.5, false}).known, IsEmpty());
}

}  // namespace
}  // namespace gs::coordination
