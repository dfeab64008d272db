#include "lib/report/text_width.h"

#include <algorithm>

#include "lib/core/utf8.h"

namespace gs::report {

namespace {

constexpr double kBold = 1.13;
constexpr std::string_view kEllipsis = "…";

bool is_one_of(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

double ascii_ems(char c) {
  if (is_one_of(c, " ',./:;I\\ijl|")) return 0.34;
  if (is_one_of(c, "!()-[]frt")) return 0.42;
  if (is_one_of(c, "ABEFKLPRSTVXYZ")) return 0.7;
  if (is_one_of(c, "#&+<=>CDGHJMNOQUw^~")) return 0.87;
  return is_one_of(c, "@Wm%") ? 1.0 : 0.64;
}

// By the length in UTF-8: letters that are like Latin ones, what is as wide as high, and emoji.
double ems(std::string_view character) {
  switch (character.size()) {
    case 0:
    case 1:
      return character.empty() ? 0 : ascii_ems(character.front());
    case 2:
      return 0.9;
    case 3:
      return 1.05;
    default:
      return 1.4;
  }
}

std::string_view first_of(std::string_view text) {
  return text.substr(0, std::max<std::size_t>(core::utf8_length(text), 1));
}

}  // namespace

double text_ems(std::string_view text, bool bold) {
  double sum = 0;
  while (!text.empty()) {
    const std::string_view character = first_of(text);
    sum += character == kEllipsis ? 1.0 : ems(character);
    text.remove_prefix(character.size());
  }
  return bold ? sum * kBold : sum;
}

std::string fitted(std::string_view text, double ems, bool bold) {
  if (text_ems(text, bold) <= ems) return std::string(text);
  std::string out;
  while (!text.empty()) {
    const std::string_view character = first_of(text);
    const std::string longer = out + std::string(character);
    if (text_ems(longer + std::string(kEllipsis), bold) > ems) break;
    out = longer;
    text.remove_prefix(character.size());
  }
  while (out.ends_with(' ')) out.pop_back();
  return out + std::string(kEllipsis);
}

}  // namespace gs::report
