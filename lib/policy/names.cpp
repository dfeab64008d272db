#include "lib/policy/names.h"

#include <algorithm>
#include <fmt/core.h>

namespace gs::policy {

std::optional<std::string> branch_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.starts_with("refs/")) return "starts with 'refs/'";
  if (name.starts_with('-')) return "starts with '-'";
  if (name == "@" || name == "HEAD") return "is a name of git's own";
  if (name.ends_with('.')) return "ends with '.'";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "holds a control character";
    if (std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos) {
      return fmt::format("holds '{}'", c);
    }
  }
  for (const std::string_view pair : {"..", "@{"}) {
    if (name.find(pair) != std::string_view::npos) return fmt::format("holds '{}'", pair);
  }
  for (std::string_view rest = name;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty()) return "has an empty part between '/'";
    if (part.starts_with('.')) return "has a part that starts with '.'";
    if (part.ends_with(".lock")) return "has a part that ends with '.lock'";
    if (part.size() == rest.size()) return std::nullopt;
    rest.remove_prefix(part.size() + 1);
  }
}

std::optional<std::string> unknown_placeholder(std::string_view text,
                                               std::span<const std::string_view> known) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) break;
    const std::string_view word = text.substr(at + 1, end - at - 1);
    if (word.empty() || !std::ranges::all_of(word, letter)) continue;
    if (std::ranges::find(known, word) == known.end()) return std::string(word);
  }
  return std::nullopt;
}

std::string filled(std::string_view text, std::string_view key, std::string_view value) {
  std::string out;
  const std::string placeholder = fmt::format("{{{}}}", key);
  for (;;) {
    const std::size_t at = text.find(placeholder);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += value;
    text.remove_prefix(at + placeholder.size());
  }
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return false;
  for (std::string_view rest = path;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part == "..") return false;
    if (part.size() == rest.size()) return true;
    rest.remove_prefix(part.size() + 1);
  }
}

}  // namespace gs::policy
