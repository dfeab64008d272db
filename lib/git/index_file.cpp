#include "lib/git/index_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gs::git {

namespace {

constexpr std::size_t kHeader = 12, kHash = 20, kModeAt = 24, kIdAt = 40, kFlagsAt = 60,
                      kFixed = 62, kExtendedFixed = 64;
constexpr unsigned kExtended = 0x4000, kNameMask = 0x0fff, kIntentToAdd = 0x2000;

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::uint32_t word(std::string_view bytes, std::size_t at) {
  return big_endian(bytes, at, 4);
}

unsigned half(std::string_view bytes, std::size_t at) {
  return big_endian(bytes, at, 2);
}

core::ObjectId id_at(std::string_view bytes, std::size_t at) {
  core::ObjectId id;
  std::memcpy(id.bytes.data(), bytes.data() + at, id.bytes.size());
  return id;
}

void require(bool condition, const char* what) {
  if (!condition) throw NeedsGit(what);
}

// A decimal number that ends at `end`, which is taken too.
template <class Number>
bool take_number(std::string_view& rest, char end, Number& number) {
  const auto [after, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (failure != std::errc() || after == rest.data() + rest.size() || *after != end) return false;
  rest.remove_prefix(static_cast<std::size_t>(after - rest.data()) + 1);
  return true;
}

struct OpenNode {
  std::size_t position;
  std::uint32_t children_left;
};

// "NAME\0ENTRIES CHILDREN\n", then the id when ENTRIES is not negative.
bool take_node(std::string_view& rest, std::vector<CacheTreeNode>& nodes, OpenNode& open) {
  const std::size_t nul = rest.find('\0');
  if (nul == rest.npos) return false;
  CacheTreeNode node;
  node.name = rest.substr(0, nul);
  rest.remove_prefix(nul + 1);
  std::int64_t entries = 0;
  if (!take_number(rest, ' ', entries) || !take_number(rest, '\n', open.children_left))
    return false;
  if (entries > INT32_MAX) return false;
  node.valid = entries >= 0;
  if (node.valid) {
    if (rest.size() < kHash) return false;
    node.entries = static_cast<std::uint32_t>(entries);
    node.id = id_at(rest, 0);
    rest.remove_prefix(kHash);
  }
  open.position = nodes.size();
  nodes.push_back(node);
  return true;
}

// As in git, a damaged cache tree is as good as none.
std::vector<CacheTreeNode> parse_cache_tree(std::string_view rest) {
  std::vector<CacheTreeNode> nodes;
  std::vector<OpenNode> open;
  do {
    OpenNode node{};
    if (!take_node(rest, nodes, node)) return {};
    if (!open.empty()) --open.back().children_left;
    open.push_back(node);
    while (!open.empty() && open.back().children_left == 0) {
      nodes[open.back().position].end = nodes.size();
      open.pop_back();
    }
  } while (!open.empty());
  return nodes;
}

}  // namespace

IndexFile::IndexFile(std::string_view bytes) {
  require(bytes.size() >= kHeader + kHash && bytes.starts_with("DIRC"), "not an index");
  bytes_ = bytes.substr(0, bytes.size() - kHash);
  version_ = word(bytes_, 4);
  count_ = word(bytes_, 8);
  require(version_ >= 2 && version_ <= 4, "an index version of another git");
  IndexCursor cursor(*this);
  cursor.skip(count_);
  read_extensions(bytes_.substr(cursor.at_));
}

void IndexFile::read_extensions(std::string_view rest) {
  constexpr std::size_t kExtensionHeader = 8;
  while (!rest.empty()) {
    require(rest.size() >= kExtensionHeader, "a cut index");
    const std::uint32_t size = word(rest, 4);
    require(rest.size() - kExtensionHeader >= size, "a cut index");
    // Without an upper-case first letter an extension changes what the entries mean.
    require(rest[0] >= 'A' && rest[0] <= 'Z', "an index extension that must be understood");
    if (rest.starts_with("TREE"))
      cache_tree_ = parse_cache_tree(rest.substr(kExtensionHeader, size));
    rest.remove_prefix(kExtensionHeader + size);
  }
}

IndexCursor::IndexCursor(const IndexFile& index)
    : bytes_(index.bytes_),
      at_(kHeader),
      end_(kHeader),
      version_(index.version_),
      left_(index.count_) {
  if (left_ > 0) locate();
}

void IndexCursor::next() {
  at_ = end_;
  if (--left_ > 0) locate();
}

void IndexCursor::skip(std::uint32_t entries) {
  require(entries <= left_, "a cache tree that does not fit");
  for (; entries > 0; --entries) next();
}

void IndexCursor::locate() {
  require(bytes_.size() - at_ > kExtendedFixed, "a cut index");
  const unsigned flags = half(bytes_, at_ + kFlagsAt);
  const bool extended = (flags & kExtended) != 0;
  require(!extended || version_ > 2, "an index flag of another version");
  const std::size_t fixed = extended ? kExtendedFixed : kFixed;
  const std::string_view rest = bytes_.substr(at_ + fixed);
  if (version_ == 4) return locate_compressed(rest);
  std::size_t length = flags & kNameMask;
  if (length == kNameMask) length = std::min(rest.find('\0'), rest.size());
  // One to eight NULs end an entry at a multiple of eight bytes.
  const std::size_t size = (fixed + length + 8) & ~std::size_t{7};
  require(bytes_.size() - at_ >= size && rest[length] == '\0', "a cut index");
  plain_ = rest.substr(0, length);
  end_ = at_ + size;
}

void IndexCursor::locate_compressed(std::string_view rest) {
  std::size_t drop = 0;
  bool more = true;
  for (bool first = true; more; first = false) {
    require(!rest.empty() && drop < bytes_.size(), "a cut index");
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    drop = ((first ? 0 : drop + 1) << 7) + (byte & 127);
    more = (byte & 128) != 0;
  }
  const std::size_t length = rest.find('\0');
  require(drop <= built_.size() && length != rest.npos, "a cut index");
  built_.resize(built_.size() - drop);
  built_.append(rest, 0, length);
  end_ = static_cast<std::size_t>(rest.data() - bytes_.data()) + length + 1;
}

std::uint32_t IndexCursor::mode() const {
  return word(bytes_, at_ + kModeAt);
}

core::ObjectId IndexCursor::id() const {
  return id_at(bytes_, at_ + kIdAt);
}

unsigned IndexCursor::stage() const {
  return half(bytes_, at_ + kFlagsAt) >> 12 & 3;
}

bool IndexCursor::intent_to_add() const {
  return (half(bytes_, at_ + kFlagsAt) & kExtended) != 0 &&
         (half(bytes_, at_ + kFixed) & kIntentToAdd) != 0;
}

}  // namespace gs::git
