// Which start is under way: see worktree_setup.h.

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <thread>

#include "lib/core/error.h"
#include "lib/streams/worktree_setup.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

fs::path mark_file(const git::Layout& layout, const core::StreamId& stream) {
  return layout.common_dir / "stream" / ("start-" + stream.str() + ".lock");
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

Making::Making(const git::Layout& layout, const core::StreamId& stream)
    : path_(mark_file(layout, stream)) {
  interrupted_ = pending(layout, stream);
  fs::create_directories(path_.parent_path());
  file_ =
      platform::Descriptor(open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file_)
    throw Error(ExitCode::broken, "cannot open " + path_.string() + ": " + std::strerror(errno));
  if (locked_in_time(file_.get())) return;
  throw Error(ExitCode::broken,
              "git is still making the worktree of stream " + stream.str() +
                  " for an earlier start: it holds " + path_.string(),
              "git stream start " + stream.str() + ", when it has ended");
}

void Making::finish() {
  std::error_code ignored;  // a mark that stays costs the next start a look
  fs::remove(path_, ignored);
  file_.close();
}

bool Making::pending(const git::Layout& layout, const core::StreamId& stream) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(mark_file(layout, stream), ignored));
}

}  // namespace gs::streams
