#include "lib/core/path_form.h"

#include <algorithm>
#include <utf8proc.h>
#include <vector>

#include "lib/core/wildmatch.h"

namespace gs::core {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

namespace {

using Options = int;  // utf8proc_option_t, several of them

std::optional<std::string> formed(std::string_view utf8, Options options) {
  const auto form = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
  const utf8proc_ssize_t length = utf8proc_decompose(bytes, size, nullptr, 0, form);
  if (length < 0) return std::nullopt;
  // One more than the code points: reencode ends its text with a NUL.
  std::vector<utf8proc_int32_t> points(static_cast<std::size_t>(length) + 1);
  utf8proc_decompose(bytes, size, points.data(), length, form);
  const utf8proc_ssize_t written = utf8proc_reencode(points.data(), length, form);
  if (written < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(points.data()),
                     static_cast<std::size_t>(written));
}

}  // namespace

std::optional<std::string> in_form(std::string_view utf8, TextForm form) {
  if (form == TextForm::nfkc) return formed(utf8, UTF8PROC_COMPAT);
  auto text = formed(utf8, 0);
  // Normalised before as well: U+0345 folds to a letter, and its place among marks is lost.
  if (text && form == TextForm::folded) text = formed(*text, UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  return text;
}

FormedPath::FormedPath(std::string_view text, bool ignore_case) : path(text) {
  if (!is_ascii(text)) form = in_form(text, ignore_case ? TextForm::folded : TextForm::nfc);
}

std::string path_form(std::string_view path, bool ignore_case) {
  FormedPath formed(path, ignore_case);
  return formed.form ? std::move(*formed.form) : folded(path, ignore_case);
}

bool same_path(std::string_view a, std::string_view b, bool ignore_case) {
  if (same_text(a, b, ignore_case)) return true;
  if (is_ascii(a) && is_ascii(b)) return false;
  return path_form(a, ignore_case) == path_form(b, ignore_case);
}

}  // namespace gs::core
