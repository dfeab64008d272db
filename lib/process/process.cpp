#include "lib/process/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/platform/descriptor.h"

extern char** environ;  // NOLINT: POSIX says so

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;

struct Pipe {
  Descriptor read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      throw Error(ExitCode::broken, std::string("cannot make a pipe: ") + std::strerror(errno));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
};

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

struct Streams {
  int in = -1, out = -1, err = -1;  // -1: inherited
};

pid_t start(const Command& command, const Streams& streams) {
  std::vector<std::string> words = command.argv;
  std::vector<std::string> variables = environment_for(command);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (streams.in >= 0) posix_spawn_file_actions_adddup2(&actions, streams.in, 0);
  if (streams.out >= 0) posix_spawn_file_actions_adddup2(&actions, streams.out, 1);
  if (streams.err >= 0) posix_spawn_file_actions_adddup2(&actions, streams.err, 2);
  if (!command.directory.empty())
    posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  // run() ignores SIGPIPE in this process; the child shall know nothing of it.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failure = posix_spawnp(&pid, words.at(0).c_str(), &actions, &attributes,
                                   pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    throw Error(ExitCode::broken, "cannot run " + words[0] + ": " + std::strerror(failure));
  }
  return pid;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      throw Error(ExitCode::broken,
                  std::string("cannot wait for a child: ") + std::strerror(errno));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Writes what the pipe takes; closes it at the end of the input or when nobody reads any more.
void feed(Descriptor& to, std::string_view& rest) {
  const ssize_t written = ::write(to.get(), rest.data(), rest.size());
  if (written >= 0) rest.remove_prefix(static_cast<std::size_t>(written));
  if (rest.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to.close();
}

void drain(Descriptor& from, std::string& into) {
  std::array<char, 65536> buffer;
  const ssize_t count = ::read(from.get(), buffer.data(), buffer.size());
  if (count > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(count));
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    from.close();
  }
}

}  // namespace

Result run(const Command& command) {
  Pipe in, out, err;
  signal(SIGPIPE, SIG_IGN);  // a child that does not read its input is no reason to die
  Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const pid_t pid = start(
      command, {command.input ? in.read.get() : null.get(), out.write.get(), err.write.get()});
  in.read.close();
  out.write.close();
  err.write.close();
  std::string_view rest = command.input ? std::string_view(*command.input) : std::string_view();
  if (rest.empty()) in.write.close();
  if (in.write.get() >= 0) fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  Result result;
  while (out.read.get() >= 0 || err.read.get() >= 0 || in.write.get() >= 0) {
    std::array<pollfd, 3> waits{
        {{in.write.get(), POLLOUT, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) feed(in.write, rest);
    if (waits[1].revents != 0) drain(out.read, result.output);
    if (waits[2].revents != 0) drain(err.read, result.errors);
  }
  result.status = wait_for(pid);
  return result;
}

int run_attached(const Command& command) {
  return wait_for(start(command, {}));
}

const std::vector<std::string>& local_git_variables() {
  // git 2.39's environment.c, local_repo_env, and what later versions added.
  static const std::vector<std::string> kVariables{"GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                   "GIT_CONFIG",
                                                   "GIT_CONFIG_PARAMETERS",
                                                   "GIT_CONFIG_COUNT",
                                                   "GIT_OBJECT_DIRECTORY",
                                                   "GIT_DIR",
                                                   "GIT_WORK_TREE",
                                                   "GIT_IMPLICIT_WORK_TREE",
                                                   "GIT_GRAFT_FILE",
                                                   "GIT_INDEX_FILE",
                                                   "GIT_NO_REPLACE_OBJECTS",
                                                   "GIT_REPLACE_REF_BASE",
                                                   "GIT_PREFIX",
                                                   "GIT_SHALLOW_FILE",
                                                   "GIT_COMMON_DIR",
                                                   "GIT_INTERNAL_SUPER_PREFIX"};
  return kVariables;
}

}  // namespace gs::process
