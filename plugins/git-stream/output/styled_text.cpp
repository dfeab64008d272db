#include "plugins/git-stream/output/styled_text.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/core/text.h"

namespace gs::command {

namespace {

std::string_view escape_of(Style style) {
  switch (style) {
    case Style::strong:
      return "\x1b[1m";
    case Style::faint:
      return "\x1b[2m";
    case Style::good:
      return "\x1b[32m";
    case Style::busy:
      return "\x1b[36m";
    case Style::bad:
      return "\x1b[31m";
    case Style::plain:
      break;
  }
  return "";
}

}  // namespace

std::string cut_to_width(std::string_view text, std::size_t columns) {
  if (core::display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t end = 0, width = 0;
  while (end < text.size()) {
    const auto [bytes, wide] = core::first_letter(text.substr(end));
    if (width + wide > columns - 1) break;
    width += wide;
    end += bytes;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string render(const Line& line, std::size_t columns, bool colour) {
  std::size_t last = line.size();
  while (last > 0 && line[last - 1].text.find_first_not_of(' ') == std::string::npos) --last;
  std::size_t total = 0, used = 0;
  for (std::size_t i = 0; i < last; ++i) total += core::display_width(line[i].text);
  std::string out;
  for (std::size_t i = 0; i < last && (columns == 0 || used < columns); ++i) {
    std::string text = line[i].text;
    if (i + 1 == last) text.erase(text.find_last_not_of(' ') + 1);
    const std::size_t width = core::display_width(text);
    if (columns > 0 && total > columns && used + width >= columns)
      text = cut_to_width(text + "……", columns - used);
    used += width;
    const std::string_view escape = colour ? escape_of(line[i].style) : "";
    out.append(escape).append(text).append(escape.empty() ? "" : "\x1b[0m");
  }
  return out;
}

void align(std::vector<Line>& rows, const std::vector<std::size_t>& to_right) {
  std::vector<std::size_t> widths;
  for (const Line& row : rows) {
    widths.resize(std::max(widths.size(), row.size() > 1 ? row.size() : 0));
    for (std::size_t i = 0; i < row.size() && row.size() > 1; ++i)
      widths[i] = std::max(widths[i], core::display_width(row[i].text));
  }
  for (Line& row : rows) {
    for (std::size_t i = 0; i < row.size() && row.size() > 1; ++i) {
      const std::string blanks(widths[i] - core::display_width(row[i].text), ' ');
      const bool right = std::find(to_right.begin(), to_right.end(), i) != to_right.end();
      if (right) row[i].text.insert(0, blanks);
      if (!right) row[i].text += blanks;
      if (i + 1 < row.size() && widths[i] > 0) row[i].text += "  ";
    }
  }
}

TerminalSize terminal_size(int descriptor) {
  winsize size{};
  if (isatty(descriptor) == 0) return {};
  constexpr std::size_t kColumns = 80, kRows = 24;  // of a terminal that does not say
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return {kColumns, kRows};
  return {size.ws_col, size.ws_row == 0 ? kRows : size.ws_row};
}

bool wants_colour(int descriptor) {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return isatty(descriptor) != 0 && (no_colour == nullptr || *no_colour == '\0') &&
         terminal != nullptr && std::string_view(terminal) != "dumb";
}

namespace {

constexpr std::array<std::string_view, 7> kCodes{"", "2", "1", "32", "33", "31", "36"};

}  // namespace

Ink Ink::for_stdout() {
  return Ink(wants_colour(STDOUT_FILENO));
}

std::string Ink::operator()(Tone tone, std::string_view text) const {
  if (!colours_ || tone == Tone::plain || text.empty()) return std::string(text);
  return "\x1b[" + std::string(kCodes.at(static_cast<std::size_t>(tone))) + "m" +
         std::string(text) + "\x1b[0m";
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = core::display_width(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

std::string flowed(const std::vector<Piece>& pieces, std::string_view between, std::size_t indent,
                   std::size_t width, const Ink& ink) {
  std::string_view end = between;
  while (end.ends_with(' ')) end.remove_suffix(1);
  std::string out;
  std::size_t at = indent;
  for (const Piece& piece : pieces) {
    if (at > indent &&
        at + core::display_width(between) + core::display_width(piece.text) > width) {
      out += std::string(end) + '\n' + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out += between;
      at += core::display_width(between);
    }
    out += ink(piece.tone, piece.text);
    at += core::display_width(piece.text);
  }
  return out;
}

}  // namespace gs::command
