#include "lib/core/import_facts.h"

#include <array>
#include <cstddef>
#include <limits>
#include <utility>

namespace gs::core {
namespace {

// kOpening, then records, then kEnd and nothing more, so that a cut is always seen. A record begins
// with a byte of flags; numbers are LEB128, a text is its length and its bytes.
constexpr char kOpening = 'I';
constexpr unsigned kPartial = 0x80, kMore = 0x40, kGuarded = 0x20, kTypeChecking = 0x10;
constexpr unsigned kScopeShift = 2, kTwoBits = 3;
constexpr unsigned kEnd = 0xff;

constexpr std::array<std::string_view, 4> kKinds{"import", "from", "star", "dynamic"};
constexpr std::array<std::string_view, 3> kScopes{"module", "class", "function"};
constexpr std::array<std::string_view, 10> kTroubles{
    "an import statement that makes no sense",
    "a string without its end",
    "a bracket without its counterpart",
    "a line indented as no block is",
    "a conflict marker of an unfinished merge",
    "a NUL byte",
    "a coding cookie that names no known encoding",
    "bytes that the encoding of the file does not have",
    "a line that is no Python",
    "more bytes than are read at all",
};

void put_number(std::string& bytes, std::size_t number) {
  for (; number >= 0x80; number >>= 7U) bytes += static_cast<char>((number & 0x7fU) | 0x80U);
  bytes += static_cast<char>(number);
}

void put_text(std::string& bytes, std::string_view text) {
  put_number(bytes, text.size());
  bytes += text;
}

bool get_byte(std::string_view& rest, unsigned& byte) {
  if (rest.empty()) return false;
  byte = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  return true;
}

bool get_number(std::string_view& rest, std::uint32_t& number) {
  std::uint64_t value = 0;
  for (unsigned shift = 0, byte = 0x80; (byte & 0x80U) != 0; shift += 7) {
    if (shift > 28 || !get_byte(rest, byte)) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
  }
  number = static_cast<std::uint32_t>(value);
  return value <= std::numeric_limits<std::uint32_t>::max();
}

bool get_text(std::string_view& rest, std::string_view& text) {
  std::uint32_t size = 0;
  if (!get_number(rest, size) || size > rest.size()) return false;
  text = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

bool get_names(std::string_view& rest, std::vector<ImportedName>& names) {
  std::uint32_t count = 0;
  // Each name takes two bytes at least: no count makes us reserve more than there can be.
  if (!get_number(rest, count) || count > rest.size() / 2) return false;
  names.resize(count);
  for (ImportedName& name : names) {
    if (!get_text(rest, name.name) || !get_text(rest, name.alias)) return false;
  }
  return true;
}

bool has_names(ImportKind kind) {
  return kind == ImportKind::from || kind == ImportKind::dynamic;
}

bool get_import(std::string_view& rest, unsigned flags, Import& import) {
  const unsigned scope = (flags >> kScopeShift) & kTwoBits;
  if (scope >= kScopes.size()) return false;
  import.kind = static_cast<ImportKind>(flags & kTwoBits);
  import.scope = static_cast<ImportScope>(scope);
  import.type_checking = (flags & kTypeChecking) != 0;
  import.guarded = (flags & kGuarded) != 0;
  import.level = 0;
  import.alias = import.anchor = {};
  import.names.clear();
  if (!get_number(rest, import.line) || !get_text(rest, import.module)) return false;
  if ((flags & kMore) != 0 && (!get_number(rest, import.level) || !get_text(rest, import.alias) ||
                               !get_text(rest, import.anchor)))
    return false;
  return !has_names(import.kind) || get_names(rest, import.names);
}

}  // namespace

std::string_view kind_name(ImportKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

std::string_view scope_name(ImportScope scope) {
  return kScopes.at(static_cast<std::size_t>(scope));
}

std::string_view trouble_text(Trouble trouble) {
  return kTroubles.at(static_cast<std::size_t>(trouble));
}

ImportWriter::ImportWriter() : bytes_(1, kOpening) {}

void ImportWriter::add(const Import& import) {
  const bool more = import.level != 0 || !import.alias.empty() || !import.anchor.empty();
  const unsigned flags = static_cast<unsigned>(import.kind) |
                         (static_cast<unsigned>(import.scope) << kScopeShift) |
                         (import.type_checking ? kTypeChecking : 0) |
                         (import.guarded ? kGuarded : 0) | (more ? kMore : 0);
  bytes_ += static_cast<char>(flags);
  put_number(bytes_, import.line);
  put_text(bytes_, import.module);
  if (more) {
    put_number(bytes_, import.level);
    put_text(bytes_, import.alias);
    put_text(bytes_, import.anchor);
  }
  if (!has_names(import.kind)) return;
  put_number(bytes_, import.names.size());
  for (const ImportedName& name : import.names) {
    put_text(bytes_, name.name);
    put_text(bytes_, name.alias);
  }
}

void ImportWriter::add(const Partial& partial) {
  bytes_ += static_cast<char>(kPartial | static_cast<unsigned>(partial.trouble));
  put_number(bytes_, partial.line);
}

std::string ImportWriter::take() {
  bytes_ += static_cast<char>(kEnd);
  return std::exchange(bytes_, std::string(1, kOpening));
}

ImportReader::ImportReader(std::string_view bytes) : rest_(bytes) {
  damaged_ = rest_.empty() || rest_.front() != kOpening;
  if (!damaged_) rest_.remove_prefix(1);
}

bool ImportReader::next(Import& import) {
  unsigned flags = 0;
  while (!damaged_) {
    if (rest_.size() == 1 && static_cast<unsigned char>(rest_.front()) == kEnd) return false;
    damaged_ = !get_byte(rest_, flags);
    if (damaged_) break;
    if ((flags & kPartial) == 0) {
      damaged_ = !get_import(rest_, flags, import);
      return !damaged_;
    }
    Partial partial{static_cast<Trouble>(flags & ~kPartial), 0};
    damaged_ = (flags & ~kPartial) >= kTroubles.size() || !get_number(rest_, partial.line);
    if (!damaged_) partials_.push_back(partial);
  }
  return false;
}

}  // namespace gs::core
