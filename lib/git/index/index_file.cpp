#include "lib/git/index/index_file.h"

#include <algorithm>

#include "lib/platform/memory.h"

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

CacheTree::CacheTree(std::string_view extension, core::ObjectFormat format)
    : bytes_(extension), format_(format) {
  constexpr std::size_t kUsualRecord = 32;
  nodes_.reserve(bytes_.size() / kUsualRecord);
  if (!parse()) nodes_.clear();
}

std::optional<core::ObjectId> CacheTree::root_of(std::string_view extension,
                                                 core::ObjectFormat format) {
  CacheTree root;
  root.bytes_ = extension;
  root.format_ = format;
  std::size_t at = 0;
  std::uint32_t children = 0;
  if (!root.take_node(at, children) || !root.name(0).empty() || !root.valid(0)) return std::nullopt;
  return root.id(0);
}

std::string_view CacheTree::name(std::size_t node) const {
  return bytes_.substr(nodes_[node].name_at, nodes_[node].name_size);
}

core::ObjectId CacheTree::id(std::size_t node) const {
  return core::ObjectId::from_raw(bytes_.substr(nodes_[node].id_at), format_);
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
  if (valid && bytes_.size() - at < core::raw_size(format_)) return false;
  nodes_.push_back({static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(size),
                    static_cast<std::uint32_t>(valid ? at : 0), entries, 0});
  if (valid) at += core::raw_size(format_);
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

namespace {

constexpr std::size_t kIndexHeader = 12, kModeAt = 24, kIdAt = 40, kFlags = 2;
constexpr unsigned kExtended = 0x4000, kNameMask = 0x0fff, kIntentToAdd = 0x2000;
constexpr std::size_t kExtensionHeader = 8;
constexpr std::uint32_t kStride = 128;

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

void require(bool condition, const char* what) {
  if (!condition) throw DamagedIndex(what);
}

// Without an upper-case first letter an extension changes what the entries mean.
bool optional_extension(std::string_view signature) {
  return signature[0] >= 'A' && signature[0] <= 'Z';
}

// Whether extensions that leave a tree what it is follow one another to the very end.
bool is_chain(std::string_view rest) {
  while (rest.size() >= kExtensionHeader) {
    const std::uint32_t size = word(rest, 4);
    if (rest.size() - kExtensionHeader < size) return false;
    if (!optional_extension(rest) && !rest.starts_with("sdir")) return false;
    rest.remove_prefix(kExtensionHeader + size);
  }
  return rest.empty();
}

}  // namespace

std::optional<core::ObjectId> noted_tree(std::string_view index, core::ObjectFormat format) {
  // A hundred thousand folders; without a cache tree the search must end somewhere.
  constexpr std::size_t kFarthest = std::size_t{4} << 20;
  const std::size_t hash = core::raw_size(format);
  if (index.size() < kIndexHeader + hash || !index.starts_with("DIRC")) return std::nullopt;
  index.remove_suffix(hash);
  std::string_view head = index.substr(index.size() - std::min(index.size(), kFarthest));
  const char* const end = index.data() + index.size();
  for (std::size_t at; (at = platform::find_last(head, 'T')) != head.npos;) {
    const std::string_view rest(head.data() + at, end);
    if (rest.starts_with("TREE") && is_chain(rest)) {
      if (auto root = CacheTree::root_of(rest.substr(kExtensionHeader, word(rest, 4)), format))
        return root;
    }
    head = head.substr(0, at);
  }
  return std::nullopt;
}

DamagedIndex::DamagedIndex(const std::string& why)
    : core::Error(core::ExitCode::broken, "the index is damaged: " + why,
                  "remove the file that `git rev-parse --git-path index` names, then `git reset`") {
}

IndexFile::IndexFile(std::string_view bytes, core::ObjectFormat format) : format_(format) {
  const std::size_t hash = core::raw_size(format);
  require(bytes.size() >= kIndexHeader + hash && bytes.starts_with("DIRC"), "it has no header");
  bytes_ = bytes.substr(0, bytes.size() - hash);
  version_ = word(bytes_, 4);
  count_ = word(bytes_, 8);
  if (version_ < 2 || version_ > 4) throw NeedsGit("an index version of another git");
  IndexCursor cursor(*this);
  for (; !cursor.done(); cursor.next()) {
    const std::uint32_t left_after = cursor.left_ - 1;
    if (left_after % kStride == 0 && left_after > 0) marks_.push_back({cursor.end_, cursor.built_});
  }
  read_extensions(bytes_.substr(cursor.at_));
}

void IndexFile::read_extensions(std::string_view rest) {
  while (!rest.empty()) {
    require(rest.size() >= kExtensionHeader, "it is cut");
    const std::uint32_t size = word(rest, 4);
    require(rest.size() - kExtensionHeader >= size, "it is cut");
    if (!optional_extension(rest)) throw NeedsGit("an extension that must be understood");
    if (rest.starts_with("TREE"))
      cache_tree_ = CacheTree(rest.substr(kExtensionHeader, size), format_);
    rest.remove_prefix(kExtensionHeader + size);
  }
}

IndexCursor::IndexCursor(const IndexFile& index)
    : index_(index),
      bytes_(index.bytes_),
      at_(kIndexHeader),
      end_(kIndexHeader),
      flags_at_(kIdAt + core::raw_size(index.format_)),
      version_(index.version_),
      left_(index.count_) {
  if (left_ > 0) locate();
}

void IndexCursor::next() {
  at_ = end_;
  if (--left_ > 0) locate();
}

void IndexCursor::skip(std::uint32_t entries) {
  require(entries <= left_, "its cache tree has too many entries");
  const std::uint32_t target = left_ - entries;
  // Marks stand where a multiple of the stride is left; the last one not past the target is next.
  const std::uint32_t multiple = (target + kStride - 1) / kStride;
  if (target > 0 && multiple * kStride < left_) {
    const IndexFile::Mark& mark = index_.marks_[(index_.count_ - 1) / kStride - multiple];
    end_ = mark.end;
    built_ = mark.built;
    left_ = multiple * kStride + 1;
  }
  if (target == 0) left_ = 0;
  while (left_ > target) next();
}

void IndexCursor::locate() {
  require(bytes_.size() - at_ > flags_at_ + kFlags, "it is cut");
  const unsigned flags = half(bytes_, at_ + flags_at_);
  const bool extended = (flags & kExtended) != 0;
  require(!extended || version_ > 2, "an entry has a flag of another version");
  const std::size_t fixed = flags_at_ + (extended ? 2 * kFlags : kFlags);
  require(bytes_.size() - at_ > fixed, "it is cut");
  const std::string_view rest = bytes_.substr(at_ + fixed);
  if (version_ == 4) return locate_compressed(rest);
  std::size_t length = flags & kNameMask;
  if (length == kNameMask) length = std::min(rest.find('\0'), rest.size());
  // One to eight NULs end an entry at a multiple of eight bytes.
  const std::size_t size = (fixed + length + 8) & ~std::size_t{7};
  require(bytes_.size() - at_ >= size && rest[length] == '\0', "it is cut");
  plain_ = rest.substr(0, length);
  end_ = at_ + size;
}

void IndexCursor::locate_compressed(std::string_view rest) {
  std::size_t drop = 0;
  bool more = true;
  for (bool first = true; more; first = false) {
    require(!rest.empty() && drop < bytes_.size(), "it is cut");
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    drop = ((first ? 0 : drop + 1) << 7) + (byte & 127);
    more = (byte & 128) != 0;
  }
  const std::size_t length = rest.find('\0');
  require(drop <= built_.size() && length != rest.npos, "it is cut");
  built_.resize(built_.size() - drop);
  built_.append(rest, 0, length);
  end_ = static_cast<std::size_t>(rest.data() - bytes_.data()) + length + 1;
}

std::uint32_t IndexCursor::mode() const {
  return word(bytes_, at_ + kModeAt);
}

core::ObjectId IndexCursor::id() const {
  return core::ObjectId::from_raw(bytes_.substr(at_ + kIdAt), index_.format_);
}

unsigned IndexCursor::stage() const {
  return half(bytes_, at_ + flags_at_) >> 12 & 3;
}

bool IndexCursor::extended(unsigned flag) const {
  return (half(bytes_, at_ + flags_at_) & kExtended) != 0 &&
         (half(bytes_, at_ + flags_at_ + kFlags) & flag) != 0;
}

bool IndexCursor::intent_to_add() const {
  return extended(kIntentToAdd);
}

}  // namespace gs::git
