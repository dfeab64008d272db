#include "lib/core/typed_line.h"

#include <fmt/core.h>
#include <optional>
#include <utility>

namespace gs::core {

namespace {

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

// Reads one character after another; a word begins where a blank ended the one before.
class Reader {
 public:
  Reader(std::string_view line, std::string_view breaks) : rest_(line), breaks_(breaks) {}

  TypedLine read() {
    while (!rest_.empty()) step();
    line_.words.push_back(std::move(word_));
    line_.quote = quote_;
    return std::move(line_);
  }

 private:
  void step() {
    if (quote_ != 0) {
      inside();
    } else if (blank(rest_.front())) {
      end_word();
    } else if (rest_.starts_with("$'")) {
      rest_.remove_prefix(1);
      escapes_ = true;
      begin_quote();
    } else if (rest_.front() == '\'' || rest_.front() == '"') {
      escapes_ = false;
      begin_quote();
    } else if (rest_.front() == '\\') {
      escaped();
    } else {
      const char c = take();
      add(c);
      if (breaks_.find(c) != breaks_.npos) line_.kept = word_.size();
    }
  }

  void inside() {
    const char c = rest_.front();
    if (c == quote_) {
      end_quote();
    } else if (c == '\\' && quote_ == '\'' && escapes_) {
      ansi_escape();
    } else if (c == '\\' && quote_ == '"' && rest_.size() > 1 &&
               std::string_view("\\\"$`\n").find(rest_[1]) != std::string_view::npos) {
      escaped();
    } else {
      add(take());
    }
  }

  // A backslash and what it makes plain; with a line break, nothing.
  void escaped() {
    take();
    if (rest_.empty()) return;
    const char c = take();
    if (c != '\n') add(c);
  }

  // \n, \t, \', \\, \xHH, \NNN and the like, of $'…'.
  void ansi_escape() {
    take();
    if (rest_.empty()) return;
    constexpr std::string_view kLetters = "abefnrtv", kMeaning = "\a\b\x1b\f\n\r\t\v";
    if (rest_.front() == 'x') {
      take();
      number(16, 2);
    } else if (rest_.front() >= '0' && rest_.front() <= '7') {
      number(8, 3);
    } else {
      const char c = take();
      const std::size_t letter = kLetters.find(c);
      add(letter == kLetters.npos ? c : kMeaning[letter]);
    }
  }

  void number(unsigned base, std::size_t most) {
    unsigned value = 0;
    for (std::size_t i = 0; i < most && !rest_.empty(); ++i) {
      const auto digit = digit_of(rest_.front());
      if (!digit || *digit >= base) break;
      value = value * base + *digit;
      take();
    }
    add(static_cast<char>(value & 0xffU));
  }

  static std::optional<unsigned> digit_of(char c) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const std::size_t at = kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    return at == kDigits.npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
  }

  void begin_quote() {
    quote_ = take();
    started_ = true;
    kept_before_ = std::exchange(line_.kept, word_.size());
  }

  void end_quote() {
    const char c = take();
    quote_ = 0;
    line_.kept = breaks_.find(c) != breaks_.npos ? word_.size() : kept_before_;
  }

  void end_word() {
    take();
    if (started_) line_.words.push_back(std::move(word_));
    word_.clear();
    started_ = false;
    line_.kept = 0;
  }

  void add(char c) {
    word_ += c;
    started_ = true;
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_, breaks_;
  TypedLine line_;
  std::string word_;
  std::size_t kept_before_ = 0;  // the quotation mark
  char quote_ = 0;
  bool escapes_ = false;  // of $'…'
  bool started_ = false;  // the word, which may be '' alone
};

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("_-./:=@%+,").find(c) != std::string_view::npos;
}

bool control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Outside quotes: a line break could not be escaped by a backslash.
std::string bare(char c) {
  if (plain(c)) return {c};
  if (!control(c)) return {'\\', c};
  if (c == '\n') return "$'\\n'";
  if (c == '\t') return "$'\\t'";
  return fmt::format("$'\\x{:02x}'", static_cast<unsigned>(c));
}

}  // namespace

TypedLine read_typed_line(std::string_view line, std::string_view breaks) {
  return Reader(line, breaks).read();
}

std::string quote_typed(std::string_view text, char quote) {
  std::string out;
  for (const char c : text) {
    if (quote == '\'') {
      out += c == '\'' ? "'\\''" : std::string(1, c);
    } else if (quote == '"') {
      if (std::string_view("\\\"$`").find(c) != std::string_view::npos) out += '\\';
      out += c;
    } else {
      out += bare(c);
    }
  }
  return out;
}

}  // namespace gs::core
