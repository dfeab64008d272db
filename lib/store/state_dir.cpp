#include "lib/store/state_dir.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

#include "lib/store/atomic_file.h"
#include "lib/store/exclusive.h"
#include "lib/store/posix.h"
#include "lib/store/state_files.h"

namespace gs::store {

namespace fs = std::filesystem;

namespace {

// What is there, the link itself if it is one; 0 when there is nothing.
mode_t kind_of(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return status.st_mode & S_IFMT;
  if (errno != ENOENT) fail("look at", path, errno);
  return 0;
}

void make_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail("make", folder, errno);
  const mode_t kind = kind_of(folder);
  if (kind == S_IFLNK) fail("use", folder, ELOOP);
  if (kind != S_IFDIR) fail_because(folder, "is not a folder");
}

// Whether the file has to be made; one that is there must be a regular file.
bool missing(const fs::path& file) {
  const mode_t kind = kind_of(file);
  if (kind == S_IFLNK) fail("use", file, ELOOP);
  if (kind != 0 && kind != S_IFREG) fail_because(file, "is not a regular file");
  return kind == 0;
}

fs::path without_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

void StateDir::create() const {
  const fs::path folder = without_slash(root_);
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (error) fail("make", folder.parent_path(), error.value());
  make_folder(folder);
  const ExclusiveState exclusive(*this);
  for (const StateFile& kind : kStateFiles) {
    const fs::path file = root_ / kind.name;
    if (!kind.when_needed && missing(file)) {
      AtomicFile fresh(file);
      fresh.write(kind.initial);
      fresh.commit();
    }
  }
  for (const fs::path& log : std::array{activity(), warnings()}) {
    if (missing(log) && !open_file(log, O_WRONLY | O_CREAT)) fail("make", log, errno);
  }
  make_folder(logs());
  make_folder(reports());
}

std::vector<StateDir::Damage> StateDir::check() const {
  std::vector<Damage> damages;
  if (!state_exists(*this)) return damages;
  for (const StateFile& kind : kStateFiles) {
    const fs::path file = root_ / kind.name;
    if (std::optional<std::string> why = damage_of(file, kind)) damages.push_back({file, *why});
  }
  return damages;
}

}  // namespace gs::store
