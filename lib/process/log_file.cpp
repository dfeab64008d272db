#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/process/child.h"

namespace gs::process {

namespace {

using core::Error;
using core::ExitCode;
using platform::Descriptor;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& why) {
  throw Error(ExitCode::broken, "cannot write " + file.string() + ": " + why);
}

Descriptor open_once(const std::filesystem::path& file, int flags) {
  int number = -1;
  do {
    number =
        open(file.c_str(),
             O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0666);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

}  // namespace

Descriptor open_log(const std::filesystem::path& file, bool fresh) {
  constexpr int kAttempts = 100;  // others may make theirs at the same time
  Descriptor opened;
  for (int i = 0; i < kAttempts && !opened; ++i) {
    if (fresh && unlink(file.c_str()) != 0 && errno != ENOENT) fail(file, std::strerror(errno));
    opened = open_once(file, fresh ? O_EXCL : 0);
    if (!opened && !(fresh && errno == EEXIST)) break;
  }
  if (!opened) fail(file, errno == ELOOP ? "it is a symbolic link" : std::strerror(errno));
  struct stat status {};
  if (fstat(opened.get(), &status) != 0) fail(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail(file, "it is not a regular file");
  // Where stdin, stdout or stderr are closed, a file would get their number.
  if (opened.get() <= STDERR_FILENO)
    opened = Descriptor(fcntl(opened.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  return opened;
}

}  // namespace gs::process
