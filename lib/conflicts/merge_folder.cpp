#include "lib/conflicts/merge_folder.h"

#include <fstream>

namespace gs::streams {

namespace fs = std::filesystem;

MergeFolder::MergeFolder(const git::Repository& repository, const core::ObjectId& commit)
    : folder_(repository.layout()) {
  repository.each_file(commit, [&](std::string_view path, const git::TreeEntry& entry) {
    const std::string_view file = path.substr(path.rfind('/') + 1);
    if (file != ".gitattributes" || !core::mode::is_regular(entry.mode)) return;
    const fs::path target = folder_.path() / path;
    fs::create_directories(target.parent_path());
    std::ofstream(target, std::ios::binary) << repository.blob(entry.id);
  });
}

}  // namespace gs::streams
