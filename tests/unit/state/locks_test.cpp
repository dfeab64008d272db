#include "lib/state/locks.h"

#include <gmock/gmock.h>
#include <thread>

#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/lock_wait.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

TEST_F(StateTest, TakesAllOrNothing) {
  const LockOutcome first = acquire(state, request("agent-F1", {"a.py", "b.py"}), ten);
  ASSERT_THAT(first.taken, SizeIs(2));
  EXPECT_EQ(first.taken[0].generation, first.taken[1].generation);
  const std::string before = slurp(state.locks());
  const LockOutcome second = acquire(state, request("agent-F2", {"c.py", "b.py"}), ten);
  EXPECT_THAT(second.taken, IsEmpty());
  ASSERT_THAT(second.held, SizeIs(1));
  EXPECT_EQ(second.held[0].path, "b.py");
  EXPECT_EQ(second.held[0].lock.agent, "agent-F1");
  EXPECT_EQ(slurp(state.locks()), before);
  EXPECT_EQ(acquire(state, request("agent-F2", {"c.py"}), ten).taken.at(0).generation,
            first.taken[0].generation + 1);
}

TEST_F(StateTest, HoldingAgainRenewsAndNeverShortens) {
  LockRequest wish = request("agent-F1", {"a.py"});
  wish.task = "first";
  wish.automatic = true;
  const core::Lock taken = acquire(state, wish, ten).taken.at(0);
  wish.agent = "F1";
  wish.task.clear();
  wish.ttl = core::Seconds{60};
  const core::Lock same = acquire(state, wish, ten).renewed.at(0);
  EXPECT_EQ(same, taken);
  wish.ttl = core::Seconds{7200};
  wish.automatic = false;
  const core::Lock renewed = acquire(state, wish, ten).renewed.at(0);
  EXPECT_EQ(renewed.expires, ten + core::Seconds{7200});
  EXPECT_EQ(renewed.acquired, taken.acquired);
  EXPECT_EQ(renewed.generation, taken.generation);
  EXPECT_EQ(renewed.task, "first");
  EXPECT_FALSE(renewed.automatic);
  EXPECT_THAT(read_locks(state), ElementsAre(renewed));
}

TEST_F(StateTest, ExpiryFreesForTheNextTaker) {
  const core::Lock old = acquire(state, request("agent-F1", {"llm/"}), ten).taken.at(0);
  EXPECT_THAT(acquire(state, request("agent-F2", {"llm/a.py"}), eleven - core::Seconds{1}).held,
              SizeIs(1));
  const LockOutcome next = acquire(state, request("agent-F2", {"llm/a.py"}), eleven);
  EXPECT_THAT(next.expired, ElementsAre(old));
  EXPECT_GT(next.taken.at(0).generation, old.generation);
  // One's own that expired counts as new.
  const LockOutcome again =
      acquire(state, request("agent-F2", {"llm/a.py"}), eleven + core::Seconds{3600});
  EXPECT_GT(again.taken.at(0).generation, next.taken.at(0).generation);
  EXPECT_THAT(again.expired, IsEmpty());
  EXPECT_THAT(read_locks(state), SizeIs(1));
}

TEST_F(StateTest, FoldersPatternsAndCaseCollide) {
  acquire(state, request("agent-F1", {"llm/news*.py", "docs", "!odd"}), ten);
  const auto held = [&](const char* path, bool ignore_case) {
    LockRequest wish = request("agent-F2", {path});
    wish.ignore_case = ignore_case;
    const LockOutcome outcome = acquire(state, wish, ten);
    release(state, {}, "agent-F2", false, ten);
    return !outcome.held.empty();
  };
  EXPECT_TRUE(held("llm/news_1.py", false));
  EXPECT_TRUE(held("llm", false));
  EXPECT_TRUE(held("docs/a/b.md", false));
  EXPECT_TRUE(held("d*", false));
  EXPECT_TRUE(held("!odd", false));
  EXPECT_TRUE(held("?odd", false));
  EXPECT_FALSE(held("odd", false));
  EXPECT_FALSE(held("llm/sentiment.py", false));
  EXPECT_FALSE(held("docs2", false));
  EXPECT_FALSE(held("Docs/a.md", false));
  EXPECT_TRUE(held("Docs/a.md", true));
}

TEST_F(StateTest, OneNameInTwoSpellingsIsOneLock) {
  const std::string composed = "docs/\u00e9.md", decomposed = "docs/e\u0301.md";
  const std::string capital = "docs/\u00c9.md";
  acquire(state, request("agent-F1", {decomposed, "docs/plain.md"}), ten);
  const auto found = [&](const std::string& path, bool ignore_case) {
    const std::vector<std::string> paths{path};
    const core::LockTable locks = read_locks_for(state, paths, ignore_case);
    return core::LockIndex(locks, ignore_case).on(path).size();
  };
  EXPECT_EQ(found(composed, false), 1U);
  EXPECT_EQ(found(decomposed, false), 1U);
  EXPECT_EQ(found(capital, false), 0U);
  EXPECT_EQ(found(capital, true), 1U);
  EXPECT_EQ(found("docs/Plain.md", false), 0U);
  EXPECT_EQ(found("DOCS/Plain.md", true), 1U);
  EXPECT_THAT(acquire(state, request("agent-F2", {composed}), ten).held, SizeIs(1));
  EXPECT_THAT(acquire(state, request("agent-F1", {composed}), ten).renewed, SizeIs(1));
  const auto give_back = [&](const std::string& path, bool ignore_case) {
    const std::vector<std::string> paths{path};
    return release(state, paths, "agent-F1", false, ten, ignore_case);
  };
  EXPECT_THAT(give_back("docs/Plain.md", false).unknown, ElementsAre("docs/Plain.md"));
  EXPECT_THAT(give_back("docs/Plain.md", true).released, SizeIs(1));
  EXPECT_THAT(give_back(composed, false).released, SizeIs(1));
  EXPECT_THAT(read_locks(state), IsEmpty());
}

TEST_F(StateTest, OnlyTheHolderReleases) {
  acquire(state, request("agent-F1", {"a.py", "b.py"}), ten);
  acquire(state, request("agent-F2", {"c.py"}), ten);
  const std::vector<std::string> both{"a.py", "c.py", "none"};
  const ReleaseOutcome refused = release(state, both, "agent-F2", false, ten);
  EXPECT_THAT(refused.released, IsEmpty());
  EXPECT_THAT(refused.foreign, SizeIs(1));
  EXPECT_THAT(refused.unknown, ElementsAre("none"));
  EXPECT_THAT(read_locks(state), SizeIs(3));
  EXPECT_THAT(release(state, both, "agent-F2", true, ten).released, SizeIs(2));
  EXPECT_THAT(release(state, std::vector<std::string>{"b.py"}, "agent-F9", false, eleven).released,
              SizeIs(1));
  EXPECT_THAT(read_locks(state), IsEmpty());
}

TEST_F(StateTest, RenewingKeepsOrRevivesWhatNobodyTook) {
  acquire(state, request("agent-F1", {"a.py", "b.py"}), ten);
  const std::string before = slurp(state.locks());
  EXPECT_THAT(renew(state, "agent-F2", core::Seconds{3600}, eleven), IsEmpty());
  EXPECT_EQ(slurp(state.locks()), before);
  const auto renewed = renew(state, "F1", core::Seconds{3600}, eleven);
  ASSERT_THAT(renewed, SizeIs(2));
  EXPECT_EQ(renewed[0].expires, eleven + core::Seconds{3600});
  EXPECT_THAT(renew(state, "F1", core::Seconds{60}, eleven), IsEmpty());
}

// As if all locks had been read and written, though only the times are.
TEST_F(StateTest, RenewingChangesNothingButTheTimes) {
  for (const char* time :
       {"2025-12-06T10:00:00Z", "2026-01-31T12:00:00Z", "2028-02-29T12:00:00Z"}) {
    const core::Instant now = at(time);
    acquire(state, request("agent-F1", {"a.py", "c.py"}), now);
    acquire(state, request("agent-F2", {"b.py"}), now);
    LockFile file = parse_lock_file(slurp(state.locks()));
    for (LockEntry& entry : file.entries) {
      if (entry.lock.agent != "agent-F1") continue;
      entry.lock.expires = now + core::Seconds{7200};
      refresh_entry(entry);
    }
    EXPECT_THAT(renew(state, "agent-F1", core::Seconds{7200}, now), SizeIs(2));
    EXPECT_EQ(slurp(state.locks()), render_lock_file(std::move(file)));
    EXPECT_TRUE(read_lock_text(state)->stamped);
    for (const Lease& lease : leases_in(slurp(state.locks()), "agent-F1"))
      EXPECT_EQ(lease.expires.has_value(), now != at("2028-02-29T12:00:00Z")) << time;
  }
}

TEST_F(StateTest, RenewingLeavesAFileAsItsWriterLaidItOut) {
  fs::create_directories(state.root());
  const std::string before =
      R"({"version":1,"locks":{"a.py":{"expires":"2025-12-06T10:30:00Z","agent":"F1",)"
      R"("acquired":"2025-12-06T10:00:00Z"}}})";
  spill(state.locks(), before);
  EXPECT_THAT(renew(state, "agent-F1", core::Seconds{3600}, ten), SizeIs(1));
  std::string after = before;
  after.replace(after.find("10:30"), 5, "11:00");
  EXPECT_EQ(slurp(state.locks()), after);
  EXPECT_FALSE(read_lock_text(state)->stamped);
}

constexpr const char* kPython = R"({"locks": {"llm/a.py": {"agent": "agent-F1", "stream": "F",
  "acquired": "2025-12-06T10:00:00.123456", "expires": "9999-12-31T23:59:59.5", "task": "t",
  "new": {"deep": [1, 2.5]}}, "b\u0007.py": {"agent": "evil\u001b[2J", "stream": null,
  "acquired": "1999-01-01 00:00:00+02:00", "expires": "2000-01-01T00:00:00Z", "task": null}},
  "version": 1, "owner": "them"})";

TEST_F(StateTest, ReadsTheReferenceFormatAndKeepsWhatItDoesNotKnow) {
  spill(state.locks(), kPython);
  const core::LockTable locks = read_locks(state);
  ASSERT_THAT(locks, SizeIs(2));
  EXPECT_EQ(locks[0].expires, at("9999-12-31T23:59:59"));
  EXPECT_EQ(locks[1].agent, "evil\x1b[2J");
  acquire(state, request("agent-F1", {"c\xff.py"}), ten);
  const std::string text = slurp(state.locks());
  EXPECT_THAT(text, HasSubstr("\"owner\": \"them\""));
  EXPECT_THAT(text, HasSubstr("2025-12-06T10:00:00.123456"));
  EXPECT_THAT(text, HasSubstr("\"deep\""));
  EXPECT_EQ(read_locks(state).at(2).path, "c\xff.py");
}

TEST_F(StateTest, DamageStopsWithTheFileTheReasonAndTheRepair) {
  const std::string lock = R"("agent": "x", "acquired": "2025-12-06T10:00:00Z")";
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string("[]"), std::string("{\"locks\": []}"),
        std::string("{\"locks\": {}, \"version\": 2}"), std::string("{\"locks\": {}} x"),
        std::string("{\"locks\": {}, \"locks\": {}}"), "{\"locks\": {\"a\": {" + lock + "}}}",
        "{\"locks\": {\"a\": {" + lock + ", \"expires\": \"soon\"}}}",
        std::string("{\"locks\": {\"a\": 5}}"),
        "{\"locks\": {\"\": {" + lock + ", \"expires\": \"2025-12-06T11:00:00Z\"}}}",
        "{\"locks\": {\"\\\"\\\"\": {" + lock + ", \"expires\": \"2025-12-06T11:00:00Z\"}}}",
        std::string("{\"locks\": {\"a\xff\": {}}}"),
        std::string("{\"locks\": {}, \"generation\": -1}"), std::string(100000, '['),
        std::string(50 << 20, ' ')}) {
    spill(state.locks(), text);
    for (const bool fast : {false, true}) {
      const core::Error error = error_of([&] {
        fast ? read_locks_for(state, std::vector<std::string>{"z"}, false) : read_locks(state);
      });
      EXPECT_EQ(error.code(), core::ExitCode::broken);
      EXPECT_EQ(error.hint(), "git stream init --repair");
      EXPECT_THAT(error.what(), HasSubstr(state.locks().native()));
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
    EXPECT_THROW(acquire(state, request("agent-F1", {"a"}), ten), core::Error);
  }
}

TEST_F(StateTest, TheFastReaderAnswersForItsPathsOnly) {
  LockRequest wish = request("agent-F1", {"llm/a.py", "llm", "llm/b.py", "x*.py", "Z/q.py"});
  wish.task =
      "say \"hi\" (5\xe2\x86\x92"
      "1)\t";
  acquire(state, wish, ten);
  const std::vector<std::string> paths{"llm/a.py", "z/q.py"};
  const core::LockTable read = locks_in(slurp(state.locks()), WantedPaths(paths));
  EXPECT_EQ(read_locks_for(state, paths, false), read);
  ASSERT_THAT(read, SizeIs(3));
  EXPECT_EQ(read.at(0).task, wish.task);
  EXPECT_EQ(read.at(2).path, "x*.py");
  EXPECT_THAT(read_locks_for(state, paths, true), SizeIs(4));
}

TEST_F(StateTest, WhatWeWroteIsFoundWithoutCheckingIt) {
  LockRequest wish = request("agent-F1", {"llm/a.py", "llm", "x}*.py", "x*.py", "Z/q.py"});
  wish.task = "a } and\n    } more \"\\";
  acquire(state, wish, ten);
  acquire(state, request("agent-F2", {"llm2/{a,b}.py", "z"}), ten);
  const std::vector<std::string> paths{"llm/a.py", "z/q.py"};
  const WantedPaths wanted(paths);
  EXPECT_EQ(find_locks(slurp(state.locks()), wanted), locks_in(slurp(state.locks()), wanted));
  EXPECT_THAT(find_locks(slurp(state.locks()), wanted), Optional(SizeIs(5)));
  release(state, {}, "agent-F1", false, ten);
  release(state, {}, "agent-F2", false, ten);
  EXPECT_THAT(find_locks(slurp(state.locks()), wanted), Optional(IsEmpty()));
}

TEST_F(StateTest, WhateverSomebodyElseWroteIsCheckedAgain) {
  const auto stamped = [&] { return read_lock_text(state)->stamped; };
  const std::vector<std::string> paths{"z"};
  EXPECT_FALSE(stamped());
  acquire(state, request("agent-F1", {"llm/a.py"}), ten);
  EXPECT_TRUE(stamped());
  const std::string text = slurp(state.locks());
  const auto time = fs::last_write_time(state.locks());
  spill(state.locks(), text.substr(0, text.size() - 2) + "x\n");  // as long as before
  fs::last_write_time(state.locks(), time);
  EXPECT_FALSE(stamped());
  EXPECT_THROW(read_locks_for(state, paths, false), core::Error);
  spill(state.locks(), text);
  fs::last_write_time(state.locks(), time);
  EXPECT_FALSE(stamped());
  EXPECT_THAT(read_locks_for(state, paths, false), IsEmpty());
  acquire(state, request("agent-F1", {"llm/a.py"}), ten + core::Seconds{1});
  EXPECT_TRUE(stamped());
  fs::remove(state.locks());
  fs::copy_file(state.root() / "handoffs.json", state.locks());
  EXPECT_FALSE(stamped());
  EXPECT_THROW(read_locks_for(state, paths, false), core::Error);
}

TEST_F(StateTest, WaitingEndsAtTheDeadlineOrWhenFree) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  EXPECT_THAT(acquire_waiting(state, request("agent-F2", {"a.py"}), now()).held, SizeIs(1));
  std::thread releaser([&] {
    while (!fs::exists(state.waits())) std::this_thread::yield();
    release(state, {}, "agent-F1", false, now());
  });
  const LockOutcome outcome =
      acquire_waiting(state, request("agent-F2", {"a.py"}), now() + core::Seconds{30});
  releaser.join();
  EXPECT_THAT(outcome.taken, SizeIs(1));
  EXPECT_THAT(waiters_in(slurp(state.waits())), IsEmpty());
}

TEST_F(StateTest, AWaitThatWouldNeverEndFailsAtOnce) {
  acquire(state, request("agent-F1", {"llm/a.py"}), now());
  acquire(state, request("agent-F2", {"llm/b.py"}), now());
  save_waiters(state, {this_waiter(request("agent-F2", {"llm/a.py"}), now())});
  const core::Error error = error_of([&] {
    acquire_waiting(state, request("agent-F1", {"llm/b.py"}), now() + core::Seconds{30});
  });
  EXPECT_EQ(error.code(), core::ExitCode::findings);
  EXPECT_STREQ(error.what(),
               "waiting for llm/b.py would never end: agent-F1 waits for agent-F2 (llm/b.py), "
               "agent-F2 waits for agent-F1 (llm/a.py)");
  EXPECT_THAT(waiters_in(slurp(state.waits())), SizeIs(1));
  // The same wait of a process that has ended closes nothing.
  Waiter dead = this_waiter(request("agent-F2", {"llm/a.py"}), now());
  ++dead.process.start_time;
  save_waiters(state, {dead});
  EXPECT_THAT(
      acquire_waiting(state, request("agent-F1", {"llm/b.py"}), now() + core::Seconds{1}).held,
      SizeIs(1));
  EXPECT_THAT(waiters_in(slurp(state.waits())), IsEmpty());
}

}  // namespace
}  // namespace gs::state
