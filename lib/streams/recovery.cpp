#include "lib/streams/recovery.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/git/files.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

fs::path mark_file(const git::Layout& layout, const std::string& name) {
  return layout.common_dir / "stream" / (name + ".lock");
}

// Whether it is ours within a minute: git's own locks tell nobody when they become free.
bool locked_in_time(int descriptor) {
  constexpr auto kPause = std::chrono::milliseconds(50);
  constexpr int kTries = 60 * 20;
  for (int i = 0; i < kTries; ++i) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace

Mark::Mark(const git::Layout& layout, const std::string& name, const std::string& doing,
           const std::string& again)
    : path_(mark_file(layout, name)), interrupted_(pending(layout, name)) {
  fs::create_directories(path_.parent_path());
  file_ =
      platform::Descriptor(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file_)
    throw Error(ExitCode::broken, "cannot open " + path_.string() + ": " + std::strerror(errno));
  if (!locked_in_time(file_.get())) {
    throw Error(ExitCode::broken, "git is still " + doing + ": it holds " + path_.string(),
                again + ", when it has ended");
  }
  if (interrupted_) noted_ = git::read_file(path_).value_or("");
}

void Mark::note(const std::string& text) {
  const bool written =
      ftruncate(file_.get(), 0) == 0 &&
      pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written)
    throw Error(ExitCode::broken, "cannot write " + path_.string() + ": " + std::strerror(errno));
}

void Mark::finish() {
  std::error_code ignored;  // a mark that stays costs the next one a look
  fs::remove(path_, ignored);
  file_.close();
}

bool Mark::pending(const git::Layout& layout, const std::string& name) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(mark_file(layout, name), ignored));
}

Handed::Handed(const Mark& mark) : descriptor_(mark.descriptor()) {
  fcntl(descriptor_, F_SETFD, 0);
}

Handed::~Handed() {
  fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
}

}  // namespace gs::streams
