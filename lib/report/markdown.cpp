// A document as Markdown: CommonMark, with the tables that GitHub and GitLab read.

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/report/document.h"

namespace gs::report {

namespace {

// Text that means nothing but itself in CommonMark, in a table's cell too, and in HTML within it.
// A hyphen or a plus means something only where a line begins.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : core::printable(text)) {
    const std::string_view special = out.empty() ? "\\`*_{}[]()#+-!|>~" : "\\`*_{}[]()#!|>~";
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      if (special.find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// In backticks, more of them than any run within; a bar would end a table's cell all the same.
std::string code(std::string_view text) {
  std::string shown = core::printable(text);
  std::size_t run = 0, longest = 0;
  for (char& c : shown) {
    if (c == '|') c = '?';
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string pad = longest > 0 ? " " : "";
  return shown.empty() ? "" : fence + pad + shown + pad + fence;
}

std::string markdown(const Text& text) {
  std::string out;
  for (const Inline& part : text) {
    const bool is_code = part.kind == Inline::Kind::code || part.kind == Inline::Kind::commit;
    const bool in_front = part.kind == Inline::Kind::status && text.size() > 1;
    const std::string written = is_code ? code(part.text) : plain(part.text);
    out += in_front ? "**" + written + "**" : written;
  }
  return out;
}

std::string markdown(const Paragraph& paragraph) {
  return "\n" + markdown(paragraph.text) + "\n";
}

// Indented by four spaces: no line of it can end the block.
std::string markdown(const Code& block) {
  if (block.folded) return {};
  std::string out = block.summary.empty() ? "\n" : "\n### " + markdown(block.summary) + "\n\n";
  std::uint32_t number = block.first.value_or(0);
  for (const std::string& line : block.lines) {
    out += "    ";
    if (block.first) out += fmt::format("{:>8} {} ", number, number == block.marked ? '>' : '|');
    out += core::printable(line) + "\n";
    ++number;
  }
  return out + "\n";
}

std::string markdown(const Notice& notice) {
  const std::string place = notice.place.empty() ? "" : code(notice.place) + " ";
  std::string out = fmt::format("- {}**{}** ({}): {}\n", place, plain(notice.rule),
                                plain(notice.status.text), markdown(notice.text));
  if (!notice.next.empty()) out += "  Next: " + code(notice.next) + "\n";
  return notice.code ? out + markdown(*notice.code) : out;
}

std::string markdown(const Table& table) {
  std::string out = "\n", rule;
  for (const Column& column : table.columns) {
    out += "| " + plain(column.title) + " ";
    rule += "| --- ";
  }
  out += "|\n" + rule + "|\n";
  for (const std::vector<Cell>& row : table.rows) {
    for (const Cell& cell : row) {
      const bool wrong = cell.fill == Cell::Fill::wrong;
      const std::string text = markdown(cell.text);
      out += "| " + (wrong ? "**" + text + "**" : text) + " ";
    }
    out += "|\n";
  }
  return out;
}

std::string markdown(const Figure& figure) {
  return markdown(figure.table) + (figure.remark.empty() ? "" : markdown(Paragraph{figure.remark}));
}

std::string markdown(const Section& section) {
  std::string out = "\n## " + plain(section.title) + "\n";
  if (!section.remark.empty()) out += "\n" + plain(section.remark) + "\n";
  bool in_list = false;
  for (const Block& block : section.blocks) {
    const bool item = std::holds_alternative<Notice>(block);
    if (item && !in_list) out += '\n';
    in_list = item;
    out += std::visit([](const auto& one) { return markdown(one); }, block);
  }
  return out;
}

}  // namespace

std::string markdown(const Document& document) {
  std::string out =
      fmt::format("# {}: {} at {}\n\n**{}**", plain(document.repository), plain(document.subject),
                  code(document.revision), plain(document.verdict));
  for (const Inline& fact : document.facts) out += " · " + plain(fact.text);
  out += "\n";
  for (const Section& section : document.sections) out += markdown(section);
  for (const std::string& what : document.unknown) out += "\n> Not known: " + plain(what) + "\n";
  return out + "\nMade by " + plain(document.maker) + ".\n";
}

}  // namespace gs::report
