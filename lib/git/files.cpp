#include "lib/git/files.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/error.h"

namespace gs::git {

namespace fs = std::filesystem;
using platform::Descriptor;

namespace {

[[noreturn]] void cannot_read(const fs::path& path, int reason) {
  throw core::Error(core::ExitCode::broken,
                    "cannot read " + path.string() + ": " + std::strerror(reason));
}

bool absent(int reason) {
  return reason == ENOENT || reason == ENOTDIR || reason == EISDIR || reason == ENAMETOOLONG;
}

}  // namespace

Descriptor open_file(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && !absent(errno)) cannot_read(path, errno);
  return file;
}

namespace {

// Nothing for a folder.
std::optional<std::string> content_of(const Descriptor& file, const fs::path& path) {
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

}  // namespace

std::string read_all(const Descriptor& file, const fs::path& path) {
  std::optional<std::string> content = content_of(file, path);
  if (!content) cannot_read(path, EISDIR);
  return std::move(*content);
}

std::optional<std::string> read_file(const fs::path& path) {
  const Descriptor file = open_file(path);
  return file ? content_of(file, path) : std::nullopt;
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

bool is_same_file(const fs::path& a, const fs::path& b) {
  struct stat first, second;
  return ::lstat(a.c_str(), &first) == 0 && ::lstat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<platform::Mapping> map_file(const fs::path& path) {
  const Descriptor file = open_file(path);
  if (!file) return std::nullopt;
  struct stat status;
  if (::fstat(file.get(), &status) != 0) cannot_read(path, errno);
  if (!S_ISREG(status.st_mode)) cannot_read(path, EINVAL);
  auto mapping = platform::Mapping::of(file, static_cast<std::size_t>(status.st_size));
  if (!mapping) cannot_read(path, errno);
  return mapping;
}

}  // namespace gs::git
