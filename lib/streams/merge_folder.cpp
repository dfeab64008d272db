#include "lib/streams/merge_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "lib/core/error.h"

namespace gs::streams {

namespace fs = std::filesystem;

MergeFolder::MergeFolder(const git::Repository& repository, const core::ObjectId& commit) {
  std::string name = (fs::temp_directory_path() / "git-stream-merge-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw core::Error(core::ExitCode::broken,
                      "cannot make the folder " + name + ": " + std::strerror(errno));
  }
  path_ = name;
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    if (file != ".gitattributes" || !core::mode::is_regular(entry.mode)) return;
    const fs::path target = path_ / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << repository.blob(entry.id);
  });
}

MergeFolder::~MergeFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace gs::streams
