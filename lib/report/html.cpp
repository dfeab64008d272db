// A document as one HTML page. Whatever others named is text in it, never markup: xml() stands
// between, and the page's own policy forbids to fetch or to run anything.

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <span>

#include "lib/core/text.h"
#include "lib/report/document.h"
#include "lib/report/findings.h"
#include "lib/report/page_css.h"

namespace gs::report {

namespace {

// The characters that turn round the text after them: embeddings, overrides and isolates.
bool turns_text(std::string_view text) {
  const std::string_view character = text.substr(0, 3);
  return (character >= "\u202a" && character <= "\u202e") ||
         (character >= "\u2066" && character <= "\u2069");
}

// As core::printable, but for what turns text: with_visible_directions() names that.
std::string shown(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = core::utf8_length(text);
    const bool hidden = length == 0 || (core::starts_with_control(text) && !turns_text(text));
    out += hidden ? "?" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return xml(out);
}

std::string_view tone_class(Tone tone) {
  constexpr std::array<std::string_view, 9> kClasses{
      "plain", "good", "bad", "warn", "waiting", "ready", "in_progress", "completed", "merged"};
  return kClasses.at(static_cast<std::size_t>(tone));
}

std::string html(const Inline& part) {
  const std::string text = shown(part.text);
  switch (part.kind) {
    case Inline::Kind::text:
      return text;
    case Inline::Kind::name:
      return "<bdi>" + text + "</bdi>";
    case Inline::Kind::code:
      return text.empty() ? "" : "<code>" + text + "</code>";
    case Inline::Kind::commit:
      return "<span class=\"id\">" + text + "</span>";
    case Inline::Kind::status:
      return fmt::format("<span class=\"badge {}\">{}</span>", tone_class(part.tone), text);
    case Inline::Kind::time:
      return fmt::format("<time datetime=\"{}\">{}</time>", part.utc, text);
  }
  return text;
}

std::string html(const Text& text) {
  std::string out;
  for (const Inline& part : text) out += html(part);
  return out;
}

// What may be wider than the screen: it scrolls by itself, with the keyboard too.
std::string scrolling(std::string_view label, std::string_view body) {
  return fmt::format(
      "<div class=\"wide\" role=\"group\" aria-label=\"{}\" tabindex=\"0\">\n{}</div>\n",
      shown(label), body);
}

std::string folding(const std::string& summary, const std::string& body, bool folded = true) {
  return fmt::format("<details{}><summary>{}</summary>\n{}</details>\n", folded ? "" : " open",
                     summary, body);
}

std::string html(const Paragraph& paragraph) {
  return "<p class=\"quiet\">" + html(paragraph.text) + "</p>\n";
}

std::string html(const Code& code) {
  std::string lines;
  std::uint32_t number = code.first.value_or(0);
  for (const std::string& line : code.lines) {
    const std::string text =
        (code.first ? fmt::format("<i>{}</i>", number) : std::string()) + xml(line);
    if (code.first && number == code.marked) {
      lines +=
          fmt::format("<mark{}>{}</mark>", code.tone == Tone::warn ? " class=\"warn\"" : "", text);
    } else {
      lines += "<span class=\"l\">" + text + "</span>";
    }
    ++number;
  }
  const std::string block = "<pre tabindex=\"0\"><code>" + lines + "</code></pre>\n";
  return code.summary.empty() ? block : folding(html(code.summary), block, code.folded);
}

std::string html(const Notice& notice) {
  std::string out = "<article>\n<h3>" + html(notice.status);
  if (!notice.place.empty()) out += " <code>" + shown(notice.place) + "</code>";
  out += fmt::format(" <span class=\"quiet\">{}</span></h3>\n<p>{}</p>\n", shown(notice.rule),
                     html(notice.text));
  if (notice.code) out += html(*notice.code);
  if (!notice.next.empty())
    out += "<p class=\"next\">Next: <code>" + shown(notice.next) + "</code></p>\n";
  return out + "</article>\n";
}

std::string_view column_class(Column::Kind kind) {
  constexpr std::array<std::string_view, 7> kClasses{"",
                                                     "",
                                                     " class=\"what\"",
                                                     " class=\"nowrap\"",
                                                     " class=\"t\"",
                                                     " class=\"n\"",
                                                     " class=\"n t\""};
  return kClasses.at(static_cast<std::size_t>(kind));
}

std::string cell_of_matrix(const Cell& cell) {
  switch (cell.fill) {
    case Cell::Fill::absent:
      return "<td><span aria-label=\"none\"></span></td>";
    case Cell::Fill::forbidden:
      return "<td class=\"no\"><span aria-label=\"none, and none allowed\">·</span></td>";
    case Cell::Fill::wrong:
      return "<td class=\"wrong\">" + html(cell.text) + "</td>";
    default:
      return fmt::format("<td class=\"h{}\">{}</td>",
                         static_cast<int>(cell.fill) - static_cast<int>(Cell::Fill::heat_0),
                         html(cell.text));
  }
}

std::string html(const Cell& cell, Column::Kind kind) {
  if (kind == Column::Kind::heading) return "<th scope=\"row\">" + html(cell.text) + "</th>";
  if (cell.fill != Cell::Fill::none) return cell_of_matrix(cell);
  return fmt::format("<td{}>{}</td>", column_class(kind), html(cell.text));
}

std::string table(const Table& whole, std::string_view caption,
                  std::span<const std::vector<Cell>> rows) {
  std::string out = fmt::format("<table{}>\n<caption>{}</caption>\n<thead><tr>",
                                whole.matrix ? " class=\"matrix\"" : "", shown(caption));
  for (const Column& column : whole.columns) {
    const bool number =
        column.kind == Column::Kind::number || column.kind == Column::Kind::quiet_number;
    out += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "",
                       shown(column.title));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (const std::vector<Cell>& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) out += html(row[i], whole.columns[i].kind);
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

std::string html(const Table& whole) {
  const std::span rows(whole.rows);
  const std::size_t first =
      whole.fold_after > 0 ? std::min(whole.fold_after, rows.size()) : rows.size();
  std::string out = scrolling(whole.label, table(whole, whole.caption, rows.first(first)));
  if (first == rows.size()) return out;
  return out + folding(fmt::format("{} more", rows.size() - first),
                       scrolling(whole.rest_label,
                                 table(whole, whole.rest_caption, rows.subspan(first))));
}

std::string html(const Figure& figure) {
  std::string out = scrolling(figure.label, figure.svg);
  if (!figure.key.empty()) {
    out += "<ul class=\"key\" aria-label=\"Key\">\n";
    for (const Figure::Key& key : figure.key) out += "<li>" + key.svg + shown(key.text) + "</li>\n";
    out += "</ul>\n";
  }
  if (!figure.remark.empty()) out += html(Paragraph{figure.remark});
  return out + folding(shown(figure.summary), html(figure.table));
}

std::string html(const Section& section) {
  std::string body;
  for (const Block& block : section.blocks)
    body += std::visit([](const auto& one) { return html(one); }, block);
  return fmt::format(
      "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<div class=\"head\"><h2 "
      "id=\"{0}-title\">{1}</h2>{2}</div>\n{3}</section>\n",
      section.id, shown(section.title),
      section.remark.empty() ? "" : "<p>" + shown(section.remark) + "</p>", body);
}

std::string header(const Document& document) {
  std::string facts = "at <span class=\"id\">" + shown(document.revision) + "</span>";
  for (const Inline& fact : document.facts) facts += " · " + html(fact);
  std::string tiles, links;
  for (const Tile& tile : document.tiles) {
    tiles += fmt::format("<li class=\"{}\"><b>{}</b><span>{}</span></li>\n",
                         tile.tone == Tone::plain ? "" : tone_class(tile.tone), shown(tile.number),
                         shown(tile.label));
  }
  for (const Section& section : document.sections)
    links += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, shown(section.title));
  return fmt::format(
      "<header>\n<p class=\"eyebrow\">{}</p>\n<h1>{} {}</h1>\n<p class=\"meta\">{}</p>\n"
      "<ul class=\"tiles\" aria-label=\"At a glance\">\n{}</ul>\n"
      "<nav aria-label=\"On this page\"><ul>\n{}</ul></nav>\n</header>\n",
      shown(document.repository), html(document.headline), html(document.outcome), facts, tiles,
      links);
}

std::string footer(const Document& document) {
  std::string out = "<footer>\n";
  for (const std::string& what : document.unknown) out += "<p>Not known: " + shown(what) + "</p>\n";
  return out +
         fmt::format("<p>Made by {}. This page needs no network and no script.</p>\n</footer>\n",
                     shown(document.maker));
}

// What turns text, to deceive or not: shown, not obeyed.
std::string with_visible_directions(std::string_view page) {
  std::string out;
  out.reserve(page.size());
  while (!page.empty()) {
    const std::size_t at = std::min(page.find('\xe2'), page.size());
    out += page.substr(0, at);
    page.remove_prefix(at);
    if (turns_text(page)) {
      const std::string_view character = page.substr(0, 3);
      const bool embedding = character <= "\u202e";
      const int number =
          embedding ? 0x202a + (character[2] - "\u202a"[2]) : 0x2066 + (character[2] - "\u2066"[2]);
      out += fmt::format("[U+{:04X}]", number);
      page.remove_prefix(character.size());
    } else if (!page.empty()) {
      out += page.front();
      page.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string html(const Document& document) {
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n<title>{}: {} at {}</title>\n<style>",
      shown(document.repository), shown(document.subject), shown(document.revision));
  page += kPageCss;
  page += "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#content\">To the content</a>\n" +
          header(document) + "<main id=\"content\">\n";
  for (const Section& section : document.sections) page += html(section);
  page += "</main>\n" + footer(document) + "</body>\n</html>\n";
  return with_visible_directions(page);
}

}  // namespace gs::report
