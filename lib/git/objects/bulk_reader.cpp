#include "lib/git/objects/bulk_reader.h"

#include "lib/core/error.h"
#include "lib/git/objects/delta_forest.h"
#include "lib/git/libgit2.h"
#include "lib/git/objects/inflater.h"
#include "lib/git/objects/packed_objects.h"

namespace gs::git {

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
  std::vector<PackFile> packs;  // complete before a node points to one
  std::size_t last_pack = 0;    // ids that are asked together were often packed together
  std::vector<bool> doubtful;   // a pack has it, but not in a way that is understood
  DeltaForest forest;
  std::vector<Part> parts;

  Impl(const Repository& repository, const std::vector<ObjectId>& wanted)
      : ids(wanted),
        packs(open_packs(objects_folder(repository.layout().common_dir))),
        doubtful(wanted.size()) {
    std::vector<std::size_t> singles;
    for (std::size_t number = 0; number < ids.size(); ++number) {
      if (!plan(number)) singles.push_back(number);
    }
    divide(singles);
  }

  bool plan(std::size_t number) {
    bool harmful = false;
    for (std::size_t i = 0; i < packs.size(); ++i) {
      const std::size_t at = (last_pack + i) % packs.size();
      const auto place = packs[at].find(ids[number]);
      if (!place) continue;
      const DeltaForest::Added added = forest.add(packs[at], *place, number);
      if (added == DeltaForest::Added::yes) {
        last_pack = at;
        return true;
      }
      doubtful[number] = true;
      harmful = harmful || added == DeltaForest::Added::harmful;
    }
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
    return inflater.inflate(node.pack->compressed(node.entry), node.entry.size, out) &&
           (!node.checksum ||
            *node.checksum == node.pack->checksum(node.offset, node.entry, inflater.used()));
  }

  // Whether an object is damaged or only not understood here is for libgit2 to say.
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
    git_oid oid;
    check(git_odb_hash(&oid, content.data(), content.size(), GIT_OBJECT_BLOB), "cannot hash");
    if (from_oid(oid) != id) damaged(id);
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
