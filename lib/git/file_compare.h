#pragma once
// Whether a file is what the index says, as git decides it (racy-git).

#include <optional>
#include <string>
#include <sys/stat.h>

#include "lib/git/index_file.h"

namespace gs::git {

enum class Sameness { same, changed, look };  // look: only the content tells

// From stat data alone. `written` is when the index file was: whoever was changed no earlier than
// that may have been changed unnoticed.
struct IndexTime {
  std::uint32_t seconds = 0, nanoseconds = 0;
};
struct IndexedFile {
  std::string_view path;
  std::uint32_t mode = core::mode::none;
  core::ObjectId id;
  IndexedStat recorded;
};
Sameness compare_stat(const IndexedFile& file, const struct stat& found, IndexTime written,
                      bool trust_exec_bit);

// By content: `folder` is a descriptor that the path is relative to. Throws NeedsGit for what is
// too large to be read here.
bool same_content(int folder, const std::string& path, const IndexedFile& file);

}  // namespace gs::git
