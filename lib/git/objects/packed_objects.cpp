#include "lib/git/objects/packed_objects.h"

#include "lib/git/files.h"

namespace gs::git {

namespace fs = std::filesystem;

namespace {

// All are mapped before the first is asked: of very many, that costs more than it saves.
constexpr std::size_t kMostPacks = 32;
constexpr std::size_t kLongestChain = 4096;  // git makes none of more than 4095

// A whole entry's kind; the kinds begin with these, in the same order.
RawObject::Type type_of(PackFile::Entry::Kind kind) {
  return static_cast<RawObject::Type>(kind);
}
static_assert(static_cast<int>(PackFile::Entry::Kind::tag) ==
              static_cast<int>(RawObject::Type::tag));

}  // namespace

fs::path objects_folder(const fs::path& common_dir) {
  return environment("GIT_OBJECT_DIRECTORY").value_or(common_dir / "objects");
}

std::vector<PackFile> open_packs(const fs::path& objects) {
  std::vector<PackFile> packs;
  std::error_code missing;
  for (fs::directory_iterator at(objects / "pack", missing), end; !missing && at != end;
       at.increment(missing)) {
    if (at->path().extension() != ".idx") continue;
    if (auto pack = PackFile::open(at->path())) packs.push_back(std::move(*pack));
  }
  return packs;
}

PackedObjects::PackedObjects(const fs::path& objects) : packs_(open_packs(objects)) {
  if (packs_.size() > kMostPacks) packs_.clear();
}

std::optional<RawObject> PackedObjects::read(const core::ObjectId& id, Inflater& inflater) {
  bases_.resize(packs_.size());
  for (std::size_t i = 0; i < packs_.size(); ++i) {
    const std::size_t at = (last_ + i) % packs_.size();
    const auto place = packs_[at].find(id);
    if (!place) continue;
    last_ = at;
    return unpack(packs_[at], bases_[at], *place, inflater);
  }
  return std::nullopt;
}

void PackedObjects::keep(Bases& bases, std::uint64_t offset, const RawObject& object) {
  constexpr std::size_t kMost = std::size_t{16} << 20U;
  const std::size_t size = object.content.size();
  if (size > kMost / 4) return;
  kept_ += size;
  if (kept_ > kMost) {
    for (Bases& all : bases_) all.clear();
    kept_ = size;
  }
  bases.insert_or_assign(offset, object);
}

std::optional<RawObject> PackedObjects::unpack(const PackFile& pack, Bases& bases,
                                               const PackFile::Place& place, Inflater& inflater) {
  struct Step {
    std::uint64_t offset;
    PackFile::Entry entry;
  };
  std::vector<Step> deltas;
  RawObject object;
  // From the object to what all its deltas change in the end, or to a base that is known.
  for (std::uint64_t offset = place.offset;;) {
    const auto base = deltas.empty() ? bases.end() : bases.find(offset);
    if (base != bases.end()) {
      object = base->second;
      break;
    }
    const auto entry = pack.entry(offset);
    if (!entry || deltas.size() > kLongestChain) return std::nullopt;
    if (entry->kind == PackFile::Entry::Kind::delta) {
      deltas.push_back({offset, *entry});
      offset = entry->base;
      continue;
    }
    if (!inflater.inflate(pack.compressed(*entry), entry->size, object.content))
      return std::nullopt;
    if (deltas.empty() && pack.checksum(offset, *entry, inflater.used()) != place.checksum)
      return std::nullopt;
    object.type = type_of(entry->kind);
    if (!deltas.empty()) keep(bases, offset, object);
    break;
  }
  std::string delta, content;
  while (!deltas.empty()) {
    const Step step = deltas.back();
    deltas.pop_back();
    if (!inflater.inflate(pack.compressed(step.entry), step.entry.size, delta) ||
        !apply_delta(object.content, delta, content))
      return std::nullopt;
    if (deltas.empty() && pack.checksum(step.offset, step.entry, inflater.used()) != place.checksum)
      return std::nullopt;
    object.content.swap(content);
    if (!deltas.empty()) keep(bases, step.offset, object);
  }
  return object;
}

}  // namespace gs::git
