#pragma once
// Text for people and files: quoting, nearest words, UTF-8.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gs::core {

bool is_utf8(std::string_view bytes);

// As git prints paths (core.quotePath=false): bare when all of it is printable UTF-8, otherwise in
// double quotes with C escapes. Bad bytes and C1 controls, which git lets through, are escaped too,
// so that no terminal is written to by a file name.
std::string quote_path(std::string_view path);
// The reverse for a text that quote_path quoted; nothing when it is not well-formed.
std::optional<std::string> unquote_path(std::string_view quoted);

// A path as a JSON key or value holds it: as it is when it is UTF-8 and does not start with '"',
// otherwise quoted like git does, every byte over 127 in octal.
std::string json_path(std::string_view path);
std::string path_from_json(std::string_view text);

// For text of others on a terminal or in one line: control characters and bad bytes become '?'.
std::string printable(std::string_view text);
// The same for a text of several lines, whose ends stay.
std::string printable_lines(std::string_view text);
// Not more than `most` bytes of a text, cut between characters, and then with "…" at the end.
std::string cut_text(std::string_view text, std::size_t most);

// The first character of well-formed UTF-8 that is not empty.
char32_t first_character(std::string_view text);

// Takes the first line off the text, with its line break, and returns it without.
std::string_view take_line(std::string_view& text);
// The same for another separator: the next part of a list.
std::string_view take_part(std::string_view& text, char separator);

// "a, b and 3 more": what `name` makes of each item, of not more than `most` of them.
template <class Items, class Name>
std::string listed(const Items& items, const Name& name, std::size_t most) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& item : items) {
    if (shown == most) break;
    text += (shown++ == 0 ? "" : ", ") + std::string(name(item));
  }
  if (items.size() > shown) text += " and " + std::to_string(items.size() - shown) + " more";
  return text;
}
// "a, b, c"
template <class Items, class Name>
std::string joined(const Items& items, const Name& name) {
  return listed(items, name, items.size());
}
template <class Items>
std::string joined(const Items& items) {
  return joined(items, std::identity());
}

// "1 stream", "2 streams"
std::string counted(std::size_t count, std::string_view noun);

// For a shell: as it is when that is safe, in single quotes otherwise, in $'…' (bash, zsh, ksh)
// when it holds control characters or bad bytes.
std::string quote_shell(std::string_view word);

// The candidate with the fewest edits (Damerau-Levenshtein, at most a third of its length, ignoring
// case for ties); nothing when none is near.
std::optional<std::string> nearest_word(std::string_view word,
                                        std::span<const std::string> candidates);

// The length in bytes (1 to 4) of the well-formed UTF-8 sequence (RFC 3629: no surrogates, no
// overlong forms) that the text starts with; 0 when there is none.
std::size_t utf8_length(std::string_view text);

// Whether the text starts with a character that terminals may obey (C0, DEL, C1 as UTF-8), or that
// makes text look like another: the controls of writing direction, line separators, and what has
// neither width nor part in any spelling (U+200B, U+2060 to U+206F, U+FEFF, tags).
bool starts_with_control(std::string_view text);

// ---- How wide text is on a terminal.

// What the text, which is not empty, starts with; a byte that is no UTF-8 counts as a letter.
struct Letter {
  std::size_t bytes = 1;
  std::size_t columns = 1;  // wide letters and pictures two, marks that join the one before none
};
Letter first_letter(std::string_view text);

// The columns that printable UTF-8 takes.
std::size_t display_width(std::string_view text);

}  // namespace gs::core
