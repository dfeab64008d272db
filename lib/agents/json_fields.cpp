#include "lib/agents/json_fields.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "lib/core/text.h"

namespace gs::agents {

namespace {

constexpr char kEarly[] = "ends too early";
constexpr char kNoJson[] = "is no JSON";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0U | (point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0U | (point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | (point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The number of the four hexadecimal digits at `at`.
std::uint32_t code_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) throw Unreadable(kNoJson);
  std::uint32_t unit = 0;
  for (const char c : text.substr(at, 4)) {
    const int digit = hex_digit(c);
    if (digit < 0) throw Unreadable(kNoJson);
    unit = unit * 16 + static_cast<std::uint32_t>(digit);
  }
  return unit;
}

// Appends what stands after "\u" at `at`; half a pair becomes U+FFFD, as the callers' programs
// write it. Returns where the text goes on.
std::size_t append_unit(std::string& out, std::string_view text, std::size_t at) {
  const std::uint32_t unit = code_unit(text, at);
  const bool first = unit >= 0xd800 && unit < 0xdc00, second = unit >= 0xdc00 && unit < 0xe000;
  if (first && text.substr(at + 4, 2) == "\\u") {
    const std::uint32_t next = code_unit(text, at + 6);
    if (next >= 0xdc00 && next < 0xe000) {
      append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00));
      return at + 10;
    }
  }
  append_utf8(out, first || second ? 0xfffd : unit);
  return at + 4;
}

std::string unescape(std::string_view text) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t slash = std::min(text.find('\\', at), text.size());
    out += text.substr(at, slash - at);
    if (slash + 1 >= text.size()) break;
    if (text[slash + 1] == 'u') {
      at = append_unit(out, text, slash + 2);
      continue;
    }
    const std::size_t letter = kLetters.find(text[slash + 1]);
    if (letter == kLetters.npos) throw Unreadable(kNoJson);
    out += kMeanings[letter];
    at = slash + 2;
  }
  return out;
}

class Reader {
 public:
  Reader(std::span<const std::string_view> wanted, std::vector<Field>& found)
      : wanted_(wanted), found_(found) {}

  void read(std::string_view text, std::size_t depth) {
    const char* const before_at = at_;
    const char* const before_end = end_;
    at_ = text.data();
    end_ = at_ + text.size();
    if (peek() != '{') throw Unreadable(kNoJson);
    object(depth);
    skip_space();
    if (at_ != end_) throw Unreadable("goes on after its end");
    at_ = before_at;
    end_ = before_end;
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  char peek() {
    skip_space();
    if (at_ == end_) throw Unreadable(kEarly);
    return *at_;
  }
  void take(char c) {
    if (peek() != c) throw Unreadable(kNoJson);
    ++at_;
  }

  // The text between quotes, as it stands.
  std::string_view raw_string() {
    take('"');
    const char* const begin = at_;
    for (;;) {
      const void* quote = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_));
      if (quote == nullptr) throw Unreadable(kEarly);
      const char* const end = static_cast<const char*>(quote);
      const char* slash = end;
      while (slash != at_ && slash[-1] == '\\') --slash;
      at_ = end + 1;
      if ((end - slash) % 2 == 0) return {begin, static_cast<std::size_t>(end - begin)};
    }
  }
  std::string string() {
    std::string text = unescape(raw_string());
    if (!core::is_utf8(text)) throw Unreadable("is no UTF-8");
    if (text.find('\0') != text.npos) throw Unreadable("holds a NUL in " + path_);
    return text;
  }
  std::string_view bare_word() {
    const char* const begin = at_;
    while (at_ != end_ && std::strchr(",]} \n\r\t", *at_) == nullptr) ++at_;
    const std::string_view word(begin, static_cast<std::size_t>(at_ - begin));
    const bool number = !word.empty() && (word[0] == '-' || (word[0] >= '0' && word[0] <= '9')) &&
                        word.find_first_not_of("+-.0123456789eE") == word.npos;
    if (!number && word != "true" && word != "false" && word != "null")
      throw Unreadable(at_ == end_ ? kEarly : kNoJson);
    return word;
  }

  bool is_wanted() const {
    return std::find(wanted_.begin(), wanted_.end(), path_) != wanted_.end();
  }
  // Whether a wanted value is this one, or below it.
  bool leads_on() const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](std::string_view path) {
      return path.starts_with(path_) && (path.size() == path_.size() || path[path_.size()] == '.' ||
                                         path[path_.size()] == '[');
    });
  }
  bool leads_below() const {
    return std::any_of(wanted_.begin(), wanted_.end(), [&](std::string_view path) {
      return path.starts_with(path_) && path.size() > path_.size() && path[path_.size()] == '.';
    });
  }

  void value(std::size_t depth) {
    if (!leads_on()) return skip();
    const char c = peek();
    if (c == '{') return object(depth + 1);
    if (c == '[') return array(depth + 1);
    if (c == '"') return text_value(depth);
    const std::string_view word = bare_word();
    if (is_wanted() && word != "null") found_.push_back({path_, std::string(word)});
  }

  void text_value(std::size_t depth) {
    std::string text = string();
    if (leads_below() && depth < kDeepest) {
      const std::size_t kept = found_.size();
      const char* const at = at_;
      const char* const end = end_;
      const std::size_t length = path_.size();
      try {
        read(text, depth + 1);
      } catch (const Unreadable&) {  // plain text then
        found_.resize(kept);
        path_.resize(length);
        at_ = at;
        end_ = end;
      }
    }
    if (is_wanted()) found_.push_back({path_, std::move(text)});
  }

  void object(std::size_t depth) {
    if (depth > kDeepest) throw Unreadable("is nested deeper than 64");
    take('{');
    if (peek() == '}') return take('}');
    for (;;) {
      const std::size_t length = path_.size();
      const std::string key = string();
      take(':');
      if (length > 0) path_ += '.';
      path_ += key;
      value(depth);
      path_.resize(length);
      if (peek() == '}') return take('}');
      take(',');
    }
  }

  void array(std::size_t depth) {
    if (depth > kDeepest) throw Unreadable("is nested deeper than 64");
    take('[');
    if (peek() == ']') return take(']');
    const std::size_t length = path_.size();
    path_ += "[]";
    for (;;) {
      value(depth);
      if (peek() == ']') break;
      take(',');
    }
    path_.resize(length);
    take(']');
  }

  // A value that nobody wants, however deep; commas and colons in it are not looked at.
  void skip() {
    std::string open;
    do {
      const char c = peek();
      if (c == '{' || c == '[') {
        open += c == '{' ? '}' : ']';
        if (open.size() > kDeepest) throw Unreadable("is nested deeper than 64");
        ++at_;
      } else if (c == '}' || c == ']') {
        if (open.empty() || open.back() != c) throw Unreadable(kNoJson);
        open.pop_back();
        ++at_;
      } else if (c == '"') {
        raw_string();
      } else if (!open.empty() && (c == ',' || c == ':')) {
        ++at_;
      } else {
        bare_word_in(open);
      }
    } while (!open.empty());
  }
  void bare_word_in(const std::string& open) {
    const char* const begin = at_;
    while (at_ != end_ &&
           std::strchr(open.empty() ? ",]} \n\r\t" : ":,[]{}\" \n\r\t", *at_) == nullptr)
      ++at_;
    if (at_ == begin) throw Unreadable(kNoJson);
  }

  std::span<const std::string_view> wanted_;
  std::vector<Field>& found_;
  std::string path_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace

std::vector<Field> read_fields(std::string_view json, std::span<const std::string_view> wanted) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (json.starts_with(kMark)) json.remove_prefix(kMark.size());
  std::vector<Field> found;
  Reader(wanted, found).read(json, 1);
  return found;
}

}  // namespace gs::agents
