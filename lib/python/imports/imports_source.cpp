#include "lib/python/imports/imports_source.h"

#include <algorithm>
#include <cstring>

#include "lib/core/utf8.h"
#include "lib/python/imports/encoding.h"

namespace gs::python {
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
