#include "lib/core/change.h"

#include <algorithm>
#include <cstring>

namespace gs::core {

std::string_view ObjectId::raw() const {
  return {reinterpret_cast<const char*>(bytes.data()), raw_size(format)};
}

std::string ObjectId::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(hex_digits(format));
  for (std::size_t i = 0; i < raw_size(format); ++i) {
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 15]);
  }
  return text;
}

ObjectId ObjectId::from_raw(std::string_view bytes, ObjectFormat format) {
  ObjectId id;
  id.format = format;
  // Two copies of a known size, each a few instructions.
  if (format == ObjectFormat::sha1) {
    std::memcpy(id.bytes.data(), bytes.data(), raw_size(ObjectFormat::sha1));
  } else {
    std::memcpy(id.bytes.data(), bytes.data(), raw_size(ObjectFormat::sha256));
  }
  return id;
}

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<ObjectId> ObjectId::from_hex(std::string_view hex) {
  ObjectId id;
  if (hex.size() == hex_digits(ObjectFormat::sha256)) {
    id.format = ObjectFormat::sha256;
  } else if (hex.size() != hex_digits(ObjectFormat::sha1)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < raw_size(id.format); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

std::string short_id(std::string_view hex) {
  constexpr std::size_t kAbbreviated = 10;
  return std::string(hex.substr(0, kAbbreviated));
}

std::string short_id(const ObjectId& id) {
  return short_id(id.hex());
}

const Change* change_at(const ChangeSet& changes, std::string_view path) {
  const auto at = std::ranges::lower_bound(changes, path, {}, &Change::path);
  return at != changes.end() && at->path == path ? &*at : nullptr;
}

bool is_python_source(std::string_view path) {
  if (!path.ends_with(".py") && !path.ends_with(".pyi")) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (slash == path.npos) return true;
    const std::string_view folder = path.substr(0, slash);
    if (folder.starts_with('.') || folder == "__pycache__") return false;
    path.remove_prefix(slash + 1);
  }
}

bool is_python_source(std::uint32_t mode, std::string_view path) {
  return mode::is_regular(mode) && is_python_source(path);
}

}  // namespace gs::core
