#include "lib/process/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

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

// The end of a session that may run for so long: SIGTERM, a second later SIGKILL.
class Limit {
 public:
  explicit Limit(const std::optional<std::chrono::milliseconds>& limit)
      : next_(limit ? Clock::now() + *limit : kNever) {}

  // For poll(2).
  int wait() const {
    using std::chrono::milliseconds;
    if (next_ == kNever) return -1;
    const auto rest = std::chrono::ceil<milliseconds>(next_ - Clock::now()).count();
    return static_cast<int>(std::clamp<milliseconds::rep>(rest, 0, kLongestWait));
  }
  // Whether it is killed: what it has left behind is not waited for.
  bool enforce(pid_t session) {
    if (Clock::now() < next_) return false;
    kill(-session, passed_ ? SIGKILL : SIGTERM);
    next_ = Clock::now() + std::chrono::seconds(1);
    return std::exchange(passed_, true);
  }
  bool passed() const { return passed_; }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds::rep kLongestWait = 60'000;
  static constexpr Clock::time_point kNever = Clock::time_point::max();
  Clock::time_point next_;
  bool passed_ = false;
};

}  // namespace

Result run(const Command& command) {
  Pipe in, out, err;
  signal(SIGPIPE, SIG_IGN);  // a child that does not read its input is no reason to die
  const Descriptor null = above_stdio(Descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)));
  Startup startup;
  startup.in = command.input ? in.read.get() : null.get();
  startup.out = out.write.get();
  startup.err = command.attach_errors ? -1 : err.write.get();
  if (command.limit) startup.group = Startup::Group::session;
  Limit limit(command.limit);
  const pid_t pid = start(command, startup);
  in.read.close();
  out.write.close();
  err.write.close();
  std::string_view rest = command.input ? std::string_view(*command.input) : std::string_view();
  if (rest.empty()) in.write.close();
  if (in.write) set_nonblocking(in.write);
  Result result;
  while ((out.read || err.read || in.write) && !limit.enforce(pid)) {
    std::array<pollfd, 3> waits{
        {{in.write.get(), POLLOUT, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    if (poll(waits.data(), waits.size(), limit.wait()) <= 0) continue;
    if (waits[0].revents != 0) feed(in.write, rest);
    if (waits[1].revents != 0) read_some(out.read, result.output);
    if (waits[2].revents != 0) read_some(err.read, result.errors);
  }
  result.status = status_of(wait_for(pid));
  result.timed_out = limit.passed();
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
