#include "tests/support/listed_tree.h"

namespace gs::test {

ListedTree::ListedTree(const std::vector<std::string>& files) {
  for (const std::string& path : files) add(path);
}

void ListedTree::add(const std::string& path) {
  files_.insert(path);
  const bool python = core::is_python_source(path);
  for (std::size_t end = path.size();;) {
    end = path.substr(0, end).rfind('/');
    const std::string folder = end == path.npos ? "" : path.substr(0, end);
    if (python) with_python_.insert(folder);
    if (folder.empty()) return;
    const std::size_t slash = folder.rfind('/');
    const std::string parent = slash == folder.npos ? "" : folder.substr(0, slash);
    folders_[parent].insert(slash == folder.npos ? folder : folder.substr(slash + 1));
  }
}

void ListedTree::note(std::string_view question, std::string_view path) {
  if (noting) ++asked[std::string(question) + ' ' + std::string(path)];
}

std::optional<core::ObjectId> ListedTree::file(std::string_view path) {
  note("file", path);
  if (!files_.contains(path)) return std::nullopt;
  return core::ObjectId{};
}

bool ListedTree::holds_python(std::string_view folder) {
  note("holds", folder);
  return with_python_.contains(folder);
}

std::vector<std::string> ListedTree::folders(std::string_view folder) {
  const auto found = folders_.find(folder);
  if (found == folders_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

}  // namespace gs::test
