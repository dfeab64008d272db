#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/platform/process_id.h"
#include "tests/support/comes_true.h"

namespace gs::platform {

namespace {

// A child that does nothing until it is killed; waited for in the end.
class Sleeper {
 public:
  Sleeper() : pid_(fork()) {
    if (pid_ == 0) {
      while (true) pause();
    }
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const { kill(pid_, number); }
  void end() {
    if (!waited_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    waited_ = true;
  }

 private:
  pid_t pid_;
  bool waited_ = false;
};

bool becomes(const ProcessId& mark, Liveness wanted) {
  return test::comes_true([&] { return liveness(mark) == wanted; });
}

TEST(ProcessId, NamesThisProcess) {
  const ProcessId mark = process_id_of(getpid());
  EXPECT_EQ(mark.pid, getpid());
  EXPECT_NE(mark.start_time, 0U);
  EXPECT_EQ(mark.boot_id, boot_id());
  EXPECT_EQ(boot_id().size(), 36U);
  EXPECT_EQ(mark, process_id_of(getpid()));
  EXPECT_EQ(liveness(mark), Liveness::running);
}

TEST(ProcessId, TellsRunningStoppedAndEndedApart) {
  Sleeper sleeper;
  const ProcessId mark = process_id_of(sleeper.pid());
  EXPECT_EQ(liveness(mark), Liveness::running);
  sleeper.signal(SIGSTOP);
  EXPECT_TRUE(becomes(mark, Liveness::stopped));
  sleeper.signal(SIGCONT);
  EXPECT_TRUE(becomes(mark, Liveness::running));
  sleeper.signal(SIGKILL);
  EXPECT_TRUE(becomes(mark, Liveness::ended)) << "a zombie has ended";
  sleeper.end();
  EXPECT_EQ(liveness(mark), Liveness::ended);
}

TEST(ProcessId, ALaterProcessWithThatNumberIsAnother) {
  ProcessId mark = process_id_of(getpid());
  ++mark.start_time;
  EXPECT_EQ(liveness(mark), Liveness::ended);
}

TEST(ProcessId, AnotherBootEndedThemAll) {
  ProcessId mark = process_id_of(getpid());
  mark.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(liveness(mark), Liveness::ended);
}

TEST(ProcessId, AnUnknownStartIsBelieved) {
  ProcessId mark = process_id_of(getpid());
  mark.start_time = 0;
  EXPECT_EQ(liveness(mark), Liveness::running);
}

TEST(ProcessId, WhatIsNoProcessHasEnded) {
  for (const std::int64_t pid : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40})
    EXPECT_EQ(liveness({pid, 0, boot_id()}), Liveness::ended) << pid;
  EXPECT_EQ(liveness({}), Liveness::ended);
  Sleeper sleeper;
  const pid_t pid = sleeper.pid();
  sleeper.end();
  EXPECT_EQ(process_id_of(pid), (ProcessId{pid, 0, boot_id()}));
}

}  // namespace

}  // namespace gs::platform
