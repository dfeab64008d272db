#include "lib/coordination/rules.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"

namespace gs::coordination {
namespace {

using core::Seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const HostId kHere("here"), kThere("there");
const Nonce kNonce("nonce");

AcquireRequest acquiring(std::vector<std::string> paths, std::string agent = "agent-F1") {
  AcquireRequest request;
  request.paths = std::move(paths);
  request.agent = std::move(agent);
  request.stream = "F";
  request.duration = Seconds{100};
  return request;
}

// A store whose changes all are seen by everybody at once.
struct Store {
  LeaseTable table;
  Sightings seen;
  Seconds now{1000};

  Proposal propose(const ChangeRequest& request, const HostId& host = kHere) {
    Proposal proposal = coordination::propose(table, request, {host, kNonce, seen, now});
    table = proposal.table;
    seen = sightings_of(table, seen, now);
    return proposal;
  }
  ChangeOutcome made(const ChangeRequest& request, const HostId& host = kHere) {
    return propose(request, host).outcome;
  }
};

std::vector<std::string> paths(const std::vector<Lease>& leases) {
  std::vector<std::string> result;
  for (const Lease& lease : leases) result.push_back(lease.path);
  return result;
}

LeaseName name_of(const Lease& lease) {
  return {lease.path, lease.generation};
}

TEST(LeaseRules, TakesAllOrNothing) {
  Store store;
  const ChangeOutcome first = store.made(acquiring({"a.py", "b.py", "a.py"}));
  ASSERT_THAT(paths(first.acquired), ElementsAre("a.py", "b.py"));
  EXPECT_EQ(first.acquired[0].generation, first.acquired[1].generation);
  const LeaseTable before = store.table;
  const Proposal second = store.propose(acquiring({"c.py", "b.py"}), kThere);
  EXPECT_FALSE(second.changed);
  EXPECT_THAT(second.outcome.acquired, IsEmpty());
  ASSERT_THAT(second.outcome.held, SizeIs(1));
  EXPECT_EQ(second.outcome.held[0].path, "b.py");
  EXPECT_EQ(second.outcome.held[0].lease.host, kHere);
  EXPECT_EQ(store.table, before);
  EXPECT_GT(store.made(acquiring({"c.py"}), kThere).acquired.at(0).generation,
            first.acquired[0].generation);
}

struct Collision {
  const char *held, *wanted;
  bool ignore_case, collide;
};

TEST(LeaseRules, CollidesAsPatternsDo) {
  for (const auto& [held, wanted, ignore_case, collide] : {
           Collision{"llm/", "llm/a.py", false, true},
           Collision{"llm/news*.py", "llm/news_all.py", false, true},
           Collision{"llm/news*.py", "llm/sentiment.py", false, false},
           Collision{"llm/*.py", "llm/a*", false, true},
           Collision{"A.py", "a.py", false, false},
           Collision{"A.py", "a.py", true, true},
           Collision{"caf\u00e9.py", "cafe\u0301.py", false, true},
       }) {
    Store store;
    store.made(acquiring({held}), kThere);
    AcquireRequest request = acquiring({wanted});
    request.ignore_case = ignore_case;
    EXPECT_EQ(store.made(request).acquired.empty(), collide) << held << " and " << wanted;
  }
}

TEST(LeaseRules, TheSameAgentOnAnotherHostIsAnotherHolder) {
  Store store;
  store.made(acquiring({"a.py"}));
  EXPECT_THAT(store.made(acquiring({"a.py"}), kThere).held, SizeIs(1));
  EXPECT_THAT(store.made(acquiring({"a.py"}, "agent-F2")).held, SizeIs(1));
}

TEST(LeaseRules, HoldingAgainRenewsAndNeverShortens) {
  Store store;
  AcquireRequest request = acquiring({"a.py"});
  request.reason = "first";
  request.automatic = true;
  const Lease taken = store.made(request).acquired.at(0);
  request.agent = "F1";
  request.reason.clear();
  request.duration = Seconds{10};
  EXPECT_THAT(store.made(request).renewed, ElementsAre(taken));
  request.duration = Seconds{200};
  request.automatic = false;
  const Lease renewed = store.made(request).renewed.at(0);
  EXPECT_EQ(renewed.generation, taken.generation);
  EXPECT_EQ(renewed.duration, Seconds{200});
  EXPECT_EQ(renewed.reason, "first");
  EXPECT_FALSE(renewed.automatic);
  EXPECT_THAT(store.table.leases, ElementsAre(renewed));
}

TEST(LeaseRules, OthersWaitLongerThanTheHolderCounts) {
  Store store;
  const Lease lease = store.made(acquiring({"a.py"}), kThere).acquired.at(0);
  store.now += Seconds{101};
  EXPECT_THAT(store.made(acquiring({"a.py"})).held, SizeIs(1)) << "within the margin for clocks";
  store.now += Seconds{1};
  const ChangeOutcome outcome = store.made(acquiring({"a.py"}));
  EXPECT_THAT(outcome.expired, ElementsAre(lease));
  EXPECT_THAT(paths(outcome.acquired), ElementsAre("a.py"));
  EXPECT_GT(outcome.acquired[0].generation, lease.generation);
}

TEST(LeaseRules, WhatWasNotSeenBeforeIsNotOver) {
  Store store;
  const Lease lease = store.made(acquiring({"a.py"}), kThere).acquired.at(0);
  EXPECT_FALSE(is_over(lease, {}, Seconds{1'000'000}));
  const Sightings seen = sightings_of(store.table, {}, Seconds{1'000'000});
  EXPECT_FALSE(is_over(lease, seen, Seconds{1'000'050}));
  EXPECT_TRUE(is_over(lease, seen, Seconds{1'000'102}));
}

TEST(LeaseRules, AnyChangeOfAHostRenewsItsLeases) {
  for (const ChangeRequest& request :
       {ChangeRequest(RenewRequest{}), ChangeRequest(acquiring({"b.py"})),
        ChangeRequest(acquiring({"b.py"}, "agent-F2"))}) {
    Store store;
    const Lease lease = store.made(acquiring({"a.py"}), kThere).acquired.at(0);
    store.now += Seconds{90};
    store.made(request, kThere);
    store.now += Seconds{90};
    EXPECT_THAT(store.made(acquiring({"a.py"})).held, SizeIs(1));
    EXPECT_EQ(store.table.leases.at(0).generation, lease.generation);
  }
}

TEST(LeaseRules, ARenewalNeverBringsBackWhatIsGone) {
  Store store;
  const Lease lease = store.made(acquiring({"a.py"})).acquired.at(0);
  store.now += Seconds{200};
  store.made(acquiring({"a.py"}, "agent-H1"), kThere);
  const Proposal renewal = store.propose(RenewRequest{});
  EXPECT_FALSE(renewal.changed);
  EXPECT_THAT(renewal.outcome.renewed, IsEmpty());
  EXPECT_EQ(store.table.leases.at(0).host, kThere);
}

TEST(LeaseRules, ReleasesThatVeryLease) {
  Store store;
  const Lease first = store.made(acquiring({"a.py"})).acquired.at(0);
  EXPECT_THAT(store.made(ReleaseRequest{{name_of(first)}, "agent-F1", false}).released,
              ElementsAre(first));
  const Lease second = store.made(acquiring({"a.py"})).acquired.at(0);
  const Proposal again = store.propose(ReleaseRequest{{name_of(first)}, "agent-F1", false});
  EXPECT_FALSE(again.changed);
  EXPECT_THAT(again.outcome.gone, ElementsAre(name_of(first)));
  EXPECT_THAT(store.table.leases, ElementsAre(second));
}

TEST(LeaseRules, OnlyTheHolderReleasesUnlessForced) {
  Store store;
  const Lease own = store.made(acquiring({"a.py"})).acquired.at(0);
  const Lease foreign = store.made(acquiring({"b.py"}), kThere).acquired.at(0);
  ReleaseRequest request{{name_of(own), name_of(foreign)}, "agent-F1", false};
  const Proposal refused = store.propose(request);
  EXPECT_FALSE(refused.changed);
  EXPECT_THAT(refused.outcome.released, IsEmpty());
  ASSERT_THAT(refused.outcome.held, SizeIs(1));
  request.force = true;
  EXPECT_THAT(store.made(request).released, ElementsAre(own, foreign));
  EXPECT_THAT(store.table.leases, IsEmpty());
}

TEST(LeaseRules, ForgetsHostsWithoutLeasesAfterAWhile) {
  Store store;
  const Lease lease = store.made(acquiring({"a.py"}), kThere).acquired.at(0);
  store.made(ReleaseRequest{{name_of(lease)}, "agent-F1", false}, kThere);
  store.made(acquiring({"b.py"}));
  for (std::uint64_t i = 0; i < kHostsKept; ++i) {
    EXPECT_EQ(store.table.hosts.size(), 2U) << i;
    store.made(RenewRequest{});
  }
  EXPECT_EQ(store.table.hosts.size(), 1U);
}

TEST(LeaseRules, GenerationsAreNeverUsedTwiceAndEnd) {
  Store store;
  store.table.last = {kLastGeneration.number - 1};
  EXPECT_EQ(store.made(acquiring({"a.py"})).acquired.at(0).generation, kLastGeneration);
  EXPECT_THROW(store.made(acquiring({"b.py"})), core::Error);
}

TEST(LeaseRules, NothingIsAskedForWhereNothingChanges) {
  Store store;
  EXPECT_FALSE(store.propose(acquiring({})).changed);
  EXPECT_FALSE(store.propose(RenewRequest{}).changed);
  EXPECT_FALSE(store.propose(ReleaseRequest{{{"a.py", {1}}}, "agent-F1", true}).changed);
}

}  // namespace
}  // namespace gs::coordination
