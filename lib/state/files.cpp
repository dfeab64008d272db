#include "lib/state/files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/flock.h"

namespace gs::state {

void fail_because(const std::filesystem::path& file, std::string_view why, std::string hint) {
  throw core::Error(core::ExitCode::broken,
                    fmt::format("{} {}", core::quote_path(file.native()), why), std::move(hint));
}

namespace {

// What the person can do about it; empty where that is not known.
std::string hint_for(const std::filesystem::path& file, int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some disk space, then again";
    case EROFS:
      return "mount it writable, then again";
    case EFBIG:
      return "raise the limit on file sizes (ulimit -f), then again";
    case EACCES:
    case EPERM:
      return "let this user read and write it: ls -l " + core::quote_shell(file.native());
    case EIO:
      return "look after the disk: dmesg";
    default:
      return {};
  }
}

[[noreturn]] void fail_with(std::string_view doing, const std::filesystem::path& file, int error,
                            const char* otherwise) {
  std::string hint = hint_for(file, error);
  if (hint.empty()) hint = otherwise;
  // open(2) on a folder, on a fifo that nobody reads, on a socket, on a device without a driver.
  if (error == EISDIR || error == ENXIO || error == ENODEV)
    fail_because(file, "is not a regular file", hint);
  if (error == ELOOP) fail_because(file, "is a symbolic link: it is not followed", hint);
  throw core::Error(core::ExitCode::broken,
                    fmt::format("cannot {} {}: {}", doing, core::quote_path(file.native()),
                                std::generic_category().message(error)),
                    hint);
}

}  // namespace

void fail(std::string_view doing, const std::filesystem::path& file, int error) {
  fail_with(doing, file, error, "");
}

void fail_state(std::string_view doing, const std::filesystem::path& file, int error) {
  fail_with(doing, file, error, kRepair);
}

Descriptor open_file(const std::filesystem::path& file, int flags, unsigned mode) {
  int number = -1;
  do {
    number = open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode);
  } while (number < 0 && errno == EINTR);
  return Descriptor(number);
}

std::size_t regular_size(int descriptor, const std::filesystem::path& file, const char* hint) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) fail("look at", file, errno);
  if (!S_ISREG(status.st_mode)) fail_because(file, "is not a regular file", hint);
  return static_cast<std::size_t>(status.st_size);
}

std::string format_size(std::size_t bytes) {
  constexpr std::size_t kMebi = std::size_t{1} << 20;
  return bytes % kMebi == 0 && bytes != 0 ? fmt::format("{} MiB", bytes / kMebi)
                                          : fmt::format("{} bytes", bytes);
}

namespace {

// At most `limit` bytes from the start; the size is a first guess only, since files grow.
std::string read_up_to(int descriptor, const std::filesystem::path& file, std::size_t size,
                       std::size_t limit) {
  std::string content;
  std::size_t used = 0;
  std::size_t room = std::min(size + 1, limit);
  while (used < limit) {
    content.resize(room);
    const ssize_t count = read(descriptor, content.data() + used, room - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", file, errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used == room) room = std::min(std::max(room * 2, std::size_t{4096}), limit);
  }
  content.resize(used);
  return content;
}

std::optional<std::string> read_whole(const Descriptor& descriptor,
                                      const std::filesystem::path& file, std::size_t limit,
                                      const char* hint) {
  if (!descriptor) return std::nullopt;
  const std::size_t size = regular_size(descriptor.get(), file, hint);
  if (size > limit) fail_too_large(file, limit, hint);
  std::string content = read_up_to(descriptor.get(), file, size, limit + 1);
  if (content.size() > limit) fail_too_large(file, limit, hint);
  return content;
}

}  // namespace

void fail_too_large(const std::filesystem::path& file, std::size_t limit, const char* hint) {
  fail_because(file, "is larger than " + format_size(limit), hint);
}

Descriptor open_state_file(const std::filesystem::path& file) {
  Descriptor descriptor = open_file(file, O_RDONLY);
  if (!descriptor && errno != ENOENT) fail_state("read", file, errno);
  return descriptor;
}

std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t limit) {
  int number = -1;
  do {
    number = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  } while (number < 0 && errno == EINTR);
  if (number < 0 && errno != ENOENT && errno != ENOTDIR) fail("read", file, errno);
  return read_whole(Descriptor(number), file, limit, "");
}

std::optional<std::string> read_state_file(const std::filesystem::path& file, std::size_t limit) {
  return read_whole(open_state_file(file), file, limit, kRepair);
}

void survive_file_limits() {
  // A handler, unlike SIG_IGN, is not inherited through exec.
  std::signal(SIGXFSZ, [](int) {});
}

std::optional<std::string> read_prefix(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor descriptor = open_file(file, O_RDONLY);
  struct stat status {};
  if (!descriptor || fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return read_up_to(descriptor.get(), file, static_cast<std::size_t>(status.st_size), limit);
}

namespace fs = std::filesystem;

namespace {

// Removes the temporary file unless it has become the target.
class Temporary {
 public:
  explicit Temporary(const fs::path& target) : path_(temporary_name(target)) {
    descriptor_ = open_file(path_, O_WRONLY | O_CREAT | O_EXCL);
    if (!descriptor_) fail("write", target, errno);
  }
  ~Temporary() {
    if (!kept_) unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  int get() const { return descriptor_.get(); }
  void become(const fs::path& target) {
    if (rename(path_.c_str(), target.c_str()) != 0) fail("replace", target, errno);
    kept_ = true;
  }

 private:
  fs::path path_;
  Descriptor descriptor_;
  bool kept_ = false;
};

// What is there now, if anything; only a regular file may be replaced.
std::optional<struct stat> current(const fs::path& target) {
  struct stat status {};
  if (lstat(target.c_str(), &status) != 0) {
    if (errno == ENOENT) return std::nullopt;
    fail("write", target, errno);
  }
  if (S_ISLNK(status.st_mode)) fail("write", target, ELOOP);
  if (!S_ISREG(status.st_mode)) fail_because(target, "is not a regular file");
  return status;
}

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

void sync_folder(const fs::path& folder) {
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const int error = descriptor ? platform::sync_file(descriptor.get()) : errno;
  // EINVAL: a file system that has nothing to sync for folders.
  if (error != 0 && !(descriptor && error == EINVAL)) fail("write", folder, error);
}

}  // namespace

fs::path temporary_name(const fs::path& target) {
  static std::atomic<unsigned> counter{0};
  const std::string name = fmt::format("{}{}.{}.{}", kTemporaryPrefix, target.filename().native(),
                                       getpid(), counter.fetch_add(1));
  return folder_of(target) / name;
}

void AtomicFile::commit() {
  const std::optional<struct stat> before = current(target_);
  Temporary temporary(target_);
  if (before) {
    // Only root can give files away; for anyone else a file of one's own is as good as it gets.
    if (before->st_uid != geteuid() && fchown(temporary.get(), before->st_uid, before->st_gid)) {
      errno = 0;
    }
    if (fchmod(temporary.get(), before->st_mode & 07777U) != 0) fail("write", target_, errno);
  }
  if (const int error = write_all(temporary.get(), content_)) fail("write", target_, error);
  if (durability_ == Durability::synced) {
    if (const int error = platform::sync_file(temporary.get())) fail("write", target_, error);
  }
  if (durability_ == Durability::passing && before) unlink(target_.c_str());
  temporary.become(target_);
  if (durability_ == Durability::synced) sync_folder(folder_of(target_));
}

void AtomicFile::replace(const fs::path& target, std::string_view content) {
  AtomicFile file(target);
  file.write(content);
  file.commit();
}

FileLock::FileLock(const fs::path& file) {
  for (;;) {
    Descriptor descriptor = open_file(file, O_RDWR | O_CREAT);
    // Another user's lock file, or a read-only folder: reading is enough for flock.
    if (!descriptor && (errno == EACCES || errno == EROFS || errno == EPERM)) {
      const int error = errno;
      descriptor = open_file(file, O_RDONLY);
      if (!descriptor && errno != ELOOP) errno = error;
    }
    if (!descriptor) fail("lock", file, errno);
    regular_size(descriptor.get(), file, "");
    take_lock(descriptor.get(), file, Hold::exclusive);
    // Whoever removed the file meanwhile would let two of us in at once: take the one that is
    // there.
    struct stat held {
    }, there{};
    if (fstat(descriptor.get(), &held) == 0 && lstat(file.c_str(), &there) == 0 &&
        held.st_ino == there.st_ino && held.st_dev == there.st_dev) {
      descriptor_ = descriptor.release();
      return;
    }
  }
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace gs::state
