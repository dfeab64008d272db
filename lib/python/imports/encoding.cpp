#include "lib/python/imports/encoding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "lib/core/text.h"

namespace gs::python {

namespace {

// The letters of 0x80 to 0xff, as the mappings of unicode.org have them.
constexpr std::u16string_view kLatin9 =
    u"\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
    u"\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097"
    u"\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u00a1\u00a2\u00a3"
    u"\u20ac\u00a5\u0160\u00a7\u0161\u00a9\u00aa\u00ab\u00ac\u00ad\u00ae\u00af"
    u"\u00b0\u00b1\u00b2\u00b3\u017d\u00b5\u00b6\u00b7\u017e\u00b9\u00ba\u00bb"
    u"\u0152\u0153\u0178\u00bf\u00c0\u00c1\u00c2\u00c3\u00c4\u00c5\u00c6\u00c7"
    u"\u00c8\u00c9\u00ca\u00cb\u00cc\u00cd\u00ce\u00cf\u00d0\u00d1\u00d2\u00d3"
    u"\u00d4\u00d5\u00d6\u00d7\u00d8\u00d9\u00da\u00db\u00dc\u00dd\u00de\u00df"
    u"\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb"
    u"\u00ec\u00ed\u00ee\u00ef\u00f0\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6\u00f7"
    u"\u00f8\u00f9\u00fa\u00fb\u00fc\u00fd\u00fe\u00ff";
constexpr std::u16string_view kWindows1252 =
    u"\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039"
    u"\u0152\ufffd\u017d\ufffd\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014"
    u"\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178\u00a0\u00a1\u00a2\u00a3"
    u"\u00a4\u00a5\u00a6\u00a7\u00a8\u00a9\u00aa\u00ab\u00ac\u00ad\u00ae\u00af"
    u"\u00b0\u00b1\u00b2\u00b3\u00b4\u00b5\u00b6\u00b7\u00b8\u00b9\u00ba\u00bb"
    u"\u00bc\u00bd\u00be\u00bf\u00c0\u00c1\u00c2\u00c3\u00c4\u00c5\u00c6\u00c7"
    u"\u00c8\u00c9\u00ca\u00cb\u00cc\u00cd\u00ce\u00cf\u00d0\u00d1\u00d2\u00d3"
    u"\u00d4\u00d5\u00d6\u00d7\u00d8\u00d9\u00da\u00db\u00dc\u00dd\u00de\u00df"
    u"\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb"
    u"\u00ec\u00ed\u00ee\u00ef\u00f0\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6\u00f7"
    u"\u00f8\u00f9\u00fa\u00fb\u00fc\u00fd\u00fe\u00ff";
constexpr std::u16string_view kKoi8R =
    u"\u2500\u2502\u250c\u2510\u2514\u2518\u251c\u2524\u252c\u2534\u253c\u2580"
    u"\u2584\u2588\u258c\u2590\u2591\u2592\u2593\u2320\u25a0\u2219\u221a\u2248"
    u"\u2264\u2265\u00a0\u2321\u00b0\u00b2\u00b7\u00f7\u2550\u2551\u2552\u0451"
    u"\u2553\u2554\u2555\u2556\u2557\u2558\u2559\u255a\u255b\u255c\u255d\u255e"
    u"\u255f\u2560\u2561\u0401\u2562\u2563\u2564\u2565\u2566\u2567\u2568\u2569"
    u"\u256a\u256b\u256c\u00a9\u044e\u0430\u0431\u0446\u0434\u0435\u0444\u0433"
    u"\u0445\u0438\u0439\u043a\u043b\u043c\u043d\u043e\u043f\u044f\u0440\u0441"
    u"\u0442\u0443\u0436\u0432\u044c\u044b\u0437\u0448\u044d\u0449\u0447\u044a"
    u"\u042e\u0410\u0411\u0426\u0414\u0415\u0424\u0413\u0425\u0418\u0419\u041a"
    u"\u041b\u041c\u041d\u041e\u041f\u042f\u0420\u0421\u0422\u0423\u0416\u0412"
    u"\u042c\u042b\u0417\u0428\u042d\u0429\u0427\u042a";
constexpr std::u16string_view kWindows1251 =
    u"\u0402\u0403\u201a\u0453\u201e\u2026\u2020\u2021\u20ac\u2030\u0409\u2039"
    u"\u040a\u040c\u040b\u040f\u0452\u2018\u2019\u201c\u201d\u2022\u2013\u2014"
    u"\ufffd\u2122\u0459\u203a\u045a\u045c\u045b\u045f\u00a0\u040e\u045e\u0408"
    u"\u00a4\u0490\u00a6\u00a7\u0401\u00a9\u0404\u00ab\u00ac\u00ad\u00ae\u0407"
    u"\u00b0\u00b1\u0406\u0456\u0491\u00b5\u00b6\u00b7\u0451\u2116\u0454\u00bb"
    u"\u0458\u0405\u0455\u0457\u0410\u0411\u0412\u0413\u0414\u0415\u0416\u0417"
    u"\u0418\u0419\u041a\u041b\u041c\u041d\u041e\u041f\u0420\u0421\u0422\u0423"
    u"\u0424\u0425\u0426\u0427\u0428\u0429\u042a\u042b\u042c\u042d\u042e\u042f"
    u"\u0430\u0431\u0432\u0433\u0434\u0435\u0436\u0437\u0438\u0439\u043a\u043b"
    u"\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0444\u0445\u0446\u0447"
    u"\u0448\u0449\u044a\u044b\u044c\u044d\u044e\u044f";

struct Row {
  std::string_view name;  // small letters and digits only
  Codec codec;
};

constexpr auto kRows = std::to_array<Row>({
    {"utf8", {Encoding::utf8, {}}},
    {"u8", {Encoding::utf8, {}}},
    {"utf", {Encoding::utf8, {}}},
    {"utf8sig", {Encoding::utf8, {}}},
    {"utf8ucs2", {Encoding::utf8, {}}},
    {"utf8ucs4", {Encoding::utf8, {}}},
    {"cp65001", {Encoding::utf8, {}}},
    {"ascii", {Encoding::ascii, {}}},
    {"usascii", {Encoding::ascii, {}}},
    {"646", {Encoding::ascii, {}}},
    {"us", {Encoding::ascii, {}}},
    {"ansix341968", {Encoding::ascii, {}}},
    {"iso646us", {Encoding::ascii, {}}},
    {"iso885915", {Encoding::table, kLatin9}},
    {"latin9", {Encoding::table, kLatin9}},
    {"l9", {Encoding::table, kLatin9}},
    {"cp1252", {Encoding::table, kWindows1252}},
    {"windows1252", {Encoding::table, kWindows1252}},
    {"1252", {Encoding::table, kWindows1252}},
    {"koi8r", {Encoding::table, kKoi8R}},
    {"cskoi8r", {Encoding::table, kKoi8R}},
    {"cp1251", {Encoding::table, kWindows1251}},
    {"windows1251", {Encoding::table, kWindows1251}},
    {"1251", {Encoding::table, kWindows1251}},
    {"gbk", {Encoding::pairs, {}}},
    {"936", {Encoding::pairs, {}}},
    {"cp936", {Encoding::pairs, {}}},
    {"ms936", {Encoding::pairs, {}}},
    {"gb18030", {Encoding::pairs, {}}},
    {"gb180302000", {Encoding::pairs, {}}},
    {"big5", {Encoding::pairs, {}}},
    {"big5tw", {Encoding::pairs, {}}},
    {"csbig5", {Encoding::pairs, {}}},
    {"big5hkscs", {Encoding::pairs, {}}},
    {"hkscs", {Encoding::pairs, {}}},
    {"950", {Encoding::pairs, {}}},
    {"cp950", {Encoding::pairs, {}}},
    {"ms950", {Encoding::pairs, {}}},
    {"949", {Encoding::pairs, {}}},
    {"cp949", {Encoding::pairs, {}}},
    {"ms949", {Encoding::pairs, {}}},
    {"uhc", {Encoding::pairs, {}}},
    {"johab", {Encoding::pairs, {}}},
    {"cp1361", {Encoding::pairs, {}}},
    {"ms1361", {Encoding::pairs, {}}},
    {"shiftjis", {Encoding::shifted, {}}},
    {"csshiftjis", {Encoding::shifted, {}}},
    {"sjis", {Encoding::shifted, {}}},
    {"shiftjis2004", {Encoding::shifted, {}}},
    {"shiftjisx0213", {Encoding::shifted, {}}},
    {"932", {Encoding::shifted, {}}},
    {"cp932", {Encoding::shifted, {}}},
    {"ms932", {Encoding::shifted, {}}},
    {"mskanji", {Encoding::shifted, {}}},
    {"windows31j", {Encoding::shifted, {}}},
    {"gb2312", {Encoding::bytes, {}}},
    {"gb23121980", {Encoding::bytes, {}}},
    {"euccn", {Encoding::bytes, {}}},
    {"chinese", {Encoding::bytes, {}}},
    {"eucjp", {Encoding::bytes, {}}},
    {"ujis", {Encoding::bytes, {}}},
    {"eucjis2004", {Encoding::bytes, {}}},
    {"eucjisx0213", {Encoding::bytes, {}}},
    {"euckr", {Encoding::bytes, {}}},
    {"korean", {Encoding::bytes, {}}},
    {"ksc5601", {Encoding::bytes, {}}},
    {"ksx1001", {Encoding::bytes, {}}},
    {"macroman", {Encoding::bytes, {}}},
    {"macintosh", {Encoding::bytes, {}}},
    {"koi8u", {Encoding::bytes, {}}},
    {"koi8t", {Encoding::bytes, {}}},
    {"hproman8", {Encoding::bytes, {}}},
    {"roman8", {Encoding::bytes, {}}},
    {"tis620", {Encoding::bytes, {}}},
    {"thai", {Encoding::bytes, {}}},
    {"cyrillic", {Encoding::bytes, {}}},
    {"greek", {Encoding::bytes, {}}},
    {"greek8", {Encoding::bytes, {}}},
    {"arabic", {Encoding::bytes, {}}},
    {"hebrew", {Encoding::bytes, {}}},
    {"ptcp154", {Encoding::bytes, {}}},
    {"kz1048", {Encoding::bytes, {}}},
    {"palmos", {Encoding::bytes, {}}},
    {"ruscii", {Encoding::bytes, {}}},
});

// Families of which only the number is their own: one byte a letter each.
struct Family {
  std::string_view prefix;
  std::string_view members;  // each with a blank before and behind
};

constexpr std::array kFamilies{
    Family{"iso8859", " 2 3 4 5 6 7 8 9 10 11 13 14 16 "},
    Family{"latin", " 2 3 4 5 6 7 8 10 "},
    Family{"windows", " 1250 1253 1254 1255 1256 1257 1258 "},
    Family{"cp",
           " 437 720 737 775 850 852 855 856 857 858 860 861 862 863 865 866 869 874 1006 1125 "
           "1250 1253 1254 1255 1256 1257 1258 "},
    Family{"ibm", " 437 775 850 852 855 857 858 860 861 862 863 865 866 869 "},
    Family{"mac", " arabic croatian cyrillic farsi greek iceland latin2 romanian turkish "}};

bool in_family(std::string_view name) {
  return std::any_of(kFamilies.begin(), kFamilies.end(), [&](const Family& family) {
    return name.starts_with(family.prefix) &&
           family.members.find(' ' + std::string(name.substr(family.prefix.size())) + ' ') !=
               std::string_view::npos;
  });
}

std::string plain(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      result += static_cast<char>(c - 'A' + 'a');
    } else if (c != '-' && c != '_' && c != '.') {
      result += c;
    }
  }
  return result;
}

// These two are taken with anything behind a dash, as CPython does before it asks its codecs.
std::optional<Codec> common(std::string_view name) {
  std::string dashed(name);
  for (char& c : dashed) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto is = [&](std::string_view known) {
    return dashed == known || dashed.starts_with(std::string(known) + '-');
  };
  if (is("utf-8")) return Codec{Encoding::utf8, {}};
  if (is("latin-1") || is("iso-8859-1") || is("iso-latin-1")) return Codec{Encoding::table, {}};
  return std::nullopt;
}

bool is_cookie_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// coding[:=]\s*([-\w.]+) in a comment that has its line to itself.
std::optional<std::string_view> cookie_in(std::string_view line) {
  constexpr std::string_view kWord = "coding";
  const auto start = line.find_first_not_of(" \t\f");
  if (start == line.npos || line[start] != '#') return std::nullopt;
  for (auto at = line.find(kWord, start); at != line.npos; at = line.find(kWord, at + 1)) {
    const auto sign = at + kWord.size();
    if (sign >= line.size() || (line[sign] != ':' && line[sign] != '=')) continue;
    const auto name = std::min(line.find_first_not_of(" \t", sign + 1), line.size());
    auto end = name;
    while (end < line.size() && is_cookie_byte(line[end])) ++end;
    if (end > name) return line.substr(name, end - name);
  }
  return std::nullopt;
}

bool is_blank_or_comment(std::string_view line) {
  const auto start = line.find_first_not_of(" \t\f");
  return start == line.npos || line[start] == '#';
}

}  // namespace

std::optional<std::string_view> coding_cookie(std::string_view bytes) {
  const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
  const std::string_view first = bytes.substr(0, end);
  if (const auto found = cookie_in(first)) return found;
  if (end == bytes.size() || !is_blank_or_comment(first)) return std::nullopt;
  bytes.remove_prefix(end + (bytes.substr(end).starts_with("\r\n") ? 2 : 1));
  return cookie_in(bytes.substr(0, bytes.find_first_of("\r\n")));
}

Codec codec_of(std::string_view name) {
  if (const auto codec = common(name)) return *codec;
  const std::string key = plain(name);
  if (key == "latin1" || key == "latin" || key == "l1" || key == "iso88591" || key == "8859" ||
      key == "iso8859" || key == "cp819")
    return {Encoding::table, {}};
  for (const Row& row : kRows) {
    if (row.name == key) return row.codec;
  }
  return {in_family(key) ? Encoding::bytes : Encoding::unknown, {}};
}

void append_utf8(std::string& text, char32_t character) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xc0 | (character >> 6U));
    put(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    put(0xe0 | (character >> 12U));
    put(0x80 | ((character >> 6U) & 0x3f));
    put(0x80 | (character & 0x3f));
  } else {
    put(0xf0 | (character >> 18U));
    put(0x80 | ((character >> 12U) & 0x3f));
    put(0x80 | ((character >> 6U) & 0x3f));
    put(0x80 | (character & 0x3f));
  }
}

namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";

unsigned char byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The first byte beyond ASCII, eight at a time.
std::size_t end_of_ascii(std::string_view text, std::size_t at) {
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

class SourceReading {
 public:
  explicit SourceReading(std::string_view bytes) : bytes_(bytes) {}

  Source run() {
    const bool marked = bytes_.starts_with(kMark);
    if (marked) bytes_.remove_prefix(kMark.size());
    source_.text.reserve(bytes_.size() + kPadding);
    const std::size_t ascii = end_of_ascii(bytes_, 0);
    decode(codec(marked), ascii);
    if (bytes_.find('\r') != bytes_.npos) unify_lines();
    if (const auto nul = source_.text.find('\0'); nul != std::string::npos)
      report(core::Trouble::nul_byte, nul);
    source_.size = source_.text.size();
    source_.text.append(kPadding, '\0');
    return std::move(source_);
  }

 private:
  Codec codec(bool marked) {
    const auto name = coding_cookie(bytes_);
    if (!name) return {};
    const Codec found = codec_of(*name);
    if (found.encoding == Encoding::unknown || (marked && found.encoding != Encoding::utf8)) {
      const auto at = static_cast<std::size_t>(name->data() - bytes_.data());
      source_.partials.push_back({core::Trouble::unknown_encoding, line_of(bytes_, at)});
    }
    return marked ? Codec{} : found;
  }

  void decode(const Codec& codec, std::size_t ascii) {
    if (ascii == bytes_.size()) {
      source_.text = bytes_;
      return;
    }
    switch (codec.encoding) {
      case Encoding::utf8:
        return decode_utf8(ascii);
      case Encoding::ascii:
        report_bad(ascii);
        return decode_utf8(ascii);
      case Encoding::table:
        return decode_table(codec.high);
      case Encoding::pairs:
      case Encoding::shifted:
        return hide_trails(codec.encoding == Encoding::shifted);
      case Encoding::bytes:
      case Encoding::unknown:
        source_.text = bytes_;
        source_.foreign = true;
    }
  }

  void decode_utf8(std::size_t at) {
    source_.text = bytes_;
    while ((at = end_of_ascii(bytes_, at)) < bytes_.size()) {
      const std::size_t length = core::utf8_length(bytes_.substr(at));
      if (length == 0) return report_bad(at);
      at += length;
    }
  }

  void decode_table(std::u16string_view high) {
    for (std::size_t at = 0; at < bytes_.size(); ++at) {
      const unsigned char byte = byte_at(bytes_, at);
      const char32_t letter = byte < 0x80 || high.empty() ? byte : high[byte - 0x80U];
      if (letter == 0xfffd) report_bad(at);
      append_utf8(source_.text, letter);
    }
  }

  // Trail bytes must not be taken for quotes or backslashes: they are moved beyond ASCII.
  void hide_trails(bool shifted) {
    source_.text = bytes_;
    source_.foreign = true;
    for (std::size_t at = end_of_ascii(bytes_, 0); at < bytes_.size(); ++at) {
      const unsigned char byte = byte_at(bytes_, at);
      if (byte < 0x80 || (shifted && byte >= 0xa0 && byte < 0xe0)) continue;
      if (at + 1 == bytes_.size() || byte_at(bytes_, at + 1) < 0x30) {
        report_bad(at);
        continue;
      }
      ++at;
      source_.text[at] = static_cast<char>(byte_at(bytes_, at) | 0x80U);
    }
  }

  void unify_lines() {
    std::string& text = source_.text;
    std::size_t to = 0;
    for (std::size_t at = 0; at < text.size(); ++at, ++to) {
      const bool carriage = text[at] == '\r';
      text[to] = carriage ? '\n' : text[at];
      if (carriage && at + 1 < text.size() && text[at + 1] == '\n') ++at;
    }
    text.resize(to);
  }

  static std::uint32_t line_of(std::string_view text, std::size_t at) {
    std::uint32_t line = 1;
    for (std::size_t i = 0; i < at; ++i) {
      if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')))
        ++line;
    }
    return line;
  }

  void report(core::Trouble trouble, std::size_t at) {
    source_.partials.push_back({trouble, line_of(source_.text, at)});
  }

  void report_bad(std::size_t at) {
    if (bad_) return;
    bad_ = true;
    source_.partials.push_back({core::Trouble::bad_encoding, line_of(bytes_, at)});
  }

  std::string_view bytes_;
  Source source_;
  bool bad_ = false;
};

}  // namespace

Source read_source(std::string_view bytes) {
  return SourceReading(bytes).run();
}

}  // namespace gs::python
