#include "lib/core/json.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <fmt/core.h>
#include <span>

#include "lib/core/text.h"

namespace gs::core {

namespace {

using Reason = JsonError::Reason;

constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";

// Eight bytes as a number of which the first is the lowest, on every machine.
std::uint64_t load(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

constexpr std::uint64_t kOnes = 0x0101010101010101U, kHighs = 0x8080808080808080U;

// Not 0 when some byte is '"', '\\', a control character or above 127; of the bytes whose highest
// bit is set then, the lowest is right.
std::uint64_t special(std::uint64_t word) {
  const std::uint64_t quote = word ^ (kOnes * '"'), slash = word ^ (kOnes * '\\');
  return ((quote - kOnes) | (slash - kOnes) | (word - kOnes * 0x20) | word) & kHighs;
}

bool is_special(char c) {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7f || c == '"' ||
         c == '\\';
}

// How many bytes of a word stand before its first one that is not 0.
std::ptrdiff_t bytes_before(std::uint64_t word) {
  return std::countr_zero(word) / 8;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_first_half(std::uint32_t unit) {
  return unit >= 0xd800 && unit < 0xdc00;
}
bool is_second_half(std::uint32_t unit) {
  return unit >= 0xdc00 && unit < 0xe000;
}

// What four hexadecimal digits say; nothing for other text.
std::optional<std::uint32_t> hex_unit(std::string_view digits) {
  std::uint32_t unit = 0;
  const char* const end = digits.data() + std::min<std::size_t>(digits.size(), 4);
  const auto read = std::from_chars(digits.data(), end, unit, 16);
  if (digits.size() < 4 || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return unit;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((point >> shift) & 0x3fU));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xc0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xe0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Appends what an escape at the beginning of the text means, and takes it off. It was checked.
void take_escape(std::string_view& text, std::string& out) {
  if (text[1] != 'u') {
    out += kMeanings[kEscapes.find(text[1])];
    text.remove_prefix(2);
    return;
  }
  const std::uint32_t unit = hex_unit(text.substr(2)).value_or(0);
  text.remove_prefix(6);
  if (is_first_half(unit) && text.starts_with("\\u")) {
    const std::uint32_t next = hex_unit(text.substr(2)).value_or(0);
    if (is_second_half(next)) {
      append_utf8(out, 0x10000 + ((unit - 0xd800) << 10U) + (next - 0xdc00));
      text.remove_prefix(6);
      return;
    }
  }
  append_utf8(out, is_first_half(unit) || is_second_half(unit) ? 0xfffd : unit);
}

// Of few names: mostly no two have both length and first letter in common.
bool few_have_repeats(std::span<const std::string_view> names) {
  std::uint64_t seen = 0;
  bool similar = false;
  for (const std::string_view name : names) {
    const std::size_t kind =
        name.empty() ? 0 : 8 * name.size() + static_cast<unsigned char>(name[0]);
    const std::uint64_t bit = std::uint64_t{1} << (kind & 63U);
    similar |= (seen & bit) != 0;
    seen |= bit;
  }
  for (std::size_t i = 1; similar && i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      return true;
  }
  return false;
}

// Whether a name comes twice. Linear for honest names; sorted where so many share a place in the
// table that somebody must have chosen them.
bool has_repeats(std::span<std::string_view> names) {
  constexpr std::size_t kFew = 16, kMostProbes = 64;
  if (names.size() <= kFew) return few_have_repeats(names);
  std::vector<std::string_view> table(std::bit_ceil(2 * names.size()));
  const std::hash<std::string_view> hash;
  for (const std::string_view name : names) {
    std::size_t at = hash(name), probes = 0;
    for (; probes < kMostProbes; ++probes, ++at) {
      std::string_view& slot = table[at & (table.size() - 1)];
      if (slot.data() == nullptr) {
        slot = name;
        break;
      }
      if (slot == name) return true;
    }
    if (probes < kMostProbes) continue;
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }
  return false;
}

}  // namespace

std::string JsonString::text() const {
  if (!escaped) return std::string(raw);
  std::string out;
  for (std::string_view rest = raw; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('\\'), rest.size());
    out += rest.substr(0, slash);
    rest.remove_prefix(slash);
    if (!rest.empty()) take_escape(rest, out);
  }
  return out;
}

JsonReader::JsonReader(std::string_view text, JsonOptions options)
    : text_(text), at_(text.data()), end_(text.data() + text.size()), options_(options) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) at_ += kMark.size();
}

void JsonReader::fail(Reason reason) const {
  if (reason == Reason::too_deep)
    throw JsonError(reason, fmt::format("it is nested more than {} levels deep", kDeepestJson));
  if (reason == Reason::repeated) throw JsonError(reason, "an object holds the same key twice");
  if (text_.find_first_not_of(" \t\r\n") == text_.npos)
    throw JsonError(Reason::empty, "it is empty");
  const std::string_view before = text_.substr(0, static_cast<std::size_t>(at_ - text_.data()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t column = before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  throw JsonError(reason, fmt::format("not JSON from line {}, column {}", lines + 1,
                                      column + (at_ == end_ && column > 0 ? 0 : 1)));
}

void JsonReader::fail_here() const {
  fail(at_ == end_ ? Reason::early_end : Reason::syntax);
}

// Indentation comes in runs.
void JsonReader::skip_more_space() {
  do {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
      ++at_;
      while (end_ - at_ >= 8) {
        const std::uint64_t others = load(at_) ^ (kOnes * ' ');
        at_ += bytes_before(others);
        if (others != 0) break;
      }
    }
  } while (options_.comments && skip_comment());
}

bool JsonReader::skip_comment() {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const bool line = rest.starts_with("//");
  if (!line && !rest.starts_with("/*")) return false;
  const std::size_t end = line ? rest.find('\n') : rest.find("*/", 2);
  at_ = end == rest.npos ? end_ : at_ + end + (line ? 1 : 2);
  return true;
}

char JsonReader::peek() {
  skip_space();
  if (at_ == end_) fail(Reason::early_end);
  return *at_;
}

void JsonReader::take(char c) {
  skip_space();
  if (at_ == end_ || *at_ != c) fail_here();
  ++at_;
}

JsonKind JsonReader::kind() {
  switch (const char c = peek()) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      if (c != '-' && !is_digit(c)) fail(Reason::syntax);
      return JsonKind::number;
  }
}

void JsonReader::word(std::string_view expected) {
  skip_space();
  for (const char c : expected) {
    if (at_ == end_ || *at_ != c) fail_here();
    ++at_;
  }
}

bool JsonReader::boolean() {
  const bool value = peek() == 't';
  word(value ? "true" : "false");
  return value;
}

std::string_view JsonReader::number() {
  skip_space();
  const char* const begin = at_;
  const auto digits = [&] {
    if (at_ == end_ || !is_digit(*at_)) fail_here();
    while (at_ != end_ && is_digit(*at_)) ++at_;
  };
  if (at_ != end_ && *at_ == '-') ++at_;
  if (at_ != end_ && *at_ == '0') {
    ++at_;  // and no digit after it: whatever comes next will not fit
  } else {
    digits();
  }
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    digits();
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    digits();
  }
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

// Over bytes that stand for themselves, to the first that may not.
void JsonReader::skip_plain() {
  while (end_ - at_ >= 8) {
    const std::uint64_t found = special(load(at_));
    at_ += bytes_before(found);
    if (found != 0) return;
  }
  while (at_ != end_ && !is_special(*at_)) ++at_;
}

JsonString JsonReader::string() {
  take('"');
  const char* const begin = at_;
  bool escaped = false;
  skip_plain();
  while (at_ == end_ || *at_ != '"') {
    skip_special(escaped);
    skip_plain();
  }
  const std::string_view raw(begin, static_cast<std::size_t>(at_ - begin));
  ++at_;
  return {raw, escaped};
}

void JsonReader::skip_special(bool& escaped) {
  if (at_ == end_) fail(Reason::early_end);
  if (*at_ == '\\') {
    escaped = true;
    return skip_escape();
  }
  if (static_cast<unsigned char>(*at_) < 0x20) fail(Reason::syntax);
  const std::size_t length = utf8_length({at_, static_cast<std::size_t>(end_ - at_)});
  if (length == 0) fail(Reason::not_utf8);
  at_ += length;
}

// Of the escape that stands here.
std::uint32_t JsonReader::code_unit() const {
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  const auto unit = rest.starts_with("\\u") ? hex_unit(rest.substr(2)) : std::nullopt;
  if (!unit) fail(Reason::syntax);
  return *unit;
}

void JsonReader::skip_escape() {
  if (end_ - at_ < 2) fail(Reason::early_end);
  if (kEscapes.find(at_[1]) != kEscapes.npos) {
    at_ += 2;
    return;
  }
  if (at_[1] != 'u') fail(Reason::syntax);
  const std::uint32_t unit = code_unit();
  if (options_.lenient || (!is_first_half(unit) && !is_second_half(unit))) {
    at_ += 6;
    return;
  }
  if (is_second_half(unit)) fail(Reason::syntax);
  at_ += 6;
  if (!is_second_half(code_unit())) fail(Reason::syntax);
  at_ += 6;
}

// To its end alone.
void JsonReader::skip_string() {
  take('"');
  for (;;) {
    const void* const quote = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_));
    if (quote == nullptr) {
      at_ = end_;
      fail(Reason::early_end);
    }
    const char* const found = static_cast<const char*>(quote);
    const char* slashes = found;
    while (slashes != at_ && slashes[-1] == '\\') --slashes;
    at_ = found + 1;
    if ((found - slashes) % 2 == 0) return;
  }
}

void JsonReader::open(char bracket) {
  take(bracket);
  if (depth_ == kDeepestJson) fail(Reason::too_deep);
  open_[depth_++] = {bracket == '{', true, static_cast<std::uint32_t>(names_.size())};
}

bool JsonReader::more(char bracket) {
  Open& innermost = open_[depth_ - 1];
  if (peek() == bracket) {
    ++at_;
    if (innermost.object) close_object();
    --depth_;
    return false;
  }
  if (!innermost.first) take(',');
  innermost.first = false;
  return true;
}

void JsonReader::close_object() {
  const std::size_t begin = open_[depth_ - 1].names;
  if (has_repeats(std::span(names_).subspan(begin))) fail(Reason::repeated);
  names_.resize(begin);
}

void JsonReader::begin_object() {
  open('{');
}

std::optional<JsonString> JsonReader::next_member() {
  if (!more('}')) return std::nullopt;
  const JsonString name = string();
  take(':');
  if (!options_.repeated_keys) {
    names_.push_back(name.escaped ? unescaped_.emplace_front(name.text()) : name.raw);
  }
  return name;
}

void JsonReader::begin_array() {
  open('[');
}

bool JsonReader::next_item() {
  return more(']');
}

void JsonReader::skip() {
  switch (kind()) {
    case JsonKind::null:
      return null();
    case JsonKind::boolean:
      boolean();
      return;
    case JsonKind::number:
      number();
      return;
    case JsonKind::string:
      options_.lenient ? skip_string() : static_cast<void>(string());
      return;
    case JsonKind::array:
      begin_array();
      while (next_item()) skip();
      return;
    case JsonKind::object:
      break;
  }
  begin_object();
  if (!options_.lenient) {
    while (next_member()) skip();
    return;
  }
  while (more('}')) {
    skip_string();
    take(':');
    skip();
  }
}

void JsonReader::end() {
  skip_space();
  if (at_ != end_) fail(Reason::trailing);
}

}  // namespace gs::core
