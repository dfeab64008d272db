// The pack reader with bytes that no git wrote: every id and every offset of a pack and its index
// has an answer, and a delta makes what a plain reading of its format makes.
// Input: an index and its pack, which begins where "PACK" stands last, read with either hash. The
// same bytes serve as bases and deltas.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/git/objects/bulk_reader.h"
#include "lib/git/objects/loose_objects.h"
#include "lib/git/objects/packs.h"

namespace {

using gs::git::DeltaForest;
using gs::git::PackFile;
using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kLargestResult = std::size_t{1} << 20U;

void require(bool condition) {
  if (!condition) std::abort();
}

// gitformat-pack(5), byte by byte; nothing for what is no delta of this base. A result may not be
// larger than kLargestResult here.
class PlainDelta {
 public:
  PlainDelta(const Bytes& base, const Bytes& delta) : base_(base), delta_(delta) {}

  std::optional<Bytes> result() {
    const auto base_size = number(), size = number();
    if (!base_size || !size || *base_size != base_.size() || *size > kLargestResult)
      return std::nullopt;
    while (at_ < delta_.size()) {
      if (!step() || out_.size() > *size) return std::nullopt;
    }
    return out_.size() == *size ? std::optional(out_) : std::nullopt;
  }

 private:
  std::optional<std::uint64_t> number() {
    std::uint64_t value = 0;
    for (std::uint64_t weight = 1, digits = 0; digits < 9; ++digits, weight *= 128) {
      if (at_ == delta_.size()) return std::nullopt;
      const std::uint8_t digit = delta_[at_++];
      value += digit % 128 * weight;
      if (digit < 128) return value;
    }
    return std::nullopt;
  }

  bool step() {
    const std::uint8_t code = delta_[at_++];
    if (code == 0) return false;
    if (code < 128) {
      for (int i = 0; i < code; ++i) {
        if (at_ == delta_.size()) return false;
        out_.push_back(delta_[at_++]);
      }
      return true;
    }
    std::uint64_t field[7] = {};
    for (unsigned i = 0; i < 7; ++i) {
      if ((code >> i) % 2 == 0) continue;
      if (at_ == delta_.size()) return false;
      field[i] = delta_[at_++];
    }
    const std::uint64_t from = field[0] + field[1] * 256 + field[2] * 65536 + field[3] * 16777216;
    std::uint64_t length = field[4] + field[5] * 256 + field[6] * 65536;
    if (length == 0) length = 65536;
    for (std::uint64_t i = from; i < from + length; ++i) {
      if (i >= base_.size()) return false;
      out_.push_back(base_[i]);
    }
    return true;
  }

  const Bytes &base_, &delta_;
  std::size_t at_ = 0;
  Bytes out_;
};

void compare_delta(const std::string& base, const std::string& delta) {
  const Bytes base_bytes(base.begin(), base.end()), delta_bytes(delta.begin(), delta.end());
  const auto expected = PlainDelta(base_bytes, delta_bytes).result();
  std::string out;
  const bool made = gs::git::apply_delta(base, delta, out);
  if (made && out.size() > kLargestResult) return;
  require(made == expected.has_value());
  if (made) require(Bytes(out.begin(), out.end()) == *expected);
}

// A delta whose sizes are right, so that its instructions are reached.
void compare_instructions(const std::string& base, const std::string& instructions) {
  std::string sizes;
  const Bytes base_bytes(base.begin(), base.end());
  for (const std::size_t size : {base.size(), base.size() + instructions.size() / 2}) {
    std::size_t rest = size;
    for (; rest > 127; rest /= 128) sizes += static_cast<char>(rest % 128 + 128);
    sizes += static_cast<char>(rest);
  }
  compare_delta(base, sizes + instructions);
  compare_delta(base, instructions);
}

void read_at(const PackFile& pack, std::uint64_t offset, std::string& content) {
  const auto entry = pack.entry(offset);
  if (!entry) return;
  gs::git::Inflater inflater;
  if (!pack.unpack(offset, *entry, std::nullopt, inflater, content)) return;
  require(content.size() == entry->size);
  pack.unpack(offset, *entry, 0, inflater, content);
}

constexpr std::size_t kFirstId = 8 + 256 * 4;

// What would be refused at once is put right.
std::string mended(std::string index, const std::string& pack, std::size_t id_size) {
  if (index.size() < kFirstId + 2 * id_size || pack.size() < 12 + id_size) return index;
  index.replace(0, 8, std::string("\377tOc\0\0\0\2", 8));
  index.replace(kFirstId - 4, 4, pack, 8, 4);
  index.replace(index.size() - 2 * id_size, id_size, pack, pack.size() - id_size, id_size);
  return index;
}

void walk(const std::string& given, const std::string& bytes, gs::core::ObjectFormat format) {
  const std::size_t id_size = gs::core::raw_size(format);
  const std::string index = mended(given, bytes, id_size);
  const auto pack = PackFile::over(index, bytes, format);
  if (!pack) return;
  std::string content;
  for (std::uint64_t offset = 0; offset < bytes.size() + 8; ++offset)
    read_at(*pack, offset, content);
  DeltaForest forest;
  std::vector<PackFile> packs;
  packs.push_back(*PackFile::over(index, bytes, format));
  gs::git::PackedObjects singly{gs::git::Packs(std::move(packs))};
  gs::git::Inflater inflater;
  std::size_t added = 0;
  for (std::size_t at = kFirstId; at + id_size <= index.size(); at += id_size) {
    const auto id = gs::core::ObjectId::from_raw(std::string_view(index).substr(at), format);
    const auto place = pack->find(id);
    const auto object = singly.read(id, inflater);
    require(!object || place);
    const auto again = singly.read(id, inflater);  // from what was kept of the first time
    require(object.has_value() == again.has_value());
    require(!object || object->content == again->content);
    if (place && forest.add(*pack, *place, added) == DeltaForest::Added::yes) ++added;
  }
  std::size_t nodes = 0, wanted = 0;
  std::vector<std::size_t> open = forest.settle();
  while (!open.empty()) {
    const DeltaForest::Node& node = forest[open.back()];
    open.pop_back();
    require(++nodes <= bytes.size());
    wanted += node.wanted.size();
    std::size_t below = 1, last = 0;
    for (std::size_t child = node.first_child; child != DeltaForest::kNone;
         child = forest[child].next_sibling) {
      require(forest[child].size >= last);
      last = forest[child].size;
      below += last;
      open.push_back(child);
    }
    require(below == node.size);
  }
  require(wanted == added);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t found = bytes.rfind("PACK");
  const std::size_t split = found == std::string::npos ? bytes.size() / 2 : found;
  const std::string index = bytes.substr(0, split), pack = bytes.substr(split);
  walk(index, pack, gs::core::ObjectFormat::sha1);
  walk(index, pack, gs::core::ObjectFormat::sha256);
  const std::size_t middle = pack.size() / 2;
  compare_delta(index, pack);
  compare_instructions(index, pack.substr(0, middle));
  compare_instructions(pack.substr(0, middle), pack.substr(middle));
  return 0;
}
