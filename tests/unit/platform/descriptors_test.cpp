// Pipes, reopened files, and closing what a child is not to have.

#include "lib/platform/descriptors.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/platform/signal_descriptor.h"

namespace gs::platform {
namespace {

bool is_open(int number) {
  return fcntl(number, F_GETFD) != -1;
}

bool waits(const Descriptor& file) {
  return (fcntl(file.get(), F_GETFL) & O_NONBLOCK) == 0;
}

TEST(Pipe, IsClosedInProgramsAndWaitsUnlessToldOtherwise) {
  const auto pipe = make_pipe(), other = make_pipe(Waiting::nonblocking);
  ASSERT_TRUE(pipe && other);
  for (const Descriptor* end : {&pipe->read, &pipe->write, &other->read, &other->write})
    EXPECT_EQ(fcntl(end->get(), F_GETFD), FD_CLOEXEC);
  EXPECT_TRUE(waits(pipe->read) && waits(pipe->write));
  EXPECT_FALSE(waits(other->read) || waits(other->write));
  EXPECT_EQ(write_all(pipe->write.get(), "text"), 0);
  char text[4];
  EXPECT_EQ(read(pipe->read.get(), text, sizeof text), 4);
}

// A terminal here, where both systems can.
TEST(Reopen, DoesNotChangeHowTheOthersWait) {
  const Descriptor leader(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(leader && grantpt(leader.get()) == 0 && unlockpt(leader.get()) == 0);
  const Descriptor terminal(open(ptsname(leader.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  const Descriptor own = reopen(terminal.get());
  ASSERT_TRUE(own);
  EXPECT_FALSE(waits(own));
  EXPECT_TRUE(waits(terminal));
  EXPECT_EQ(fcntl(own.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(write_all(own.get(), "text"), 0);
  char text[4];
  EXPECT_EQ(read(leader.get(), text, sizeof text), 4);
}

TEST(CloseFrom, LeavesTheLowerOnes) {
  const auto pipe = make_pipe();
  ASSERT_TRUE(pipe);
  const pid_t child = fork();
  if (child == 0) {
    close_from(pipe->write.get());
    _exit(is_open(pipe->read.get()) && is_open(STDERR_FILENO) && !is_open(pipe->write.get()) ? 0
                                                                                             : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// Blocks two signals while it lives.
class Blocked {
 public:
  Blocked() {
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  ~Blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  sigset_t signals{};

 private:
  sigset_t before_{};
};

TEST(SignalDescriptor, GivesEachSignalOnceAndThenNothing) {
  const Blocked blocked;
  raise(SIGUSR2);  // sent before there is a descriptor
  const Descriptor descriptor = signal_descriptor(blocked.signals);
  ASSERT_TRUE(descriptor);
  EXPECT_EQ(next_signal(descriptor, blocked.signals), SIGUSR2);
  EXPECT_EQ(next_signal(descriptor, blocked.signals), std::nullopt);
  raise(SIGUSR1);
  EXPECT_EQ(next_signal(descriptor, blocked.signals), SIGUSR1);
  EXPECT_EQ(next_signal(descriptor, blocked.signals), std::nullopt);
}  // and none is left to end this process

}  // namespace
}  // namespace gs::platform
