#include "lib/report/markup.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/utf8.h"
#include "lib/report/state_colours.h"

namespace gs::report {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

std::string_view character(std::string_view text, std::size_t length) {
  if (length == 0) return kReplacement;
  const std::string_view whole = text.substr(0, length);
  const bool not_a_character = whole == "\xef\xbf\xbe" || whole == "\xef\xbf\xbf";
  return not_a_character || core::starts_with_control(text) ? kReplacement : whole;
}

}  // namespace

std::string xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = core::utf8_length(text);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n' || c == '\r' || c == '\t') {  // attributes would make them spaces
      out += fmt::format("&#{};", static_cast<int>(c));
    } else {
      out += character(text, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string short_id(std::string_view id) {
  constexpr std::size_t kAbbreviated = 10;
  return std::string(id.substr(0, kAbbreviated));
}

std::string day_and_time(const Account& account, core::Instant time) {
  constexpr std::size_t kMinutes = 16;
  const core::Seconds offset = account.offset != nullptr ? account.offset(time) : core::Seconds{0};
  std::string text = core::format_utc(time + offset).substr(0, kMinutes);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return account.offset != nullptr ? text : text + " UTC";
}

std::string duration_text(std::int64_t milliseconds) {
  constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond;
  if (milliseconds < kMinute)
    return fmt::format("{}.{} s", milliseconds / kSecond, milliseconds % kSecond / 100);
  return fmt::format("{} min {} s", milliseconds / kMinute, milliseconds % kMinute / kSecond);
}

std::string state_text(NodeState state) {
  for (const StateColours& row : kStateColours) {
    if (row.state != state) continue;
    std::string text(row.name);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
  }
  return "unknown";
}

}  // namespace gs::report
