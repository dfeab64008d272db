#include "lib/state/state_dir.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/state/files.h"
#include "lib/state/state_files.h"

namespace gs::state {

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

namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Those files are written under the lock only: with the lock in hand, nobody is writing them.
bool is_leftover(std::string_view name) {
  if (!name.starts_with(kTemporaryPrefix)) return false;
  name.remove_prefix(kTemporaryPrefix.size());
  return std::any_of(kStateFiles.begin(), kStateFiles.end(), [&](const StateFile& kind) {
    return name.starts_with(std::string(kind.name) + '.');
  });
}

void remove_leftovers(const StateDir& state) {
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(state.root().c_str()));
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name(&entry->d_name[0]);
    if (is_leftover(name)) unlink((state.root() / name).c_str());
  }
}

fs::path lock_file_of(const StateDir& state) {
  if (!state_exists(state)) {
    fail_because(state.root(), "does not exist: the state was never set up", "git stream init");
  }
  return state.root() / kExclusiveFile;
}

}  // namespace

bool state_exists(const StateDir& state) {
  // With a '/' at its end a link would be followed.
  const fs::path& root = state.root();
  const fs::path bare = root.has_filename() ? root : root.parent_path();
  struct stat status {};
  if (lstat(bare.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    fail("open", state.root(), errno);
  }
  if (S_ISLNK(status.st_mode)) fail("open", state.root(), ELOOP);
  if (!S_ISDIR(status.st_mode)) fail_because(state.root(), "is not a folder");
  return true;
}

ExclusiveState::ExclusiveState(const StateDir& state) : lock_(lock_file_of(state)) {
  remove_leftovers(state);
}

}  // namespace gs::state
