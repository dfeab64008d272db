#include "lib/python/identifier.h"

#include <algorithm>
#include <utf8proc.h>
#include <vector>

namespace gs::python {

std::string fold_identifier(std::string_view utf8) {
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(utf8, ascii)) return std::string(utf8);
  constexpr auto kForm =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
  const auto size = static_cast<utf8proc_ssize_t>(utf8.size());
  const utf8proc_ssize_t length = utf8proc_decompose(bytes, size, nullptr, 0, kForm);
  if (length < 0) return std::string(utf8);
  // One more than the code points: reencode ends its text with a NUL.
  std::vector<utf8proc_int32_t> points(static_cast<std::size_t>(length) + 1);
  utf8proc_decompose(bytes, size, points.data(), length, kForm);
  const utf8proc_ssize_t folded = utf8proc_reencode(points.data(), length, kForm);
  if (folded < 0) return std::string(utf8);
  return {reinterpret_cast<const char*>(points.data()), static_cast<std::size_t>(folded)};
}

}  // namespace gs::python
