#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/core/utf8.h"
#include "lib/report/finding_text.h"
#include "lib/report/report.h"

namespace gs::report {

namespace {

// GitHub shows the first ten of each kind and step only: the worst come first.
int rank(const Entry& entry) {
  if (entry.accepted) return 2;
  return entry.finding.severity == core::Severity::block ? 0 : 1;
}

std::string percent_escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) == special.npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string message_data(std::string_view text) {
  return percent_escaped(text, "%\r\n");
}

std::string property_value(std::string_view text) {
  return percent_escaped(text, "%\r\n:,");
}

// As it is where the log of a run can hold it: only then can GitHub find the file.
std::string file_name(const std::string& path) {
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t length = core::utf8_length(rest);
    const bool line_break = rest.front() == '\n' || rest.front() == '\r';
    if (length == 0 || (core::starts_with_control(rest) && !line_break)) {
      return core::quote_path(path);
    }
    rest.remove_prefix(length);
  }
  return path;
}

std::string annotation(const Entry& entry) {
  constexpr std::string_view kCommands[] = {"error", "warning", "notice"};
  const core::Finding& finding = entry.finding;
  std::string text = fmt::format("::{} ", kCommands[rank(entry)]);
  if (!finding.path.empty()) text += "file=" + property_value(file_name(finding.path)) + ",";
  if (!finding.path.empty() && finding.line > 0) text += fmt::format("line={},", finding.line);
  text += "title=" + property_value(fmt::format("git-stream: {}", core::rule_name(finding.rule)));
  text += "::" + message_data(core::printable(finding.message));
  if (entry.accepted) text += " (accepted)";
  if (!entry.commit.empty()) text += " (in " + message_data(entry.commit.substr(0, 10)) + ")";
  if (!finding.hint.empty()) text += message_data("\nnext: " + core::printable(finding.hint));
  return text + '\n';
}

}  // namespace

std::string github(const Subject& subject, const std::vector<Entry>& entries) {
  std::vector<const Entry*> worst_first;
  for (const Entry& entry : entries) worst_first.push_back(&entry);
  std::stable_sort(worst_first.begin(), worst_first.end(),
                   [](const Entry* a, const Entry* b) { return rank(*a) < rank(*b); });
  std::string out;
  for (const Entry* entry : worst_first) out += annotation(*entry);
  return out + "git-stream: " + summary_text(subject, entries) + '\n';
}

}  // namespace gs::report
