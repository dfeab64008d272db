#include "lib/git/objects/bulk_reader.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "lib/core/error.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/object_folders.h"
#include "lib/git/objects/object_id.h"
#include "lib/git/objects/packs.h"

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

namespace {

using core::ObjectId;

constexpr std::size_t kNone = DeltaForest::kNone;
constexpr std::size_t kWorthAPart = 32;  // objects

[[noreturn]] void damaged(const ObjectId& id) {
  throw core::Error(core::ExitCode::broken, "object " + id.hex() + " is damaged",
                    "git fsck names broken objects");
}

}  // namespace

struct BlobBatch::Impl {
  struct Part {
    std::vector<std::size_t> roots, singles;
  };

  const std::vector<ObjectId> ids;
  Packs packs;                 // the forest's nodes point into it
  std::vector<bool> doubtful;  // a pack has it, but not in a way that is understood
  DeltaForest forest;
  std::vector<Part> parts;

  Impl(const Repository& repository, const std::vector<ObjectId>& wanted)
      : ids(wanted),
        packs(all_object_folders(repository.layout().common_dir), repository.object_format()),
        doubtful(wanted.size()) {
    std::vector<std::size_t> singles;
    for (std::size_t number = 0; number < ids.size(); ++number) {
      if (!plan(number)) singles.push_back(number);
    }
    divide(singles);
  }

  bool plan(std::size_t number) {
    bool harmful = false;
    const auto add = [&](std::size_t pack, const PackFile::Place& place) {
      const DeltaForest::Added added = forest.add(packs[pack], place, number);
      if (added == DeltaForest::Added::yes) return true;
      doubtful[number] = true;
      harmful = harmful || added == DeltaForest::Added::harmful;
      return false;
    };
    if (packs.find(ids[number], add)) return true;
    if (harmful) damaged(ids[number]);
    return false;
  }

  void divide(const std::vector<std::size_t>& singles) {
    std::size_t objects = kWorthAPart;
    for (const std::size_t root : forest.settle()) {
      if (objects >= kWorthAPart) {
        parts.emplace_back();
        objects = 0;
      }
      parts.back().roots.push_back(root);
      objects += forest[root].size;
    }
    for (std::size_t i = 0; i < singles.size(); ++i) {
      if (i % kWorthAPart == 0) parts.emplace_back();
      parts.back().singles.push_back(singles[i]);
    }
  }

  // From the root outwards; what an object's children need of it is kept until the last is read.
  void read_tree(std::size_t root, Inflater& inflater, BlobReader& reader, const Each& each) const {
    struct Open {
      std::size_t next_child;
      std::string content;
    };
    std::vector<Open> way;
    std::string delta;
    const auto close = [&way] {
      while (!way.empty() && way.back().next_child == kNone) way.pop_back();
    };
    for (std::size_t at = root;;) {
      const DeltaForest::Node& node = forest[at];
      std::string content;
      const bool whole = at == root ? unpack(node, inflater, content)
                                    : unpack(node, inflater, delta) &&
                                          apply_delta(way.back().content, delta, content);
      close();
      if (whole) {
        for (const std::size_t number : node.wanted) each(number, content);
        way.push_back({node.first_child, std::move(content)});
        close();
      } else {
        read_singly(at, reader, each);
      }
      if (way.empty()) return;
      at = way.back().next_child;
      way.back().next_child = forest[at].next_sibling;
    }
  }

  static bool unpack(const DeltaForest::Node& node, Inflater& inflater, std::string& out) {
    return node.pack->unpack(node.offset, node.entry, node.checksum, inflater, out);
  }

  // Whether an object is damaged or only not understood here is for git to say.
  void read_singly(std::size_t top, BlobReader& reader, const Each& each) const {
    std::vector<std::size_t> open{top};
    while (!open.empty()) {
      const DeltaForest::Node& node = forest[open.back()];
      open.pop_back();
      for (const std::size_t number : node.wanted)
        each(number, verified(ids[number], reader.blob(ids[number])));
      for (std::size_t child = node.first_child; child != kNone; child = forest[child].next_sibling)
        open.push_back(child);
    }
  }

  static std::string verified(const ObjectId& id, std::string content) {
    if (blob_id(content, id.format) != id) damaged(id);
    return content;
  }
};

BlobBatch::BlobBatch(const Repository& repository, const std::vector<ObjectId>& ids)
    : impl_(std::make_unique<Impl>(repository, ids)) {}

BlobBatch::~BlobBatch() = default;

std::size_t BlobBatch::parts() const {
  return impl_->parts.size();
}

void BlobBatch::read(std::size_t part, BlobReader& reader, const Each& each) const {
  Inflater inflater;
  for (const std::size_t root : impl_->parts[part].roots)
    impl_->read_tree(root, inflater, reader, each);
  for (const std::size_t number : impl_->parts[part].singles) {
    std::string content = reader.blob(impl_->ids[number]);
    if (impl_->doubtful[number]) content = Impl::verified(impl_->ids[number], std::move(content));
    each(number, content);
  }
}

}  // namespace gs::git
