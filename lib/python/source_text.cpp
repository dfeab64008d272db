#include "lib/python/source_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/core/path_form.h"
#include "lib/core/text.h"
#include "lib/python/imports/encoding.h"

namespace gs::python {

namespace {

using core::Trouble;

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

// Whether letters beyond ASCII can be told: the others are read as in Latin 1.
bool has_letters(Encoding encoding) {
  return encoding == Encoding::utf8 || encoding == Encoding::ascii || encoding == Encoding::table;
}

// What a byte over 127 stands for; nothing where it stands for nothing.
std::optional<char32_t> letter_of(const Codec& codec, unsigned char byte) {
  if (codec.encoding == Encoding::utf8 || codec.encoding == Encoding::ascii) return std::nullopt;
  const char32_t letter = codec.high.empty() ? byte : codec.high[byte - 0x80U];
  if (letter == 0xfffd) return std::nullopt;
  return letter;
}

// Puts the text together, noting the first place of each kind of trouble.
class Reader {
 public:
  Reader(std::string_view source, const Codec& codec) : rest_(source), codec_(codec) {}

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
    if (codec_.encoding == Encoding::utf8) {
      const std::size_t length = core::utf8_length(rest_);
      if (length > 0) {
        out_.text += rest_.substr(0, length);
        rest_.remove_prefix(length);
        return;
      }
    }
    const auto letter = letter_of(codec_, static_cast<unsigned char>(rest_.front()));
    rest_.remove_prefix(1);
    if (letter) return append_utf8(out_.text, *letter);
    note(bad_, Trouble::bad_encoding);
    out_.text += kReplacement;
  }

  void note(bool& noted, Trouble trouble) {
    if (!noted) out_.partials.push_back({trouble, line_});
    noted = true;
  }

  std::string_view rest_;
  Codec codec_;
  SourceText out_;
  std::uint32_t line_ = 1;
  bool nul_ = false, bad_ = false;
};

}  // namespace

SourceText source_text(std::string_view source) {
  const bool bom = source.starts_with(kBom);
  if (bom) source.remove_prefix(kBom.size());
  const auto cookie = coding_cookie(source);
  const Codec codec = cookie ? codec_of(*cookie) : Codec{};
  const bool high = std::ranges::any_of(source, is_high);
  const bool unknown = codec.encoding == Encoding::unknown ||
                       (high && !has_letters(codec.encoding)) ||
                       (bom && codec.encoding != Encoding::utf8);
  SourceText read = Reader(source, bom ? Codec{} : codec).take();
  if (unknown) {
    // In the second line unless the first one holds it.
    const std::string_view before =
        source.substr(0, static_cast<std::size_t>(cookie->data() - source.data()));
    const bool second = before.find_first_of("\r\n") != before.npos;
    read.partials.insert(read.partials.begin(), {Trouble::unknown_encoding, second ? 2U : 1U});
  }
  return read;
}

std::string fold_identifier(std::string_view utf8) {
  if (core::is_ascii(utf8)) return std::string(utf8);
  return core::in_form(utf8, core::TextForm::nfkc).value_or(std::string(utf8));
}

}  // namespace gs::python
