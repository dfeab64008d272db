#include "lib/git/files.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "lib/core/error.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void cannot_read(const fs::path& path, int reason) {
  throw core::Error(core::ExitCode::broken,
                    "cannot read " + path.string() + ": " + std::strerror(reason));
}

class Descriptor {
 public:
  explicit Descriptor(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool absent(int reason) {
  return reason == ENOENT || reason == ENOTDIR || reason == EISDIR || reason == ENAMETOOLONG;
}

}  // namespace

std::optional<std::string> read_file(const fs::path& path) {
  const Descriptor file(path);
  if (file.get() < 0) {
    if (absent(errno)) return std::nullopt;
    cannot_read(path, errno);
  }
  std::string content;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count > 0) {
      content.append(buffer, static_cast<std::size_t>(count));
    } else if (count == 0) {
      return content;
    } else if (errno == EISDIR) {
      return std::nullopt;
    } else if (errno != EINTR) {
      cannot_read(path, errno);
    }
  }
}

std::optional<std::string> read_line(const fs::path& path) {
  std::optional<std::string> content = read_file(path);
  if (content) content->erase(content->find_last_not_of(" \t\r\n") + 1);
  return content;
}

fs::path real_path(const fs::path& path) {
  char buffer[PATH_MAX];
  if (::realpath(path.c_str(), buffer) != nullptr) return buffer;
  std::error_code ignored;
  fs::path result = fs::weakly_canonical(fs::absolute(path), ignored);
  if (ignored) result = fs::absolute(path).lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

bool is_folder(const fs::path& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<MappedFile> MappedFile::open(const fs::path& path) {
  const Descriptor file(path);
  if (file.get() < 0) {
    if (absent(errno)) return std::nullopt;
    cannot_read(path, errno);
  }
  struct stat status;
  if (::fstat(file.get(), &status) != 0) cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) cannot_read(path, EINVAL);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return MappedFile({});
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) cannot_read(path, errno);
  return MappedFile({static_cast<const char*>(start), size});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace gs::git
