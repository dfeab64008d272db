#pragma once
// The text of a policy and its name in messages.

#include <string>
#include <string_view>

namespace gs::policy {

// Where something stands: both counted from 1, the column in bytes.
struct Place {
  int line = 1, column = 1;
};

class Source {
 public:
  // Both must outlive the source. A byte order mark of UTF-8 is dropped.
  Source(std::string_view text, std::string_view origin);

  std::string_view text() const { return text_; }
  // The byte at a place; 0 beyond the end of its line.
  char byte_at(Place place) const;

  // Throws core::Error: "ORIGIN:LINE:COLUMN: message", the column counted in characters.
  [[noreturn]] void fail(Place place, const std::string& message, std::string hint = {}) const;
  // Fails on what no policy can hold: too many bytes, bytes that are no UTF-8, control characters.
  void check_bytes() const;

 private:
  std::string_view line(int number) const;
  Place place_of(std::size_t offset) const;

  std::string_view text_, origin_;
};

// A word of the file as messages show it: in single quotes, printable, cut when it is long.
std::string in_quotes(std::string_view word);

}  // namespace gs::policy
