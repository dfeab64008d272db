#include "lib/python/packaging/toml.h"

#include <algorithm>
#include <map>

namespace gs::python {

namespace {

using Key = std::vector<std::string>;

class TomlScanner {
 public:
  explicit TomlScanner(std::string_view text) : text_(text) {}

  std::optional<std::vector<TomlEntry>> run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (skip_blank_lines(), at_ < text_.size()) {
      if (!(peek() == '[' ? table() : key_value())) return std::nullopt;
      if (!end_of_line()) return std::nullopt;
    }
    return std::move(entries_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_comment() {
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
  }
  bool line_end() {
    take("\r");
    if (!take("\n")) return false;
    ++line_;
    return true;
  }
  void skip_blank_lines() {
    do {
      skip_spaces();
      skip_comment();
    } while (line_end());
  }
  bool end_of_line() {
    skip_spaces();
    skip_comment();
    return at_ >= text_.size() || line_end();
  }

  bool table() {
    const std::uint32_t line = line_;
    const bool array = take("[[");
    if (!array) take("[");
    Key key;
    if (!dotted_key(key) || !take(array ? "]]" : "]")) return false;
    table_ = numbered(key);
    if (array) {
      std::size_t& number = arrays_[table_];
      table_.push_back(std::to_string(number++));
    }
    entries_.push_back({table_, line, true, {}});
    return true;
  }

  // With the number of the last table of every array that it goes through.
  Key numbered(const Key& key) const {
    Key full;
    for (std::size_t i = 0; i < key.size(); ++i) {
      full.push_back(key[i]);
      const auto array = arrays_.find(full);
      if (array != arrays_.end() && i + 1 < key.size())
        full.push_back(std::to_string(array->second - 1));
    }
    return full;
  }

  bool key_value() {
    TomlEntry entry{table_, line_, false, {}};
    if (!dotted_key(entry.key) || !take("=")) return false;
    skip_spaces();
    if (!value(entry.strings, 0)) return false;
    entries_.push_back(std::move(entry));
    return true;
  }

  bool dotted_key(Key& key) {
    do {
      skip_spaces();
      if (!simple_key(key)) return false;
      skip_spaces();
    } while (take("."));
    return true;
  }

  bool simple_key(Key& key) {
    if (peek() == '"' || peek() == '\'') {
      TomlString name;
      if (!quoted(name)) return false;
      key.push_back(std::move(name.text));
      return true;
    }
    const std::size_t begin = at_;
    const auto bare = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    };
    while (bare(peek())) ++at_;
    if (at_ == begin) return false;
    key.emplace_back(text_.substr(begin, at_ - begin));
    return true;
  }

  bool value(std::vector<TomlString>& strings, int depth) {
    constexpr int kDeepest = 64;
    if (depth > kDeepest) return false;
    if (peek() == '"' || peek() == '\'') return quoted(strings.emplace_back());
    if (take("[")) return array(strings, depth);
    if (take("{")) return inline_table(depth);
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(",]}#\r\n").find(peek()) == std::string_view::npos)
      ++at_;
    return at_ > begin;  // a number, a boolean, a date
  }

  bool array(std::vector<TomlString>& strings, int depth) {
    while (true) {
      skip_blank_lines();
      if (take("]")) return true;
      if (!value(strings, depth + 1)) return false;
      skip_blank_lines();
      if (!take(",") && peek() != ']') return false;
    }
  }

  bool inline_table(int depth) {
    std::vector<TomlString> ignored;
    while (true) {
      skip_blank_lines();
      if (take("}")) return true;
      Key key;
      if (!dotted_key(key) || !take("=")) return false;
      skip_spaces();
      if (!value(ignored, depth + 1)) return false;
      skip_blank_lines();
      if (!take(",") && peek() != '}') return false;
    }
  }

  // The four kinds of string: basic and literal, each on one line or on several.
  bool quoted(TomlString& string) {
    string.line = line_;
    const char quote = peek();
    const std::string triple(3, quote);
    const bool several = take(triple);
    if (!several) ++at_;
    for (; at_ < text_.size(); ++at_) {
      if (peek() == '\n') {
        if (!several) return false;
        ++line_;
      } else if (peek() == '\\' && quote == '"') {
        string.text += text_[at_++];
        if (peek() == '\n') ++line_;
      } else if (several ? text_.substr(at_).starts_with(triple) : peek() == quote) {
        at_ += several ? 3 : 1;
        for (int more = 0; several && more < 2 && peek() == quote; ++more)
          string.text += text_[at_++];
        return true;
      }
      if (at_ < text_.size()) string.text += text_[at_];
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  Key table_;
  std::map<Key, std::size_t> arrays_;  // how many tables each array has by now, by numbered key
  std::vector<TomlEntry> entries_;
};

}  // namespace

std::optional<std::vector<TomlEntry>> toml_entries(std::string_view text) {
  return TomlScanner(text).run();
}

}  // namespace gs::python
