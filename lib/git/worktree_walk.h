#pragma once
// A worktree's files against its index, without writing anything.

#include <filesystem>
#include <string>
#include <vector>

#include "lib/git/file_compare.h"
#include "lib/git/ignore_rules.h"
#include "lib/git/index_file.h"

namespace gs::git {

// What is the same for all worktrees of a repository.
struct WalkRules {
  std::vector<IgnoreFile> ignore;  // what has the last word first: info/exclude, then the user's
  bool trust_exec_bit = true;      // core.fileMode
  bool attributes = false;         // files may differ from what is committed by a conversion
};

struct WalkResult {
  std::vector<std::string> changed;  // modified, removed, of another type, or only to be added
  std::size_t untracked = 0;         // neither tracked nor ignored; a new folder counts once
};

// Throws NeedsGit when only git can tell: submodules, skipped files, nested repositories, contents
// that a filter may have changed.
WalkResult walk_worktree(const std::filesystem::path& top, const IndexFile& index,
                         IndexTime written, const WalkRules& rules);

}  // namespace gs::git
