#include "lib/git/index/cache_tree.h"

#include <algorithm>
#include <cstring>

#include "lib/git/objects/object_id.h"

namespace gs::git {

namespace {

// Decimal digits up to `end`, which is passed too; false when something else is there.
bool take_number(std::string_view bytes, std::size_t& at, char end, std::uint32_t& number) {
  const std::size_t start = at;
  std::uint64_t value = 0;
  for (; at < bytes.size() && bytes[at] >= '0' && bytes[at] <= '9' && value <= UINT32_MAX; ++at)
    value = value * 10 + static_cast<std::uint64_t>(bytes[at] - '0');
  if (at == start || at == bytes.size() || bytes[at] != end || value > INT32_MAX) return false;
  ++at;
  number = static_cast<std::uint32_t>(value);
  return true;
}

}  // namespace

CacheTree::CacheTree(std::string_view extension) : bytes_(extension) {
  constexpr std::size_t kUsualRecord = 32;
  nodes_.reserve(bytes_.size() / kUsualRecord);
  if (!parse()) nodes_.clear();
}

std::optional<core::ObjectId> CacheTree::root_of(std::string_view extension) {
  CacheTree root;
  root.bytes_ = extension;
  std::size_t at = 0;
  std::uint32_t children = 0;
  if (!root.take_node(at, children) || !root.name(0).empty() || !root.valid(0)) return std::nullopt;
  return root.id(0);
}

std::string_view CacheTree::name(std::size_t node) const {
  return bytes_.substr(nodes_[node].name_at, nodes_[node].name_size);
}

core::ObjectId CacheTree::id(std::size_t node) const {
  core::ObjectId id;
  std::memcpy(id.bytes.data(), bytes_.data() + nodes_[node].id_at, kIdSize);
  return id;
}

bool CacheTree::parse() {
  struct Open {
    std::size_t node;
    std::uint32_t children_left;
  };
  std::vector<Open> open;
  std::size_t at = 0;
  do {
    std::uint32_t children = 0;
    if (!take_node(at, children)) return false;
    if (!open.empty()) --open.back().children_left;
    open.push_back({nodes_.size() - 1, children});
    while (!open.empty() && open.back().children_left == 0) {
      nodes_[open.back().node].end = static_cast<std::uint32_t>(nodes_.size());
      open.pop_back();
    }
  } while (!open.empty());
  return true;
}

// "NAME\0ENTRIES CHILDREN\n", then the id unless ENTRIES is -1.
bool CacheTree::take_node(std::size_t& at, std::uint32_t& children) {
  const std::size_t start = at;
  while (at < bytes_.size() && bytes_[at] != '\0') ++at;
  const std::size_t size = at - start;
  if (++at >= bytes_.size()) return false;
  std::uint32_t entries = 0;
  const bool valid = bytes_[at] != '-';
  if (!valid) ++at;
  if (!take_number(bytes_, at, ' ', entries) || !take_number(bytes_, at, '\n', children))
    return false;
  if (valid && bytes_.size() - at < kIdSize) return false;
  nodes_.push_back({static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(size),
                    static_cast<std::uint32_t>(valid ? at : 0), entries, 0});
  if (valid) at += kIdSize;
  return true;
}

CacheTreeChildren::CacheTreeChildren(const CacheTree& tree, std::optional<std::size_t> parent) {
  if (!parent) return;
  for (std::size_t node = *parent + 1; node < tree.end(*parent); node = tree.end(node))
    children_.push_back({tree.name(node), node});
  std::sort(children_.begin(), children_.end(),
            [](const Child& a, const Child& b) { return a.name < b.name; });
}

std::optional<std::size_t> CacheTreeChildren::find(std::string_view name) const {
  const auto at = std::lower_bound(children_.begin(), children_.end(), name,
                                   [](const Child& a, std::string_view b) { return a.name < b; });
  if (at == children_.end() || at->name != name) return std::nullopt;
  return at->node;
}

}  // namespace gs::git
