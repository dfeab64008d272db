#include "lib/state/lock_wait.h"

#include <csignal>
#include <functional>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "lib/state/lock_file.h"
#include "lib/state/lock_store.h"
#include "lib/state/state_dir.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Real processes, since a waiter is one.
class WaitingTest : public StateTest {
 protected:
  ~WaitingTest() override {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
    }
  }

  static constexpr int kCycle = 2;  // what a process ends with that sees one

  // Returns once the process is announced: it has tried, and must wait.
  pid_t wait_in_a_process(const std::string& agent, const std::vector<std::string>& paths) {
    const std::size_t before = waiting();
    const pid_t child = fork();
    if (child == 0) {
      try {
        const auto outcome =
            acquire_waiting(state, request(agent, paths), now() + core::Seconds{60});
        _exit(outcome.held.empty() ? 0 : 1);
      } catch (const core::Error&) {
        _exit(kCycle);
      }
    }
    children_.push_back(child);
    while (waiting() == before) {
      if (waitpid(child, nullptr, WNOHANG) == child) {
        ADD_FAILURE() << agent << " does not wait";
        std::erase(children_, child);
        return 0;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return child;
  }

  int end_of(pid_t child) {
    int status = -1;
    if (child > 0) waitpid(child, &status, 0);
    std::erase(children_, child);
    return status;
  }

  std::size_t waiting() const { return load_waiters(state).size(); }

  LockOutcome soon(const std::string& agent, const std::vector<std::string>& paths) const {
    return acquire_waiting(state, request(agent, paths), now() + core::Seconds{30});
  }

 private:
  std::vector<pid_t> children_;
};

TEST_F(WaitingTest, FirstComeFirstServed) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  std::vector<pid_t> children;
  for (int i = 2; i < 7; ++i) {
    children.push_back(wait_in_a_process("agent-F" + std::to_string(i), {"a.py"}));
  }
  std::string holder = "agent-F1";
  for (int i = 2; i < 7; ++i) {
    release(state, {}, holder, false, now());
    EXPECT_EQ(end_of(children[static_cast<std::size_t>(i) - 2]), 0);
    holder = "agent-F" + std::to_string(i);
    EXPECT_EQ(read_locks(state).at(0).agent, holder);
  }
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(WaitingTest, WhoWantsMuchIsNotStarvedByThoseWhoWantLittle) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  const pid_t much = wait_in_a_process("agent-F2", {"a.py", "b.py"});
  const pid_t little = wait_in_a_process("agent-F3", {"b.py"});
  const pid_t other = wait_in_a_process("agent-F4", {"a.py", "c.py"});
  EXPECT_THAT(read_locks(state), SizeIs(1));  // b.py is free, but it is agent-F2's turn
  // Whoever does not wait takes what is free; whoever holds something may not be kept by those who
  // wait for it.
  EXPECT_THAT(acquire(state, request("agent-F5", {"c.py"}), now()).taken, SizeIs(1));
  EXPECT_THAT(soon("agent-F1", {"b.py"}).taken, SizeIs(1));
  release(state, {}, "agent-F5", false, now());
  release(state, {}, "agent-F1", false, now());
  EXPECT_EQ(end_of(much), 0);
  release(state, {}, "agent-F2", false, now());
  EXPECT_EQ(end_of(little), 0);
  EXPECT_EQ(end_of(other), 0);
}

TEST_F(WaitingTest, AnInterruptedWaiterDoesNoHarm) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    const pid_t child = wait_in_a_process("agent-F2", {"a.py", "b.py"});
    const pid_t behind = wait_in_a_process("agent-F3", {"b.py"});
    {
      const ExclusiveState turn(state);  // agent-F3 does not strike it from the list meanwhile
      kill(child, signal);
      EXPECT_TRUE(WIFSIGNALED(end_of(child)));
      EXPECT_EQ(waiting(), 2U);  // it could not sign off
    }
    EXPECT_EQ(end_of(behind), 0);
    EXPECT_EQ(waiting(), 0U);
    release(state, {}, "agent-F3", false, now());
  }
  // Somebody new does not even wait for it.
  Waiter dead = this_waiter(request("agent-F2", {"a.py"}), now());
  ++dead.process.start_time;
  save_waiters(state, {dead, dead});
  release(state, {}, "agent-F1", false, now());
  EXPECT_THAT(soon("agent-F4", {"a.py"}).taken, SizeIs(1));
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(WaitingTest, AStoppedWaiterIsPassedOverAndKeepsItsPlace) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  const pid_t child = wait_in_a_process("agent-F2", {"a.py"});
  {
    const ExclusiveState turn(
        state);  // stopped while it held this, it would keep everybody waiting
    kill(child, SIGSTOP);
    EXPECT_EQ(waitpid(child, nullptr, WUNTRACED), child);
  }
  release(state, {}, "agent-F1", false, now());
  EXPECT_THAT(soon("agent-F3", {"a.py"}).taken, SizeIs(1));
  EXPECT_EQ(waiting(), 1U);
  kill(child, SIGCONT);
  release(state, {}, "agent-F3", false, now());
  EXPECT_EQ(end_of(child), 0);
}

// agent-F1, which waits for agent-F2, gets what agent-F2 waits for; nobody can come between.
TEST_F(WaitingTest, ACycleThatANewHolderClosesIsSeen) {
  acquire(state, request("agent-F1", {"a.py"}), now());
  acquire(state, request("agent-F2", {"b.py"}), now());
  acquire(state, request("agent-F3", {"c.py"}), now());
  const pid_t first = wait_in_a_process("agent-F1", {"b.py"});
  const pid_t second = wait_in_a_process("agent-F2", {"c.py"});
  {
    ExclusiveState exclusive(state);
    LockFile file = exclusive.load();
    LockEntry& entry = file.entries.at(2);
    ASSERT_EQ(entry.lock.path, "c.py");
    entry.lock.agent = "agent-F1";
    entry.lock.generation = ++file.generation;
    entry = make_entry(entry.lock);
    exclusive.save(std::move(file));
  }
  EXPECT_EQ(WEXITSTATUS(end_of(second)), kCycle);
  release(state, {}, "agent-F2", false, now());
  EXPECT_EQ(end_of(first), 0);
}

TEST_F(WaitingTest, TheListIsReadAsItWasWritten) {
  EXPECT_THAT(waiters_in(""), IsEmpty());
  const Waiter plain = this_waiter(request("agent-F1", {"a.py", "b\xc3\xa9.py"}), ten);
  const Waiter odd = this_waiter(request("agent-\"x\"", {"\\a*", "\xff"}), ten);
  save_waiters(state, {plain, odd, plain});
  EXPECT_THAT(load_waiters(state), ElementsAre(plain, odd, plain));
  for (const char* bad : {"{}", "{\"waits\": [], \"version\": 2}", "{\"waits\": []}x",
                          "{\"waits\": [{\"agent\": \"x\"}]}"})
    EXPECT_THROW(waiters_in(bad), core::JsonError) << bad;
}

}  // namespace
}  // namespace gs::state
