#include "lib/proof/scratch.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>

#include "lib/core/error.h"

namespace gs::proof {

namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "proof-";

fs::path folder_for(const git::Layout& layout) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "git-stream";
  return layout.common_dir / "stream";
}

// Nothing while another process holds it.
platform::Descriptor hold(const fs::path& folder) {
  platform::Descriptor held(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (held && flock(held.get(), LOCK_EX | LOCK_NB) != 0) held.close();
  return held;
}

void remove_leftovers(const fs::path& folder) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    const platform::Descriptor held = hold(entry.path());
    if (held) fs::remove_all(entry.path(), failed);
  }
}

}  // namespace

Scratch::Scratch(const git::Layout& layout) {
  const fs::path folder = folder_for(layout);
  std::error_code failed;
  fs::create_directories(folder, failed);
  remove_leftovers(folder);
  while (!held_ || !fs::exists(path_)) {  // another one may tidy up just before it is held
    std::string name = (folder / kPrefix).string() + "XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw core::Error(
          core::ExitCode::broken,
          "cannot make a scratch folder in " + folder.string() + ": " + std::strerror(errno),
          "set XDG_CACHE_HOME to a folder that can be written");
    }
    path_ = fs::weakly_canonical(name);
    held_ = hold(path_);
  }
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace gs::proof
