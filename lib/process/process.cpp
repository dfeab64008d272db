#include "lib/process/process.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/platform/file.h"
#include "lib/process/start.h"

namespace gs::process {

namespace {

using platform::Descriptor;

int status_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// Writes what the pipe takes; closes it at the end of the input or when nobody reads any more.
void feed(Descriptor& to, std::string_view& rest) {
  const ssize_t written = ::write(to.get(), rest.data(), rest.size());
  if (written >= 0) rest.remove_prefix(static_cast<std::size_t>(written));
  if (rest.empty() || (written < 0 && errno != EAGAIN && errno != EINTR)) to.close();
}

}  // namespace

Result run(const Command& command) {
  Pipe in, out, err;
  signal(SIGPIPE, SIG_IGN);  // a child that does not read its input is no reason to die
  const Descriptor null = above_stdio(Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)));
  Startup startup;
  startup.in = command.input ? in.read.get() : null.get();
  startup.out = out.write.get();
  startup.err = err.write.get();
  const pid_t pid = start(command, startup);
  in.read.close();
  out.write.close();
  err.write.close();
  std::string_view rest = command.input ? std::string_view(*command.input) : std::string_view();
  if (rest.empty()) in.write.close();
  if (in.write) set_nonblocking(in.write);
  Result result;
  while (out.read || err.read || in.write) {
    std::array<pollfd, 3> waits{
        {{in.write.get(), POLLOUT, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), -1) < 0) continue;
    if (waits[0].revents != 0) feed(in.write, rest);
    if (waits[1].revents != 0) read_some(out.read, result.output);
    if (waits[2].revents != 0) read_some(err.read, result.errors);
  }
  result.status = status_of(wait_for(pid));
  return result;
}

int run_attached(const Command& command) {
  if (!command.input) return status_of(wait_for(start(command, {})));
  Pipe in;
  signal(SIGPIPE, SIG_IGN);
  Startup startup;
  startup.in = in.read.get();
  const pid_t pid = start(command, startup);
  in.read.close();
  platform::write_all(in.write.get(),
                      *command.input);  // what it does not read is no reason to complain
  in.write.close();
  return status_of(wait_for(pid));
}

std::vector<std::filesystem::path> path_folders() {
  const char* const path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  std::vector<std::filesystem::path> folders;
  while (!rest.empty()) {
    const std::string_view folder = core::take_part(rest, ':');
    folders.emplace_back(folder.empty() ? "." : folder);
  }
  return folders;
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
