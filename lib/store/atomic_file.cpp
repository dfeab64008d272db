#include "lib/store/atomic_file.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/posix.h"
#include "lib/store/temporaries.h"

namespace gs::store {

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
  // EINVAL: a file system that has nothing to sync for folders.
  if (!descriptor || (fsync(descriptor.get()) != 0 && errno != EINVAL)) {
    fail("write", folder, errno);
  }
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
  if (durability_ == Durability::synced && fsync(temporary.get()) != 0) {
    fail("write", target_, errno);
  }
  if (durability_ == Durability::passing && before) unlink(target_.c_str());
  temporary.become(target_);
  if (durability_ == Durability::synced) sync_folder(folder_of(target_));
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
    regular_size(descriptor.get(), file);
    if (const int error = lock_exclusively(descriptor.get())) fail("lock", file, error);
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

}  // namespace gs::store
