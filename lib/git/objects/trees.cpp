#include "lib/git/objects/trees.h"

#include <algorithm>
#include <cstring>

#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

// git's canon_mode: what trees of old or foreign writers mean.
std::uint32_t canonical(std::uint32_t mode) {
  constexpr std::uint32_t kType = 0170000, kRegular = 0100000, kOwnerExecutes = 0100;
  switch (mode & kType) {
    case kRegular:
      return (mode & kOwnerExecutes) != 0 ? core::mode::executable : core::mode::file;
    case core::mode::symlink:
    case core::mode::tree:
      return mode & kType;
    default:
      return core::mode::gitlink;
  }
}

[[noreturn]] void no_tree() {
  throw core::Error(core::ExitCode::broken, "a tree object is damaged", "git fsck names it");
}

}  // namespace

MissingObject::MissingObject(const core::ObjectId& id)
    : core::Error(core::ExitCode::broken, "object " + id.hex() + " is not in the repository",
                  "in a partial clone `git cat-file -t " + id.hex() +
                      "` fetches it; otherwise `git fetch`, then `git fsck`") {}

void TreeReader::next() {
  if (rest_.empty()) {
    done_ = true;
    return;
  }
  std::uint32_t mode = 0;
  std::size_t at = 0;
  for (; at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '7' && at < 8; ++at)
    mode = mode * 8 + static_cast<std::uint32_t>(rest_[at] - '0');
  if (at == 0 || at >= rest_.size() || rest_[at] != ' ') no_tree();
  const std::size_t end = rest_.find('\0', ++at);
  if (end == rest_.npos || end == at || rest_.size() - end - 1 < kIdSize) no_tree();
  item_.name = rest_.substr(at, end - at);
  item_.mode = canonical(mode);
  std::memcpy(item_.id.bytes.data(), rest_.data() + end + 1, kIdSize);
  rest_.remove_prefix(end + 1 + kIdSize);
}

std::optional<TreeItem> find_item(std::string_view tree, std::string_view name) {
  for (TreeReader reader(tree); !reader.done(); reader.next()) {
    if (reader.item().name == name) return reader.item();
  }
  return std::nullopt;
}

std::optional<TreeItem> find_path(TreeSource& source, core::ObjectId tree, std::string_view path) {
  while (true) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string bytes = source.tree(tree);
    std::optional<TreeItem> item = find_item(bytes, path.substr(0, slash));
    if (item) item->name = path.substr(0, slash);
    if (!item || slash == path.size()) return item;
    if (!item->is_tree()) return std::nullopt;
    tree = item->id;
    path.remove_prefix(slash + 1);
  }
}

int compare_names(std::string_view a, bool a_is_tree, std::string_view b, bool b_is_tree) {
  const std::size_t shared = std::min(a.size(), b.size());
  if (const int order = std::memcmp(a.data(), b.data(), shared)) return order;
  const auto at = [&](std::string_view name, bool is_tree) {
    if (shared < name.size()) return static_cast<int>(static_cast<unsigned char>(name[shared]));
    return is_tree ? static_cast<int>('/') : -1;
  };
  const int first = at(a, a_is_tree), second = at(b, b_is_tree);
  if (first != second) return first - second;
  // Both ended, or one ends where the other has a '/' of its own, which no tree's name has.
  return static_cast<int>(a.size() > shared) - static_cast<int>(b.size() > shared);
}

}  // namespace gs::git
