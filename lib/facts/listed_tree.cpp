#include "lib/facts/listed_tree.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace gs::facts {

void ListedTree::add(std::string_view path, const git::TreeEntry& entry) {
  const bool python = core::is_python_source(entry.mode, path);
  entries_.push_back(
      {paths_.size(), static_cast<std::uint32_t>(path.size()), entry.mode, python, entry.id});
  paths_.append(path);
}

std::string_view ListedTree::path(std::size_t number) const {
  const Entry& entry = entries_[number];
  return std::string_view(paths_).substr(entry.begin, entry.length);
}

void ListedTree::finish() {
  const auto text = [this](const Entry& entry) {
    return std::string_view(paths_).substr(entry.begin, entry.length);
  };
  const auto by_path = [&](const Entry& a, const Entry& b) { return text(a) < text(b); };
  // Only a tree that no git has written is in another order.
  if (!std::is_sorted(entries_.begin(), entries_.end(), by_path))
    std::stable_sort(entries_.begin(), entries_.end(), by_path);
  slots_.assign(std::bit_ceil(2 * entries_.size() + 1), 0);
  for (std::size_t number = 0; number < entries_.size(); ++number) {
    std::size_t at = std::hash<std::string_view>()(path(number));
    while (slots_[at & (slots_.size() - 1)] != 0) ++at;
    slots_[at & (slots_.size() - 1)] = static_cast<std::uint32_t>(number + 1);
    if (!entries_[number].python) continue;
    std::string_view folder = path(number);
    do {
      const std::size_t slash = folder.rfind('/');
      folder = folder.substr(0, slash == folder.npos ? 0 : slash);
    } while (python_folders_.insert(folder).second && !folder.empty());
  }
}

const ListedTree::Entry* ListedTree::find(std::string_view wanted) const {
  if (slots_.empty()) return nullptr;
  for (std::size_t at = std::hash<std::string_view>()(wanted);; ++at) {
    const std::uint32_t slot = slots_[at & (slots_.size() - 1)];
    if (slot == 0) return nullptr;
    if (path(slot - 1) == wanted) return &entries_[slot - 1];
  }
}

std::optional<core::ObjectId> ListedTree::file(std::string_view path) {
  const Entry* entry = find(path);
  return entry != nullptr && core::mode::is_regular(entry->mode) ? std::optional(entry->id)
                                                                 : std::nullopt;
}

std::optional<core::ObjectId> ListedTree::blob(std::string_view path) const {
  const Entry* entry = find(path);
  if (entry == nullptr || entry->mode == core::mode::gitlink) return std::nullopt;
  return entry->id;
}

bool ListedTree::holds_python(std::string_view folder) {
  return python_folders_.contains(folder);
}

std::size_t ListedTree::first_from(std::string_view wanted) const {
  const auto before = [this](const Entry& entry, std::string_view text) {
    return std::string_view(paths_).substr(entry.begin, entry.length) < text;
  };
  return static_cast<std::size_t>(
      std::lower_bound(entries_.begin(), entries_.end(), wanted, before) - entries_.begin());
}

std::vector<std::string> ListedTree::folders(std::string_view folder) {
  std::vector<std::string> names;
  std::string prefix(folder);
  if (!prefix.empty()) prefix.push_back('/');
  std::size_t at = first_from(prefix);
  while (at < entries_.size() && path(at).starts_with(prefix)) {
    const std::string_view rest = path(at).substr(prefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos) {
      ++at;
      continue;
    }
    names.emplace_back(rest.substr(0, slash));
    at = first_from(prefix + names.back() + static_cast<char>('/' + 1));
  }
  return names;
}

}  // namespace gs::facts
