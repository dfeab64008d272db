#include "lib/state/state_dir.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/state/files.h"
#include "lib/state/flock.h"
#include "lib/state/lock_store.h"
#include "lib/state/state_files.h"

namespace gs::state {

namespace fs = std::filesystem;

namespace {

fs::path without_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

// What is there, the link itself if it is one; 0 when there is nothing.
mode_t kind_of(const fs::path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return status.st_mode & S_IFMT;
  if (errno != ENOENT) fail_state("look at", path, errno);
  return 0;
}

void make_folder(const fs::path& folder) {
  if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) fail("make", folder, errno);
  const mode_t kind = kind_of(folder);
  if (kind == S_IFLNK) fail_state("use", folder, ELOOP);
  if (kind != S_IFDIR) fail_because(folder, "is not a folder", kRepair);
}

// Whether the file has to be made; one that is there must be a regular file.
bool missing(const fs::path& file) {
  const mode_t kind = kind_of(file);
  if (kind == S_IFLNK) fail_state("use", file, ELOOP);
  if (kind != 0 && kind != S_IFREG) fail_because(file, "is not a regular file", kRepair);
  return kind == 0;
}

fs::path mark_of(const StateDir& state) {
  fs::path mark = without_slash(state.root());
  return mark += ".made";
}

}  // namespace

void fail_gone(const fs::path& part) {
  fail_because(part, "is gone: the state was there, and whatever was locked is not known", kRepair);
}

FolderLock::FolderLock(const fs::path& folder)
    : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!folder_) fail("lock", folder, errno);
  take_lock(folder_.get(), folder, Hold::exclusive);
}

bool StateDir::was_made() const {
  return kind_of(mark_of(*this)) != 0;
}

void StateDir::create() const {
  const fs::path folder = without_slash(root_);
  const bool again = was_made();
  std::error_code error;
  if (folder.has_parent_path()) fs::create_directories(folder.parent_path(), error);
  if (error) fail("make", folder.parent_path(), error.value());
  if (again) {
    state_exists(*this);
  } else {
    make_folder(folder);
    const FolderLock beginning(folder);
    if (missing(locks())) AtomicFile::replace(locks(), kStateFiles[0].initial);
  }
  const ExclusiveState exclusive(*this);
  for (const StateFile& kind : kStateFiles) {
    const fs::path file = root_ / kind.name;
    if (kind.when_needed || !missing(file)) continue;
    if (again) fail_gone(file);
    AtomicFile::replace(file, kind.initial);
  }
  for (const fs::path& log : std::array{activity(), warnings()}) {
    if (missing(log) && !open_file(log, O_WRONLY | O_CREAT)) fail("make", log, errno);
  }
  make_folder(logs());
  make_folder(reports());
  const fs::path mark = mark_of(*this);
  if (!again && !open_file(mark, O_WRONLY | O_CREAT)) fail("make", mark, errno);
}

bool state_exists(const StateDir& state) {
  // With a '/' at its end a link would be followed.
  const fs::path bare = without_slash(state.root());
  struct stat status {};
  if (lstat(bare.c_str(), &status) != 0) {
    if (errno != ENOENT) fail_state("open", state.root(), errno);
    if (state.was_made()) fail_gone(state.root());
    return false;
  }
  if (S_ISLNK(status.st_mode)) fail_state("open", state.root(), ELOOP);
  if (!S_ISDIR(status.st_mode)) fail_because(state.root(), "is not a folder", kRepair);
  return true;
}

}  // namespace gs::state
