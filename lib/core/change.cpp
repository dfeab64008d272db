#include "lib/core/change.h"

namespace gs::core {

std::string ObjectId::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
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
  if (hex.size() != 2 * id.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
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
