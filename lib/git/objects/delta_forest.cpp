#include "lib/git/objects/delta_forest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace gs::git {

namespace {

// What is known of an offset that is no node; on the way down every offset counts as harmful.
constexpr std::size_t kNotUnderstood = SIZE_MAX, kHarmful = SIZE_MAX - 1;

bool may_be_blob(const PackFile::Entry& entry) {
  return entry.kind == PackFile::Entry::Kind::blob || entry.kind == PackFile::Entry::Kind::delta;
}

}  // namespace

DeltaForest::Added DeltaForest::add(const PackFile& pack, const PackFile::Place& place,
                                    std::size_t wanted) {
  const std::size_t index = node(pack, place.offset);
  if (index == kNotUnderstood) return Added::not_understood;
  if (index == kHarmful) return Added::harmful;
  Node& found = nodes_[index];
  // Two ids at one place with different checksums: one of the two is misplaced.
  if (found.checksum && *found.checksum != place.checksum) return Added::not_understood;
  found.wanted.push_back(wanted);
  found.checksum = place.checksum;
  return Added::yes;
}

// Goes down to what is known or whole, then makes the nodes on the way up.
std::size_t DeltaForest::node(const PackFile& pack, std::uint64_t offset) {
  Known& known = known_[&pack];
  std::vector<Node> way;
  std::size_t parent = kNone;
  while (true) {
    const auto [place, fresh] = known.emplace(offset, kHarmful);
    if (!fresh) {
      parent = place->second;
      if (parent == kHarmful || parent == kNotUnderstood) {
        for (const Node& node : way) known[node.offset] = parent;
        return parent;
      }
      break;
    }
    if (!pack.holds(offset)) return kHarmful;
    const auto entry = pack.entry(offset);
    if (!entry || !may_be_blob(*entry)) {
      known[offset] = kNotUnderstood;
      for (const Node& node : way) known[node.offset] = kNotUnderstood;
      return kNotUnderstood;
    }
    way.emplace_back();
    way.back().pack = &pack;
    way.back().offset = offset;
    way.back().entry = *entry;
    if (entry->kind == PackFile::Entry::Kind::blob) break;
    offset = entry->base;
  }
  for (; !way.empty(); way.pop_back()) {
    known[way.back().offset] = nodes_.size();
    way.back().parent = std::exchange(parent, nodes_.size());
    nodes_.push_back(std::move(way.back()));
  }
  return parent;
}

std::vector<std::size_t> DeltaForest::settle() {
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].parent != kNone) nodes_[nodes_[i].parent].size += nodes_[i].size;
  }
  std::vector<std::size_t> by_size(nodes_.size()), roots;
  std::iota(by_size.begin(), by_size.end(), 0);
  std::stable_sort(by_size.begin(), by_size.end(), [this](std::size_t a, std::size_t b) {
    return nodes_[a].size > nodes_[b].size;
  });
  for (const std::size_t i : by_size) {
    if (nodes_[i].parent == kNone) {
      roots.push_back(i);
    } else {
      Node& parent = nodes_[nodes_[i].parent];
      nodes_[i].next_sibling = std::exchange(parent.first_child, i);
    }
  }
  std::sort(roots.begin(), roots.end(), [this](std::size_t a, std::size_t b) {
    const Node &first = nodes_[a], &second = nodes_[b];
    return first.pack != second.pack ? first.pack < second.pack : first.offset < second.offset;
  });
  return roots;
}

}  // namespace gs::git
