#include "lib/git/blob_batch.h"

#include <algorithm>
#include <unordered_map>

#include "lib/git/files.h"
#include "lib/git/pack_file.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

using core::ObjectId;

constexpr std::size_t kNone = SIZE_MAX;
constexpr std::size_t kWorthAPart = 32;  // objects

std::vector<PackFile> open_packs(const Repository& repository) {
  const fs::path folder =
      environment("GIT_OBJECT_DIRECTORY").value_or(repository.layout().common_dir / "objects");
  std::vector<PackFile> packs;
  std::error_code missing;
  for (fs::directory_iterator at(folder / "pack", missing), end; !missing && at != end;
       at.increment(missing)) {
    if (at->path().extension() != ".idx") continue;
    if (auto pack = PackFile::open(at->path())) packs.push_back(std::move(*pack));
  }
  return packs;
}

// A packed object: wanted, or one that wanted ones are deltas against.
struct Node {
  const PackFile* pack = nullptr;
  std::uint64_t offset = 0;
  PackFile::Entry entry;
  std::vector<std::size_t> wanted;  // numbers of ids
  std::size_t first_child = kNone, next_sibling = kNone;
};

// The packed objects as trees: children are deltas against their parents.
class Forest {
 public:
  // False when the object is not to be had this way.
  bool add(const PackFile& pack, std::uint64_t offset, std::size_t wanted) {
    const std::size_t index = node(pack, offset);
    if (index == kNone) return false;
    nodes_[index].wanted.push_back(wanted);
    return true;
  }
  const Node& operator[](std::size_t index) const { return nodes_[index]; }
  // By place in their packs.
  std::vector<std::size_t> roots() const {
    std::vector<std::size_t> sorted = roots_;
    std::sort(sorted.begin(), sorted.end(), [this](std::size_t a, std::size_t b) {
      const Node &first = nodes_[a], &second = nodes_[b];
      return first.pack != second.pack ? first.pack < second.pack : first.offset < second.offset;
    });
    return sorted;
  }

 private:
  // Goes down to what is known or whole, then links the way up.
  std::size_t node(const PackFile& pack, std::uint64_t offset) {
    auto& known = known_[&pack];
    std::vector<Node> way;
    std::size_t parent = kNone;
    while (true) {
      if (const auto found = known.find(offset); found != known.end()) {
        parent = found->second;
        break;
      }
      const auto entry = pack.entry(offset);
      if (!entry || entry->kind == PackFile::Entry::Kind::other || way.size() > kDeepest)
        return kNone;
      way.push_back({&pack, offset, *entry, {}, kNone, kNone});
      if (entry->kind == PackFile::Entry::Kind::blob) break;
      offset = entry->base;
    }
    for (; !way.empty(); way.pop_back()) {
      const std::size_t index = nodes_.size();
      nodes_.push_back(std::move(way.back()));
      known.emplace(nodes_[index].offset, index);
      if (parent == kNone) {
        roots_.push_back(index);
      } else {
        nodes_[index].next_sibling = nodes_[parent].first_child;
        nodes_[parent].first_child = index;
      }
      parent = index;
    }
    return parent;
  }

  static constexpr std::size_t kDeepest = 5000;  // git makes no chain longer than 4,095
  std::vector<Node> nodes_;
  std::vector<std::size_t> roots_;
  std::unordered_map<const PackFile*, std::unordered_map<std::uint64_t, std::size_t>> known_;
};

}  // namespace

struct BlobBatch::Impl {
  struct Part {
    std::vector<std::size_t> roots, singles;
  };

  const std::vector<ObjectId> ids;
  std::vector<PackFile> packs;
  Forest forest;
  std::vector<Part> parts;

  Impl(const Repository& repository, const std::vector<ObjectId>& wanted)
      : ids(wanted), packs(open_packs(repository)) {
    std::vector<std::size_t> singles;
    for (std::size_t number = 0; number < ids.size(); ++number) {
      if (!plan(number)) singles.push_back(number);
    }
    divide(singles);
  }

  bool plan(std::size_t number) {
    return std::any_of(packs.begin(), packs.end(), [&](const PackFile& pack) {
      const auto offset = pack.offset_of(ids[number]);
      return offset && forest.add(pack, *offset, number);
    });
  }

  std::size_t size_of(std::size_t root) const {
    std::vector<std::size_t> open{root};
    std::size_t count = 0;
    for (; !open.empty(); ++count) {
      std::size_t child = forest[open.back()].first_child;
      open.pop_back();
      for (; child != kNone; child = forest[child].next_sibling) open.push_back(child);
    }
    return count;
  }

  void divide(const std::vector<std::size_t>& singles) {
    std::size_t objects = kWorthAPart;
    for (const std::size_t root : forest.roots()) {
      if (objects >= kWorthAPart) {
        parts.emplace_back();
        objects = 0;
      }
      parts.back().roots.push_back(root);
      objects += size_of(root);
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
    std::size_t at = root;
    while (true) {
      const Node& node = forest[at];
      std::string content;
      const std::string_view packed = node.pack->compressed(node.entry);
      const bool whole = way.empty() ? inflater.inflate(packed, node.entry.size, content)
                                     : inflater.inflate(packed, node.entry.size, delta) &&
                                           apply_delta(way.back().content, delta, content);
      if (whole) {
        for (const std::size_t number : node.wanted) each(number, content);
        way.push_back({node.first_child, std::move(content)});
      } else {
        read_singly(at, reader, each);
      }
      while (!way.empty() && way.back().next_child == kNone) way.pop_back();
      if (way.empty()) return;
      at = way.back().next_child;
      way.back().next_child = forest[at].next_sibling;
    }
  }

  // What is wrong with an object, or that it is only here that it is not understood, libgit2 says.
  void read_singly(std::size_t top, BlobReader& reader, const Each& each) const {
    std::vector<std::size_t> open{top};
    while (!open.empty()) {
      const Node& node = forest[open.back()];
      open.pop_back();
      for (const std::size_t number : node.wanted) each(number, reader.blob(ids[number]));
      for (std::size_t child = node.first_child; child != kNone; child = forest[child].next_sibling)
        open.push_back(child);
    }
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
  for (const std::size_t number : impl_->parts[part].singles)
    each(number, reader.blob(impl_->ids[number]));
}

}  // namespace gs::git
