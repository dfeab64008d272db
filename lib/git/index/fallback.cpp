#include "lib/git/index/fallback.h"

#include <algorithm>
#include <charconv>

#include "lib/core/error.h"
#include "lib/git/run_git.h"
#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

constexpr std::size_t kModeDigits = 6;

bool take(std::string_view& rest, char expected) {
  if (!rest.starts_with(expected)) return false;
  rest.remove_prefix(1);
  return true;
}

bool take_mode(std::string_view& rest, std::uint32_t& mode) {
  if (rest.size() < kModeDigits) return false;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + kModeDigits, mode, 8);
  const bool whole = failure == std::errc() && end == rest.data() + kModeDigits;
  rest.remove_prefix(kModeDigits);
  return whole;
}

bool take_id(std::string_view& rest, core::ObjectId& id) {
  const auto found = core::ObjectId::from_hex(rest.substr(0, kHexDigits));
  if (!found) return false;
  id = *found;
  rest.remove_prefix(kHexDigits);
  return true;
}

}  // namespace

std::optional<StagedDiff> parse_raw_diff(std::string_view rest) {
  StagedDiff diff;
  while (!rest.empty()) {
    core::Change change;
    const bool fields = take(rest, ':') && take_mode(rest, change.old_mode) && take(rest, ' ') &&
                        take_mode(rest, change.new_mode) && take(rest, ' ') &&
                        take_id(rest, change.old_id) && take(rest, ' ') &&
                        take_id(rest, change.new_id) && take(rest, ' ');
    const std::size_t status_end = rest.find('\0');
    if (!fields || status_end == rest.npos) return std::nullopt;
    const bool unmerged = rest.starts_with('U');
    rest.remove_prefix(status_end + 1);
    const std::size_t path_end = rest.find('\0');
    if (path_end == rest.npos) return std::nullopt;
    change.path = rest.substr(0, path_end);
    rest.remove_prefix(path_end + 1);
    if (unmerged) diff.unmerged.push_back(change.path);
    diff.changes.push_back(std::move(change));
  }
  return diff;
}

StagedDiff staged_by_git(const Layout& layout, const std::filesystem::path& index_file,
                         bool unborn) {
  const process::Result result =
      ask_git(layout.git_dir,
              {"diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames",
               "--ita-invisible-in-index", "--ignore-submodules=none",
               unborn ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904" : "HEAD", "--"},
              {"GIT_INDEX_FILE=" + index_file.string()});
  if (result.status != 0) {
    throw core::Error(core::ExitCode::broken,
                      "cannot compare the index with HEAD: " + first_line(result.errors),
                      "git status shows a damaged index; in a partial clone `git diff-index "
                      "--cached HEAD` fetches what is missing");
  }
  std::optional<StagedDiff> diff = parse_raw_diff(result.output);
  if (!diff) throw core::Error(core::ExitCode::broken, "cannot read what git diff-index printed");
  std::stable_sort(diff->changes.begin(), diff->changes.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
  std::sort(diff->unmerged.begin(), diff->unmerged.end());
  return std::move(*diff);
}

}  // namespace gs::git
