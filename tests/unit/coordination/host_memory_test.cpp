#include "lib/coordination/host_memory.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"

namespace gs::coordination {
namespace {

using core::Seconds;
using testing::IsEmpty;
using testing::SizeIs;

const HostId kFresh("fresh");

AcquireRequest acquiring(const std::string& path) {
  AcquireRequest request;
  request.paths = {path};
  request.agent = "agent-F1";
  request.duration = Seconds{100};
  return request;
}

HostMemory remembering(const std::string& host) {
  HostMemory memory;
  memory.self = HostId(host);
  memory.boot = "boot";
  return memory;
}

// One that was asked for and made; the tip is called as its nonce.
HostMemory acquired(const HostMemory& memory, const std::string& path, const std::string& nonce,
                    BootTime asked) {
  const Attempt made = attempt(memory, acquiring(path), Nonce(nonce), asked, asked);
  return settle(made.memory, {nonce, made.proposal.table, 0}, asked, kFresh).memory;
}

TEST(HostMemoryTest, CountsFromBeforeItAsked) {
  const HostMemory memory = acquired(remembering("A"), "a.py", "n1", Seconds{1000});
  EXPECT_THAT(held(memory, Seconds{1099}), SizeIs(1));
  EXPECT_THAT(held(memory, Seconds{1100}), IsEmpty());
}

TEST(HostMemoryTest, HoldsNothingBeforeTheAnswer) {
  const Attempt asked =
      attempt(remembering("A"), acquiring("a.py"), Nonce("n1"), Seconds{1}, Seconds{1});
  EXPECT_THAT(held(asked.memory, Seconds{1}), IsEmpty());
  EXPECT_THAT(asked.memory.unanswered, SizeIs(1));
}

TEST(HostMemoryTest, HoldsNothingThatItHasAskedToRelease) {
  const HostMemory memory = acquired(remembering("A"), "a.py", "n1", Seconds{1000});
  const LeaseName lease{"a.py", memory.known.table.leases.at(0).generation};
  const Attempt asked = attempt(memory, ReleaseRequest{{lease}, "agent-F1", false}, Nonce("n2"),
                                Seconds{1001}, Seconds{1001});
  EXPECT_THAT(held(asked.memory, Seconds{1002}), IsEmpty());
}

TEST(HostMemoryTest, TimesEndWithTheBoot) {
  HostMemory memory = acquired(remembering("A"), "a.py", "n1", Seconds{1000});
  EXPECT_EQ(in_boot(memory, "boot"), memory);
  const HostMemory after = in_boot(memory, "another");
  EXPECT_THAT(held(after, Seconds{10}), IsEmpty());
  EXPECT_THAT(after.seen, IsEmpty());
  memory.boot.clear();
  EXPECT_THAT(held(in_boot(memory, ""), Seconds{1010}), IsEmpty()) << "which boot is not known";
}

TEST(HostMemoryTest, ALostAnswerIsFoundInTheStore) {
  const HostMemory before = remembering("A");
  const Attempt asked = attempt(before, acquiring("a.py"), Nonce("n1"), Seconds{1}, Seconds{1});
  HostMemory other =
      settle(remembering("B"), {"n1", asked.proposal.table, 0}, Seconds{5}, kFresh).memory;
  const Attempt later = attempt(other, acquiring("b.py"), Nonce("n2"), Seconds{5}, Seconds{5});
  const Settled settled = settle(asked.memory, {"n2", later.proposal.table, 0}, Seconds{9}, kFresh);
  ASSERT_THAT(settled.made, SizeIs(1));
  EXPECT_EQ(settled.made[0].nonce, Nonce("n1"));
  EXPECT_THAT(settled.memory.unanswered, IsEmpty());
  EXPECT_THAT(held(settled.memory, Seconds{100}), SizeIs(1));
  EXPECT_THAT(held(settled.memory, Seconds{101}), IsEmpty()) << "from before it asked";
}

TEST(HostMemoryTest, WhatCanStillBeMadeStaysUnanswered) {
  const Attempt asked =
      attempt(remembering("A"), acquiring("a.py"), Nonce("n1"), Seconds{1}, Seconds{1});
  const Settled same = settle(asked.memory, {"", {}, 0}, Seconds{2}, kFresh);
  EXPECT_THAT(same.memory.unanswered, SizeIs(1)) << "the push may still be on its way";
  const HostMemory other = acquired(remembering("B"), "b.py", "n2", Seconds{1});
  const Settled moved = settle(asked.memory, other.known, Seconds{2}, kFresh);
  EXPECT_THAT(moved.memory.unanswered, IsEmpty()) << "its base is not the tip any more";
  EXPECT_THAT(moved.made, IsEmpty());
}

TEST(HostMemoryTest, WhatTheStoreHasForgottenIsUncertain) {
  Attempt asked = attempt(remembering("A"), acquiring("a.py"), Nonce("n1"), Seconds{1}, Seconds{1});
  HostMemory other = acquired(remembering("B"), "b.py", "n2", Seconds{1});
  other.known.table.last = {kHostsKept + 2};
  const Settled settled = settle(asked.memory, other.known, Seconds{2}, kFresh);
  EXPECT_THAT(settled.uncertain, SizeIs(1));
}

TEST(HostMemoryTest, ACopyBecomesAHostOfItsOwn) {
  const HostMemory original = acquired(remembering("A"), "a.py", "n1", Seconds{1000});
  const HostMemory copy = original;
  const HostMemory later = acquired(original, "b.py", "n2", Seconds{1001});
  const Settled settled = settle(copy, later.known, Seconds{1002}, kFresh);
  EXPECT_TRUE(settled.copied);
  EXPECT_EQ(settled.memory.self, kFresh);
  EXPECT_THAT(held(settled.memory, Seconds{1002}), IsEmpty());
  EXPECT_FALSE(settle(later, later.known, Seconds{1002}, kFresh).copied);
}

TEST(HostMemoryTest, DoesNotAskWithoutEnd) {
  HostMemory memory = remembering("A");
  for (std::size_t i = 0; i < kMostUnanswered; ++i)
    memory =
        attempt(memory, acquiring("a.py"), Nonce(std::to_string(i)), Seconds{1}, Seconds{1}).memory;
  EXPECT_THROW(attempt(memory, acquiring("a.py"), Nonce("n"), Seconds{1}, Seconds{1}), core::Error);
}

Snapshot at(const std::string& tip, std::uint64_t last, const std::string& store = "s") {
  Snapshot snapshot;
  snapshot.tip = tip;
  snapshot.table.store = StoreId(store);
  snapshot.table.last = {last};
  return snapshot;
}

TEST(HistoryFaultTest, FindsWhatIsNoContinuation) {
  const Snapshot known = at("c5", 5);
  using enum HistoryFault;
  EXPECT_EQ(history_fault({}, known, std::nullopt), none);
  EXPECT_EQ(history_fault(known, known, std::nullopt), none);
  EXPECT_EQ(history_fault(known, at("c9", 9), "c5"), none);
  EXPECT_EQ(history_fault(known, at("c9", 9), std::nullopt), none) << "cut in between";
  EXPECT_EQ(history_fault(known, at("c9", 9), "x5"), rewritten);
  EXPECT_EQ(history_fault(known, at("x5", 5), std::nullopt), rewritten);
  EXPECT_EQ(history_fault(known, at("c4", 4), std::nullopt), goes_back);
  EXPECT_EQ(history_fault(known, at("c9", 9, "t"), "c5"), other_store);
  EXPECT_EQ(history_fault(known, {}, std::nullopt), gone);
}

}  // namespace
}  // namespace gs::coordination
