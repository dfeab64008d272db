// Waiting for what somebody else holds: said after a second, given up after a while.

#include "lib/state/flock.h"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/state/journal.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;

// A process that holds a file's lock and is stopped, as by ctrl-Z.
class StoppedHolder {
 public:
  explicit StoppedHolder(const fs::path& file) : child_(fork()) {
    if (child_ == 0) {
      const int held = open(file.c_str(), O_RDWR | O_CLOEXEC);
      flock(held, LOCK_EX);
      raise(SIGSTOP);
      _exit(0);
    }
    waitpid(child_, nullptr, WUNTRACED);
  }
  ~StoppedHolder() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  StoppedHolder(const StoppedHolder&) = delete;
  StoppedHolder& operator=(const StoppedHolder&) = delete;

  std::string pid() const { return std::to_string(child_); }

 private:
  pid_t child_;
};

// What a process of its own says and how it ends when it may wait for so long.
struct Ended {
  int status = 0;
  std::string said;
  milliseconds after{};
};

template <class Action>
Ended waiting_for(milliseconds patience, const fs::path& log, const Action& action) {
  const auto began = Clock::now();
  const pid_t child = fork();
  if (child == 0) {
    dup2(open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDERR_FILENO);
    wait_no_longer_than(patience);
    int status = 0;
    try {
      action();
    } catch (const core::Error& error) {
      std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
      status = static_cast<int>(error.code());
    }
    _exit(status);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {WEXITSTATUS(status), slurp(log),
          std::chrono::duration_cast<milliseconds>(Clock::now() - began)};
}

class WaitingForAFile : public StateTest {
 protected:
  const fs::path log = folder.path() / "said";
};

TEST_F(WaitingForAFile, SaysForWhomAndGivesUp) {
  const StoppedHolder holder(state.locks());
  const std::string who = "process " + holder.pid() + " (state_test, in ";
  for (const bool reads : {true, false}) {
    const Ended ended = waiting_for(milliseconds{1500}, log, [&] {
      reads ? static_cast<void>(read_locks(state))
            : static_cast<void>(acquire(state, request("agent-F1", {"a.py"}), ten));
    });
    EXPECT_EQ(ended.status, 3);
    EXPECT_LT(ended.after, milliseconds{4000});
    EXPECT_THAT(ended.said, AllOf(HasSubstr("git-stream: waiting for " + state.locks().native()),
                                  HasSubstr(who), HasSubstr("which is stopped"),
                                  HasSubstr("kill -CONT " + holder.pid())));
  }
}

TEST_F(WaitingForAFile, AWaitInVainIsNotRepeated) {
  const StoppedHolder holder(state.locks());
  const StoppedHolder of_the_log(state.activity());
  const Ended ended = waiting_for(milliseconds{600}, log, [&] {
    const Activity line{ten, "agent-F1", "F", "locked", {}};
    EXPECT_THROW(append(state.activity(), line), core::Error);
    read_locks(state);
  });
  EXPECT_EQ(ended.status, 3);
  EXPECT_LT(ended.after, milliseconds{3000});
}

// A holder who goes on in time is waited for, without a word when it is soon.
TEST_F(WaitingForAFile, GetsWhatIsFreed) {
  auto holder = std::make_unique<StoppedHolder>(state.locks());
  const pid_t child = fork();
  if (child == 0) {
    read_locks(state);
    _exit(7);
  }
  holder.reset();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace gs::state
