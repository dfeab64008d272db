#include "lib/process/start.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/platform/descriptors.h"

extern char** environ;  // NOLINT: POSIX says so

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ExitCode::broken, what + ": " + std::strerror(errno));
}

bool names(const std::string& assignment, const std::string& variable) {
  return assignment.size() > variable.size() && assignment[variable.size()] == '=' &&
         assignment.starts_with(variable);
}

std::vector<std::string> environment_for(const Command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string assignment = *entry;
    const auto gone = [&](const std::string& name) { return names(assignment, name); };
    const auto replaced = [&](const std::string& set) {
      return names(assignment, set.substr(0, set.find('=')));
    };
    if (std::any_of(command.unset.begin(), command.unset.end(), gone)) continue;
    if (std::any_of(command.set.begin(), command.set.end(), replaced)) continue;
    result.push_back(assignment);
  }
  result.insert(result.end(), command.set.begin(), command.set.end());
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void set(const Command& command, const Startup& startup) {
    if (startup.in >= 0) posix_spawn_file_actions_adddup2(&actions_, startup.in, 0);
    if (startup.out >= 0) posix_spawn_file_actions_adddup2(&actions_, startup.out, 1);
    if (startup.err >= 0) posix_spawn_file_actions_adddup2(&actions_, startup.err, 2);
    if (!command.directory.empty())
      posix_spawn_file_actions_addchdir_np(&actions_, command.directory.c_str());
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

bool sigpipe_is_ignored() {
  struct sigaction action {};
  return sigaction(SIGPIPE, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// Before anything here ignored it: newer git starts hooks so, and what they start is to see the
// same.
const bool sigpipe_was_ignored = sigpipe_is_ignored();

class Attributes {
 public:
  Attributes() { posix_spawnattr_init(&attributes_); }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  void set(const Startup& startup) {
    // This process may ignore SIGPIPE for its own sake; the child shall know nothing of it.
    sigset_t defaults;
    sigemptyset(&defaults);
    if (!sigpipe_was_ignored) sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    int flags = POSIX_SPAWN_SETSIGDEF;
    if (startup.group == Startup::Group::own) flags |= POSIX_SPAWN_SETPGROUP;
    if (startup.group == Startup::Group::session) flags |= POSIX_SPAWN_SETSID;
    if (startup.mask != nullptr) {
      posix_spawnattr_setsigmask(&attributes_, startup.mask);
      flags |= POSIX_SPAWN_SETSIGMASK;
    }
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace

int try_start(const Command& command, const Startup& startup, pid_t& child) {
  std::vector<std::string> words = command.argv;
  std::vector<std::string> variables = environment_for(command);
  Actions actions;
  actions.set(command, startup);
  Attributes attributes;
  attributes.set(startup);
  return posix_spawnp(&child, words.at(0).c_str(), actions.get(), attributes.get(),
                      pointers(words).data(), pointers(variables).data());
}

pid_t start(const Command& command, const Startup& startup) {
  pid_t pid = -1;
  if (const int failure = try_start(command, startup, pid); failure != 0) {
    throw Error(ExitCode::broken, "cannot run " + command.argv[0] + ": " + std::strerror(failure));
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) fail("cannot wait for a child");
  }
  return status;
}

Pipe::Pipe() {
  auto ends = platform::make_pipe();
  if (!ends) fail("cannot make a pipe");
  read = above_stdio(std::move(ends->read));
  write = above_stdio(std::move(ends->write));
}

Descriptor above_stdio(Descriptor file) {
  if (!file || file.get() > STDERR_FILENO) return file;
  Descriptor above(fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!above) fail("cannot copy a file descriptor");
  return above;
}

void set_nonblocking(const Descriptor& file) {
  const int flags = fcntl(file.get(), F_GETFL);
  if (flags < 0 || fcntl(file.get(), F_SETFL, flags | O_NONBLOCK) != 0)
    fail("cannot change how a pipe waits");
}

bool read_some(Descriptor& from, std::string& into) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(from.get(), buffer.data(), buffer.size());
  if (count > 0) into.append(buffer.data(), static_cast<std::size_t>(count));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) from.close();
  return count > 0;
}

}  // namespace gs::process
