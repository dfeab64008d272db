#include "lib/syntax/source_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "lib/core/utf8.h"

namespace gs::syntax {

namespace {

using core::Trouble;

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// unlike: one whose bytes below 128 may mean something else than ASCII, or that nobody knows.
enum class Encoding : std::uint8_t { utf8, ascii, latin1, latin9, cp1252, like_ascii, unlike };

struct Cookie {
  std::string name;
  std::uint32_t line = 0;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}
bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

// `coding[:=][ \t]*([-\w.]+)` in a line that is only a comment (PEP 263).
std::optional<std::string> cookie_in(std::string_view line) {
  constexpr std::string_view kWord = "coding";
  for (std::size_t at = line.find(kWord); at != line.npos; at = line.find(kWord, at + 1)) {
    std::string_view rest = line.substr(at + kWord.size());
    if (rest.empty() || (rest.front() != ':' && rest.front() != '=')) continue;
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t", 1), rest.size()));
    const auto end = std::ranges::find_if_not(rest, is_name);
    if (end == rest.begin()) continue;
    std::string name(rest.begin(), end);
    for (char& c : name) c = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return name;
  }
  return std::nullopt;
}

std::optional<Cookie> cookie_of(std::string_view source) {
  for (std::uint32_t number = 1; number <= 2; ++number) {
    const std::size_t end = std::min(source.find_first_of("\r\n"), source.size());
    std::string_view line = source.substr(0, end);
    line.remove_prefix(
        static_cast<std::size_t>(std::ranges::find_if_not(line, is_blank) - line.begin()));
    if (!line.empty() && line.front() != '#') return std::nullopt;
    if (auto name = cookie_in(line)) return Cookie{std::move(*name), number};
    source.remove_prefix(end);
    source.remove_prefix(std::min<std::size_t>(source.starts_with("\r\n") ? 2 : 1, source.size()));
  }
  return std::nullopt;
}

bool starts_with_any(std::string_view name, std::span<const std::string_view> heads) {
  return std::ranges::any_of(heads, [&](std::string_view head) { return name.starts_with(head); });
}

Encoding encoding_named(std::string_view name) {
  struct Row {
    std::string_view name;
    Encoding encoding;
  };
  static constexpr std::array kNames{Row{"utf-8", Encoding::utf8},
                                     Row{"utf8", Encoding::utf8},
                                     Row{"u8", Encoding::utf8},
                                     Row{"utf-8-sig", Encoding::utf8},
                                     Row{"ascii", Encoding::ascii},
                                     Row{"us-ascii", Encoding::ascii},
                                     Row{"646", Encoding::ascii},
                                     Row{"latin-1", Encoding::latin1},
                                     Row{"latin1", Encoding::latin1},
                                     Row{"iso-8859-1", Encoding::latin1},
                                     Row{"iso8859-1", Encoding::latin1},
                                     Row{"iso-latin-1", Encoding::latin1},
                                     Row{"8859", Encoding::latin1},
                                     Row{"cp819", Encoding::latin1},
                                     Row{"l1", Encoding::latin1},
                                     Row{"latin", Encoding::latin1},
                                     Row{"iso-8859-15", Encoding::latin9},
                                     Row{"iso8859-15", Encoding::latin9},
                                     Row{"latin-9", Encoding::latin9},
                                     Row{"latin9", Encoding::latin9},
                                     Row{"cp1252", Encoding::cp1252},
                                     Row{"windows-1252", Encoding::cp1252},
                                     Row{"1252", Encoding::cp1252}};
  static constexpr std::array<std::string_view, 3> kUtf8{"utf-8-", "utf8-", "utf-8."};
  static constexpr std::array<std::string_view, 3> kLatin1{"latin-1-", "iso-8859-1-",
                                                           "iso-latin-1-"};
  static constexpr std::array<std::string_view, 20> kLikeAscii{
      "iso-8859-", "iso8859-", "cp125", "windows-125", "cp43",   "cp85", "cp86",
      "koi8-",     "mac-",     "latin", "euc-",        "gb2312", "gbk",  "gb18030",
      "big5",      "shift",    "sjis",  "cp932",       "cp949",  "cp950"};
  const auto row = std::ranges::find(kNames, name, &Row::name);
  if (row != kNames.end()) return row->encoding;
  if (starts_with_any(name, kUtf8)) return Encoding::utf8;
  if (starts_with_any(name, kLatin1)) return Encoding::latin1;
  return starts_with_any(name, kLikeAscii) ? Encoding::like_ascii : Encoding::unlike;
}

void append(std::string& out, std::uint32_t point) {  // 0x80 to 0xFFFF
  if (point >= 0x800) out += static_cast<char>(0xE0 | (point >> 12));
  out += static_cast<char>(point >= 0x800 ? 0x80 | ((point >> 6) & 0x3F) : 0xC0 | (point >> 6));
  out += static_cast<char>(0x80 | (point & 0x3F));
}

// What a byte over 127 stands for; 0: for nothing. Encodings without a table: as in Latin-1.
std::uint32_t point_of(Encoding encoding, unsigned char byte) {
  static constexpr std::array<std::uint16_t, 32> kCp1252{
      0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
      0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
      0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
  if (encoding == Encoding::cp1252 && byte < 0xA0) return kCp1252[byte - 0x80U];
  if (encoding == Encoding::latin9) {
    switch (byte) {
      case 0xA4:
        return 0x20AC;
      case 0xA6:
        return 0x0160;
      case 0xA8:
        return 0x0161;
      case 0xB4:
        return 0x017D;
      case 0xB8:
        return 0x017E;
      case 0xBC:
        return 0x0152;
      case 0xBD:
        return 0x0153;
      case 0xBE:
        return 0x0178;
      default:
        break;
    }
  }
  return byte;
}

// Puts the text together, noting the first place of each kind of trouble.
class Reader {
 public:
  Reader(std::string_view source, Encoding encoding) : rest_(source), encoding_(encoding) {}

  SourceText take() {
    out_.text.reserve(rest_.size() + 1);
    while (!rest_.empty()) {
      const auto plain = std::ranges::find_if(
          rest_, [](char c) { return is_high(c) || c == '\r' || c == '\0' || c == '\n'; });
      const auto length = static_cast<std::size_t>(plain - rest_.begin());
      out_.text += rest_.substr(0, length);
      rest_.remove_prefix(length);
      if (!rest_.empty()) special();
    }
    return std::move(out_);
  }

 private:
  void special() {
    const char c = rest_.front();
    if (is_high(c)) return high();
    rest_.remove_prefix(c == '\r' && rest_.substr(1).starts_with('\n') ? 2 : 1);
    if (c == '\0') {
      note(nul_, Trouble::nul_byte);
      out_.text += ' ';
    } else {
      out_.text += '\n';
      ++line_;
    }
  }

  void high() {
    if (encoding_ == Encoding::utf8) {
      const std::size_t length = core::utf8_length(rest_);
      if (length > 0) {
        out_.text += rest_.substr(0, length);
        rest_.remove_prefix(length);
        return;
      }
    }
    const bool wide = encoding_ == Encoding::utf8 || encoding_ == Encoding::ascii;
    const std::uint32_t point =
        wide ? 0 : point_of(encoding_, static_cast<unsigned char>(rest_.front()));
    rest_.remove_prefix(1);
    if (point != 0) return append(out_.text, point);
    note(bad_, Trouble::bad_encoding);
    out_.text += kReplacement;
  }

  void note(bool& noted, Trouble trouble) {
    if (!noted) out_.partials.push_back({trouble, line_});
    noted = true;
  }

  std::string_view rest_;
  Encoding encoding_;
  SourceText out_;
  std::uint32_t line_ = 1;
  bool nul_ = false, bad_ = false;
};

}  // namespace

SourceText source_text(std::string_view source) {
  const bool bom = source.starts_with(kBom);
  if (bom) source.remove_prefix(kBom.size());
  const std::optional<Cookie> cookie = cookie_of(source);
  Encoding encoding = cookie ? encoding_named(cookie->name) : Encoding::utf8;
  const bool high = std::ranges::any_of(source, is_high);
  const bool unknown = encoding == Encoding::unlike || (encoding == Encoding::like_ascii && high) ||
                       (bom && encoding != Encoding::utf8);
  if (bom) encoding = Encoding::utf8;
  SourceText read = Reader(source, encoding).take();
  if (unknown)
    read.partials.insert(read.partials.begin(), {Trouble::unknown_encoding, cookie->line});
  return read;
}

}  // namespace gs::syntax
