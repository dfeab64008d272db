#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"

namespace gs::report {

namespace {

// From 0 to 4, by powers of five.
int heat(std::uint32_t imports) {
  int level = 0;
  for (std::uint32_t bound = 1; level < 4 && imports >= bound; bound *= 5) ++level;
  return level;
}

std::string cell(const LayerMatrix& matrix, std::size_t row, std::size_t column) {
  const LayerMatrix::Cell& at = matrix.at(row, column);
  if (at.violations > 0) {
    const std::string all = at.violations == at.imports ? "" : fmt::format(" of {}", at.imports);
    return fmt::format("<td class=\"wrong\">{}{} wrong</td>", at.violations, all);
  }
  if (at.imports > 0) return fmt::format("<td class=\"h{}\">{}</td>", heat(at.imports), at.imports);
  return column > row ? "<td class=\"no\"><span aria-label=\"none, and none allowed\">·</span></td>"
                      : "<td><span aria-label=\"none\"></span></td>";
}

}  // namespace

std::string html_layers(const Account& account) {
  const LayerMatrix& matrix = account.matrix;
  if (matrix.layers.empty()) return {};
  std::string table =
      "<table class=\"matrix\">\n<caption>How many imports lead from a row’s layer to a column’s"
      "</caption>\n<thead><tr><th scope=\"col\">from \\ to</th>";
  for (const std::string& name : matrix.layers)
    table += "<th scope=\"col\">" + xml(core::printable(name)) + "</th>";
  table += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < matrix.layers.size(); ++row) {
    table += "<tr><th scope=\"row\">" + xml(core::printable(matrix.layers[row])) + "</th>";
    for (std::size_t column = 0; column < matrix.layers.size(); ++column)
      table += cell(matrix, row, column);
    table += "</tr>\n";
  }
  std::string body = html_wide("Layer matrix", table + "</tbody></table>\n");
  if (matrix.unplaced > 0)
    body += fmt::format("<p class=\"quiet\">{} from or to modules in no layer.</p>\n",
                        core::counted(matrix.unplaced, "import"));
  return html_section("layers", "Layers", "imports go to the same layer, or to a lower one", body);
}

}  // namespace gs::report
