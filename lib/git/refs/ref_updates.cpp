#include "lib/git/refs/ref_updates.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::git {

namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kOfMain = "main-worktree/";  // git-rev-parse(1) and gitworktree(1)
constexpr std::string_view kSymbolicValue = "ref:";

[[noreturn]] void fail(std::string_view line) {
  throw core::Error(core::ExitCode::broken,
                    "git says of a ref what is not understood: " + core::printable(line));
}

RefUpdate parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
  if (second == line.npos || second + 1 == line.size()) fail(line);
  RefUpdate update;
  update.ref = line.substr(second + 1);
  const std::string_view value = line.substr(first + 1, second - first - 1);
  if (value.starts_with(kSymbolicValue)) {
    update.symbolic = value.substr(kSymbolicValue.size());
    if (update.symbolic.empty()) fail(line);
  } else if (const auto id = core::ObjectId::from_hex(value)) {
    update.id = *id;
  } else {
    fail(line);
  }
  return update;
}

std::string_view without_worktree(std::string_view ref) {
  if (ref.starts_with(kOfMain)) ref.remove_prefix(kOfMain.size());
  return ref;
}

}  // namespace

std::optional<core::BranchName> RefUpdate::branch() const {
  const std::string_view name = without_worktree(ref);
  if (!name.starts_with(kHeads) || name.size() == kHeads.size()) return std::nullopt;
  return core::BranchName(std::string(name.substr(kHeads.size())));
}

std::vector<RefUpdate> parse_ref_updates(std::string_view lines) {
  std::vector<RefUpdate> updates;
  while (!lines.empty()) {
    const std::string_view line = core::take_line(lines);
    if (!line.empty()) updates.push_back(parse_line(line));
  }
  return updates;
}

bool mentions_branches(std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = core::take_line(lines);
    const std::size_t first = line.find(' ');
    const std::size_t second = first == line.npos ? line.npos : line.find(' ', first + 1);
    if (second == line.npos) continue;
    const std::string_view value = line.substr(first + 1, second - first - 1);
    const bool deletes = value.find_first_not_of('0') == value.npos;
    if (!deletes && without_worktree(line.substr(second + 1)).starts_with(kHeads)) return true;
  }
  return false;
}

}  // namespace gs::git
