#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/html_sections.h"
#include "lib/report/markup.h"

namespace gs::report {

namespace {

constexpr std::size_t kShown = 500;  // a page is for reading; the JSON has all

std::string excerpt(const Excerpt& lines, std::uint32_t marked, bool warning) {
  std::string out = "<pre tabindex=\"0\"><code>";
  std::uint32_t number = lines.first;
  for (const std::string& line : lines.lines) {
    const std::string text = fmt::format("<i>{}</i>{}", number, xml(line));
    if (number == marked) {
      out += fmt::format("<mark{}>{}</mark>", warning ? " class=\"warn\"" : "", text);
    } else {
      out += "<span class=\"l\">" + text + "</span>";
    }
    ++number;
  }
  return out + "</code></pre>\n";
}

std::string article(const AccountFinding& found) {
  const core::Finding& finding = found.entry.finding;
  const bool blocks = finding.severity == core::Severity::block;
  const char* kind = found.entry.accepted ? "plain" : blocks ? "bad" : "warn";
  const char* word = found.entry.accepted ? "accepted" : blocks ? "violation" : "warning";
  std::string out = "<article>\n<h3>" + html_badge(kind, word);
  const std::string place = place_text(finding);
  if (!place.empty()) out += " <code>" + xml(place) + "</code>";
  out += fmt::format(" <span class=\"quiet\">{}</span></h3>\n<p>{}</p>\n",
                     core::rule_name(finding.rule), xml(core::printable(finding.message)));
  if (found.excerpt) out += excerpt(*found.excerpt, finding.line, !blocks);
  if (!finding.hint.empty())
    out += "<p class=\"next\">Next: <code>" + xml(core::printable(finding.hint)) + "</code></p>\n";
  return out + "</article>\n";
}

// After a merge the layers may show more: what was wrong before it.
std::string nothing_found(const Account& account) {
  if (!account.of_merge) return "Layers, circles and imports are as they should be.";
  std::size_t before = 0;
  for (const LayerMatrix::Cell& cell : account.matrix.cells) before += cell.violations;
  if (before == 0) return "The merge brings none.";
  return "The merge brings none. In the layers below, " + core::counted(before, "import") +
         (before == 1 ? " was" : " were") + " wrong before it.";
}

}  // namespace

std::string html_findings(const Account& account) {
  std::string body;
  std::size_t shown = 0;
  for (const AccountFinding& found : account.findings) {
    if (++shown <= kShown) body += article(found);
  }
  if (shown > kShown) body += fmt::format("<p>… and {} more in report.json.</p>\n", shown - kShown);
  const bool known = account.files_checked > 0;
  if (body.empty()) body = "<p class=\"quiet\">" + nothing_found(account) + "</p>\n";
  const std::string remark = known
                                 ? core::counted(account.files_checked, "Python file") + ", " +
                                       core::counted(account.imports_checked, "import") + " checked"
                                 : "";
  return html_section("findings", "Findings", remark, body);
}

}  // namespace gs::report
