#include "lib/coordination/lease_copy.h"

#include <gmock/gmock.h>

#include "lib/platform/process_id.h"
#include "lib/state/files.h"
#include "tests/support/temp_repo.h"

namespace gs::coordination {
namespace {

using core::Seconds;
using testing::ElementsAre;
using testing::IsEmpty;

LeaseCopy example() {
  LeaseCopy copy{HostId("here-1"), "boot", 7, BootTime{12}, {}};
  copy.leases.push_back({{"a.py", "F", "agent-F1", "why", HostId("here-1"), {3}, Seconds{60}, true},
                         true,
                         BootTime{99}});
  copy.leases.push_back(
      {{"llm/x.py", "", "agent-G1", "", HostId("there-1"), {4}, Seconds{3600}, false}, false, {}});
  copy.leases.push_back(
      {{"llm/n*.py", "G", "agent-G1", "", HostId("there-1"), {4}, Seconds{3600}, false},
       false,
       BootTime{5}});
  copy.leases.push_back(
      {{"é.py", "G", "agent-G1", "", HostId("there-1"), {4}, Seconds{3600}, false}, false, {}});
  return copy;
}

std::vector<std::string> paths_of(const LeaseCopy& copy) {
  std::vector<std::string> paths;
  for (const CopiedLease& one : copy.leases) paths.push_back(one.lease.path);
  return paths;
}

TEST(LeaseCopy, ReadsWhatItWrites) {
  EXPECT_EQ(deserialize_copy(serialize_copy(example())), example());
  EXPECT_EQ(deserialize_copy(serialize_copy({})), LeaseCopy());
}

TEST(LeaseCopy, GivesThoseThatMayCoverAPath) {
  const std::string bytes = serialize_copy(example());
  const auto of = [&](const std::vector<std::string>& paths) {
    return paths_of(*deserialize_copy(bytes, paths));
  };
  EXPECT_THAT(of({"llm/x.py", "b.py"}), ElementsAre("llm/x.py", "llm/n*.py", "é.py"));
  EXPECT_THAT(of({"a.py/below"}), ElementsAre("a.py", "llm/n*.py", "é.py"));
  EXPECT_THAT(of({"llm"}), ElementsAre("llm/n*.py", "é.py"));
}

TEST(LeaseCopy, TakesNothingThatIsCutOrChanged) {
  const std::string bytes = serialize_copy(example());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(deserialize_copy(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(deserialize_copy(bytes + '\0'));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(deserialize_copy(changed)) << at;
  }
}

struct KnownLeasesTest : testing::Test {
  test::TempFolder folder;
  MemoryFile file{folder.path()};
  const core::Instant now{Seconds{1'000'000}};

  // A host and another one, each with a lease of an hour.
  ClonesMemory memory() const {
    ClonesMemory memory = file.load();
    HostMemory& host = memory.host;
    host.known.tip = "c0ffee";
    host.known.table.store = new_store_id();
    host.known.table.hosts[host.self] = {{1}, new_nonce()};
    host.known.table.hosts[HostId("there-1")] = {{2}, new_nonce()};
    host.known.table.last = {2};
    host.known.table.leases = {
        {"own.py", "F", "agent-F1", "", host.self, {1}, Seconds{3600}, false},
        {"x.py", "G", "agent-G1", "why", HostId("there-1"), {2}, Seconds{3600}, true}};
    host.asked = platform::boot_time();
    host.seen = sightings_of(host.known.table, {}, platform::boot_time());
    memory.read = platform::boot_time();
    return memory;
  }
  KnownLeases known() const { return known_leases(folder.path(), {}, false, now); }
};

TEST_F(KnownLeasesTest, NothingIsKnownWhereNobodyWasAsked) {
  EXPECT_EQ(known().age, std::nullopt);
  EXPECT_THAT(known().foreign, IsEmpty());
}

TEST_F(KnownLeasesTest, OthersLeasesAreLocksByTheClockHere) {
  {
    const state::FileLock lock(file.lock());
    file.save(memory());
  }
  const KnownLeases there = known();
  ASSERT_EQ(there.foreign.size(), 1U);
  const core::Lock& lock = there.foreign[0];
  EXPECT_EQ(lock.path, "x.py");
  EXPECT_EQ(lock.host, "there-1");
  EXPECT_EQ(lock.agent, "agent-G1");
  EXPECT_EQ(lock.task, "why");
  EXPECT_GE(lock.expires - now, Seconds{3600});
  EXPECT_LE(lock.expires - now, Seconds{3638});
  EXPECT_THAT(there.lapsed, IsEmpty());
  EXPECT_LE(there.age, Seconds{2});
  EXPECT_EQ(there.least, Seconds{3600});
}

TEST_F(KnownLeasesTest, WhatIsOverIsNoLockAndNotReliedOn) {
  const state::FileLock lock(file.lock());
  ClonesMemory memory = this->memory();
  memory.host.asked = *memory.host.asked - Seconds{3600};
  for (auto& [host, seen] : memory.host.seen) seen.first_seen -= Seconds{3638};
  file.save(memory);
  EXPECT_THAT(known().foreign, IsEmpty());
  ASSERT_EQ(known().lapsed.size(), 1U);
  EXPECT_EQ(known().lapsed[0].path, "own.py");
}

TEST_F(KnownLeasesTest, TimesOfAnotherBootMeanNothing) {
  const state::FileLock lock(file.lock());
  ClonesMemory memory = this->memory();
  memory.host.boot = "another";
  memory.host.seen.begin()->second.first_seen -= Seconds{7200};
  file.save(memory);
  EXPECT_EQ(known().age, std::nullopt);
  EXPECT_EQ(known().foreign.size(), 1U);
  EXPECT_EQ(known().lapsed.size(), 1U);
}

TEST_F(KnownLeasesTest, AnUnansweredReleaseCounts) {
  const state::FileLock lock(file.lock());
  ClonesMemory memory = this->memory();
  memory.host = attempt(memory.host, ReleaseRequest{{{"own.py", {1}}}, "agent-F1", false},
                        new_nonce(), platform::boot_time(), platform::boot_time())
                    .memory;
  file.save(memory);
  EXPECT_EQ(known().lapsed.size(), 1U);
}

TEST_F(KnownLeasesTest, ACopiedCloneKnowsNothing) {
  const test::TempFolder copy;
  {
    const state::FileLock lock(file.lock());
    file.save(memory());
    std::filesystem::copy_file(file.copy(), MemoryFile(copy.path()).copy());
    std::filesystem::copy_file(file.file(), MemoryFile(copy.path()).file());
  }
  const state::FileLock lock(MemoryFile(copy.path()).lock());
  EXPECT_EQ(known_leases(copy.path(), {}, false, now).age, std::nullopt);
}

}  // namespace
}  // namespace gs::coordination
