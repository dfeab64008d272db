#pragma once
// The extents of string literals of every kind: plain, raw, bytes, triple, f- and t-strings.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/python/imports/bytes.h"

namespace gs::python {

// Code within a string.
struct CodeRange {
  SourcePlace begin;
  const char* end = nullptr;
};

class Strings {
 public:
  Strings(const char* begin, const char* end)
      : begin_(begin), end_(end), patience_(static_cast<std::size_t>(end - begin)) {}

  // Moves a cursor from the opening quote behind the closing one. False when there is none: then
  // it stands at the end of a line, from where reading can go on.
  bool skip(SourcePlace& cursor);

  // The code in the fields of a whole f- or t-string, from its prefix on, and in those of their
  // formats; of a string in such a field not the fields. None for other strings.
  void fields(SourcePlace literal, std::vector<CodeRange>& into);

 private:
  // Where in an f-string the lexer is: its text, the code of a placeholder, or the format behind
  // that code's ':'. Placeholders hold strings of their own (PEP 701), formats hold placeholders.
  enum class Place : std::uint8_t { text, code, format };
  struct Level {
    Place place;
    char quote;
    bool triple, raw;
    std::uint32_t brackets;  // that are open in the code
  };
  enum class Step : std::uint8_t { on, done, failed };

  bool skip_short(SourcePlace& cursor) const;
  bool skip_triple(SourcePlace& cursor);
  bool skip_formatted(SourcePlace& cursor);
  bool is_formatted(const char* quote) const;
  bool is_raw(const char* quote) const;
  bool collects_fields() const;
  void begin_field(const SourcePlace& cursor);
  void end_field(const SourcePlace& cursor);
  void enter(SourcePlace& cursor);
  bool closes(const char* at, const Level& level) const;
  Step text_step(SourcePlace& cursor);
  void skip_escape(SourcePlace& cursor, bool raw) const;
  Step code_step(SourcePlace& cursor);
  Step quote_in_code(SourcePlace& cursor);
  Step bracket_in_code(SourcePlace& cursor);

  const char* begin_;
  const char* end_;
  std::size_t patience_;           // bytes that may still be read in vain: keeps time linear
  bool open_[2] = {false, false};  // no end of a triple-quoted string is left, of " and of '
  std::vector<Level> levels_;
  std::vector<CodeRange>* fields_ = nullptr;  // of the outermost string, where they are wanted
};

// ---- Identifiers and string literals as text.

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

}  // namespace gs::python
