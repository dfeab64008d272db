#include "lib/platform/descriptors.h"

#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <libproc.h>
#include <unistd.h>
#include <vector>

namespace gs::platform {

namespace {

bool set_up(const Descriptor& end, Waiting waiting) {
  if (fcntl(end.get(), F_SETFD, FD_CLOEXEC) != 0) return false;
  return waiting == Waiting::blocking || fcntl(end.get(), F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace

// Not closed in a program that another thread starts between these calls: there is no pipe2(2).
std::optional<PipeEnds> make_pipe(Waiting waiting) {
  int ends[2];
  if (pipe(ends) != 0) return std::nullopt;
  PipeEnds made{Descriptor(ends[0]), Descriptor(ends[1])};
  if (!set_up(made.read, waiting) || !set_up(made.write, waiting)) return std::nullopt;
  return made;
}

// Opening /dev/fd/N gives the same open file here. A terminal has a name to open; a pipe has none.
Descriptor reopen(int descriptor) {
  std::array<char, PATH_MAX> name{};
  if (ttyname_r(descriptor, name.data(), name.size()) != 0) return {};
  return Descriptor(open(name.data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

void close_from(int first) {
  const int most = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, nullptr, 0);
  std::vector<proc_fdinfo> open_files(
      most > 0 ? static_cast<std::size_t>(most) / sizeof(proc_fdinfo) : 0);
  const int size = proc_pidinfo(getpid(), PROC_PIDLISTFDS, 0, open_files.data(),
                                static_cast<int>(open_files.size() * sizeof(proc_fdinfo)));
  open_files.resize(size > 0 ? static_cast<std::size_t>(size) / sizeof(proc_fdinfo) : 0);
  for (const proc_fdinfo& file : open_files) {
    if (file.proc_fd >= first) close(file.proc_fd);
  }
}

}  // namespace gs::platform
