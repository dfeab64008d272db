#include "lib/policy/source.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/utf8.h"

namespace gs::policy {

namespace {

constexpr std::size_t kLargest = std::size_t{1024} * 1024;

bool control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

}  // namespace

Source::Source(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text_.starts_with(kMark)) text_.remove_prefix(kMark.size());
}

std::string_view Source::line(int number) const {
  std::string_view rest = text_;
  for (int i = 1; i < number; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  return rest.substr(0, rest.find('\n'));
}

char Source::byte_at(Place place) const {
  const std::string_view in = line(place.line);
  const auto index = static_cast<std::size_t>(std::max(place.column, 1)) - 1;
  return index < in.size() ? in[index] : '\0';
}

Place Source::place_of(std::size_t offset) const {
  const std::string_view before = text_.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - start) + 1};
}

void Source::fail(Place place, const std::string& message, std::string hint) const {
  std::string_view before = line(place.line);
  before = before.substr(0, static_cast<std::size_t>(std::max(place.column, 1)) - 1);
  const auto later_bytes = std::count_if(before.begin(), before.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
  });
  throw core::Error(core::ExitCode::usage,
                    fmt::format("{}:{}:{}: {}", origin_, place.line,
                                std::max<std::ptrdiff_t>(place.column - later_bytes, 1), message),
                    std::move(hint));
}

void Source::check_bytes() const {
  if (text_.size() > kLargest) {
    fail({}, fmt::format("{} bytes are too many for a policy (at most {})", text_.size(), kLargest),
         "is this the right file?");
  }
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t length = core::utf8_length(text_.substr(at));
    if (length == 0) {
      fail(place_of(at), fmt::format("byte 0x{:02X} is no UTF-8", text_[at] & 0xff),
           "save the file as UTF-8");
    }
    if (control(text_[at])) {
      fail(place_of(at), fmt::format("control character 0x{:02X}", text_[at] & 0xff),
           "a policy is plain text");
    }
    at += length;
  }
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t kLongest = 60;
  std::string shown = core::printable(word);
  if (shown.size() > kLongest) {
    std::size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(shown[cut]) & 0xc0) == 0x80) --cut;
    shown = shown.substr(0, cut) + "…";
  }
  return "'" + shown + "'";
}

}  // namespace gs::policy
