#pragma once
// Identifiers and string literals as text.

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace gs::python {

// Keeps what is not in the source as it is wanted.
class Texts {
 public:
  // `foreign`: letters beyond ASCII are not known, so there are no identifiers with them.
  explicit Texts(bool foreign) : foreign_(foreign) {}

  // NFKC-folded, as CPython does; nothing unless it is one.
  std::optional<std::string_view> identifier(std::string_view raw);

  // The value of one literal, prefix and quotes included, is put behind `value`. False for bytes,
  // for placeholders, and for what is no text.
  bool literal(std::string_view raw, std::string& value) const;

  std::string_view keep(std::string text);

 private:
  std::deque<std::string> kept_;
  bool foreign_;
};

// Whether all of a text is one identifier; false where it is no UTF-8.
bool is_identifier(std::string_view text);
bool is_ascii(std::string_view text);

}  // namespace gs::python
