#include "lib/git/objects/scratch_folder.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "lib/core/error.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

constexpr char kPrefix[] = "scratch-";

void remove_leftovers(const fs::path& folder) {
  constexpr std::chrono::hours kDay{24};
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().native().starts_with(kPrefix)) continue;
    std::error_code ignored;
    const auto made = fs::last_write_time(it->path(), ignored);
    if (!ignored && fs::file_time_type::clock::now() - made > kDay)
      fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

ScratchFolder::ScratchFolder(const Layout& layout) {
  const fs::path folder = layout.common_dir / "stream";
  std::error_code failed;
  fs::create_directories(folder, failed);
  remove_leftovers(folder);
  std::string name = (folder / kPrefix).string() + "XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    throw core::Error(core::ExitCode::broken,
                      "cannot make the folder " + name + ": " + std::strerror(errno));
  }
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace gs::git
