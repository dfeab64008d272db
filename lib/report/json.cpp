#include <algorithm>

#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/report.h"

namespace gs::report {

namespace {

void write_entry(core::JsonWriter& json, const Entry& entry) {
  const core::Finding& finding = entry.finding;
  const bool blocks = finding.severity == core::Severity::block;
  json.begin_object().member("rule", core::rule_name(finding.rule));
  json.member("severity", blocks ? "block" : "warn");
  json.member("file", core::json_path(finding.path)).member("line", finding.line);
  json.member("message", finding.message).member("hint", finding.hint);
  json.member("accepted", entry.accepted);
  if (!entry.commit.empty()) json.member("commit", entry.commit);
  json.end_object();
}

void write_notes(core::JsonWriter& json, std::string_view notes) {
  json.key("notes").begin_array();
  while (!notes.empty()) {
    const std::string_view line = notes.substr(0, notes.find('\n'));
    notes.remove_prefix(std::min(line.size() + 1, notes.size()));
    if (!line.empty()) json.value(line);
  }
  json.end_array();
}

}  // namespace

std::string json(const Subject& subject, const std::vector<Entry>& entries) {
  core::JsonWriter json;
  json.begin_object().member("schema", 1).member("subject", subject.what);
  json.key("findings").begin_array();
  for (const Entry& entry : entries) write_entry(json, entry);
  json.end_array();
  const Counts counts = count(entries);
  json.key("summary").begin_object();
  json.member("violations", counts.violations).member("warnings", counts.warnings);
  json.member("accepted", counts.accepted).member("files", subject.files_checked);
  json.member("imports", subject.imports_checked).end_object();
  write_notes(json, subject.notes);
  json.member("version", subject.version);
  return json.end_object().take() + '\n';
}

}  // namespace gs::report
