#pragma once
// A strict forward reader of JSON text that gives up on anything unusual.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gs::store {

// Every function skips white space first and is false, wherever it stands then, when something else
// is there. What it accepts is JSON; not all JSON is accepted.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  // Valid UTF-8 without escapes.
  bool plain_string(std::string_view& text) {
    escapes_ = false;
    return string(text) && !escapes_;
  }
  // As it stands; escapes are checked.
  bool string(std::string_view& text) {
    if (!take('"')) return false;
    const char* const begin = at_;
    skip_ordinary();
    if ((at_ == end_ || *at_ != '"') && !skip_to_quote()) return false;
    text = std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    ++at_;
    return true;
  }
  bool number(std::uint64_t& number);  // digits only, without overflow
  bool boolean(bool& value);
  bool at_end();
  const char* where() const { return at_; }

 private:
  void skip_space() {
    if (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') skip_more_space();
  }
  void skip_more_space();
  // Moves over bytes that stand for themselves, to the first that does not.
  void skip_ordinary();
  bool skip_to_quote();
  bool skip_escape();

  const char* at_;
  const char* end_;
  bool escapes_ = false;  // met since it was last cleared
};

// What a string's text between its quotes means; nothing for surrogates (which are left to a full
// parser). The text must have been accepted by JsonCursor::string.
std::optional<std::string> unescape_json(std::string_view text);

// Whether this is a time as format_utc writes it; of 29 February others must tell.
bool is_plain_utc(std::string_view text);

}  // namespace gs::store
