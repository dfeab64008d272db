#include "lib/store/exclusive.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store/posix.h"
#include "lib/store/state_files.h"
#include "lib/store/temporaries.h"

namespace gs::store {

namespace fs = std::filesystem;

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

}  // namespace gs::store
