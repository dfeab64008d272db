#include "lib/report/finding_text.h"

#include <fmt/format.h>

#include "lib/core/text.h"

namespace gs::report {

std::string place_text(const core::Finding& finding) {
  std::string place = core::quote_path(finding.path);
  if (!place.empty() && finding.line > 0) place += fmt::format(":{}", finding.line);
  return place;
}

std::string finding_text(const core::Finding& finding, std::string_view remark) {
  std::string text = "  " + place_text(finding);
  if (!finding.path.empty()) text += ": ";
  if (finding.severity == core::Severity::warn) text += "warning: ";
  // Messages may quote what somebody wrote into a source file.
  text += fmt::format("{}: {}", core::rule_name(finding.rule), core::printable(finding.message));
  if (!remark.empty()) text += fmt::format(" ({})", remark);
  text += '\n';
  if (!finding.hint.empty()) text += fmt::format("    next: {}\n", core::printable(finding.hint));
  return text;
}

Counts count(const std::vector<Entry>& entries) {
  Counts counts;
  for (const Entry& entry : entries) {
    const bool blocks = entry.finding.severity == core::Severity::block;
    ++(entry.accepted ? counts.accepted : blocks ? counts.violations : counts.warnings);
  }
  return counts;
}

namespace {

std::string with_commas(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string counted(std::size_t number, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(number), noun, number == 1 ? "" : "s");
}

}  // namespace

std::string summary_text(const Subject& subject, const std::vector<Entry>& entries) {
  const Counts counts = count(entries);
  std::string text =
      counts.violations == 0 ? "no violations" : counted(counts.violations, "violation");
  if (counts.warnings > 0) text += ", " + counted(counts.warnings, "warning");
  if (counts.accepted > 0) text += ", " + with_commas(counts.accepted) + " accepted";
  if (subject.files_checked + subject.imports_checked == 0) return text;
  text += ", " + counted(subject.files_checked, "file");
  if (subject.imports_checked > 0) text += ", " + counted(subject.imports_checked, "import");
  return text + " checked";
}

}  // namespace gs::report
