#include "lib/report/merge_report.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/change.h"
#include "lib/core/json.h"
#include "lib/core/text.h"

namespace gs::report {

bool MergeReport::passes() const {
  return count(entries()).violations == 0 &&
         std::none_of(steps.begin(), steps.end(),
                      [](const StepRun& step) { return step.failed(); });
}

std::string MergeReport::verdict() const {
  const Counts counts = count(entries());
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (counts.violations > 0) add(core::counted(counts.violations, "violation"));
  std::size_t stopped = 0;
  for (const StepRun& step : steps) {
    if (step.failed())
      add(core::printable(step.name) + (step.outcome == "failed" ? " failed" : " timed out"));
    if (step.interrupted()) ++stopped;
  }
  if (passes() || steps.empty()) {
    if (stopped > 0) {
      add("validation interrupted");
    } else if (!not_validated.empty()) {
      std::string names;
      for (const std::string& name : not_validated)
        names += (names.empty() ? ": " : ", ") + core::printable(name);
      add("not validated" + (validated_in_part() ? names : ""));
    }
  }
  if (text.empty()) text = "sound";
  if (counts.warnings > 0) add(core::counted(counts.warnings, "warning"));
  return text;
}

bool MergeReport::validated_in_part() const {
  return std::any_of(steps.begin(), steps.end(), [](const StepRun& step) { return step.ok(); });
}

std::vector<Entry> MergeReport::entries() const {
  std::vector<Entry> all;
  for (const ReportedFinding& finding : findings) all.push_back(finding.entry);
  return all;
}

std::string subject_text(const MergeReport& report) {
  return core::printable(report.branch) + " at " + core::short_id(report.commit);
}

std::string duration_text(std::int64_t milliseconds) {
  constexpr std::int64_t kSecond = 1000, kMinute = 60 * kSecond;
  if (milliseconds < kMinute)
    return fmt::format("{}.{} s", milliseconds / kSecond, milliseconds % kSecond / 100);
  return fmt::format("{} min {} s", milliseconds / kMinute, milliseconds % kMinute / kSecond);
}

std::string html(const MergeReport& report) {
  return html(document_of(report));
}

std::string markdown(const MergeReport& report) {
  return markdown(document_of(report));
}

std::string text(const MergeReport& report) {
  std::string text = fmt::format("{} at {}: {}\n", core::printable(report.branch),
                                 core::short_id(report.commit), report.verdict());
  for (const ReportedFinding& finding : report.findings) {
    if (!finding.entry.accepted) text += finding_text(finding.entry.finding);
  }
  for (const StepRun& step : report.steps) {
    text += fmt::format("  {}: {}", core::printable(step.name), core::printable(step.text));
    if (step.milliseconds > 0) text += ", " + duration_text(step.milliseconds);
    text += '\n';
  }
  if (!report.steps_note.empty()) text += "  " + core::printable(report.steps_note) + "\n";
  return text;
}

namespace {

Subject subject_of(const MergeReport& report) {
  return {report.branch + " at " + core::short_id(report.commit),
          report.version,
          report.files_checked,
          report.imports_checked,
          {},
          report.steps};
}

}  // namespace

std::string junit(const MergeReport& report) {
  return junit(subject_of(report), report.entries());
}

std::string sarif(const MergeReport& report) {
  return sarif(subject_of(report), report.entries());
}

// JSON: every value as it is.

namespace {

using core::JsonWriter;

void write_time(JsonWriter& json, std::string_view name, const std::optional<core::Instant>& time) {
  json.key(name);
  time ? json.value(core::format_utc(*time)) : json.null();
}

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  json.key(name).begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_incoming(JsonWriter& json, const Incoming& incoming) {
  json.key("merged").begin_object().member("before", incoming.before);
  json.member("commit_count", incoming.commit_count).member("file_count", incoming.file_count);
  json.key("commits").begin_array();
  for (const MergedCommit& commit : incoming.commits) {
    json.begin_object().member("commit", commit.id).member("subject", commit.subject);
    json.member("author", commit.author).member("stream", commit.stream);
    json.member("merge", commit.merge);
    write_time(json, "time", commit.time);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_findings(JsonWriter& json, const MergeReport& report) {
  json.key("findings").begin_array();
  for (const ReportedFinding& found : report.findings) {
    const core::Finding& finding = found.entry.finding;
    json.begin_object().member("rule", core::rule_name(finding.rule));
    json.member("severity", finding.severity == core::Severity::block ? "block" : "warn");
    json.member("file", core::json_path(finding.path)).member("line", finding.line);
    json.member("message", finding.message).member("hint", finding.hint);
    json.member("accepted", found.entry.accepted).key("excerpt");
    if (found.excerpt) {
      json.begin_object().member("first_line", found.excerpt->first);
      write_texts(json, "lines", found.excerpt->lines);
      json.end_object();
    } else {
      json.null();
    }
    json.end_object();
  }
  json.end_array();
}

void write_steps(JsonWriter& json, const MergeReport& report) {
  json.key("steps").begin_array();
  for (const StepRun& step : report.steps) {
    json.begin_object().member("name", step.name).member("outcome", step.outcome);
    json.member("text", step.text).member("duration_ms", step.milliseconds);
    json.member("log", core::json_path(step.log));
    write_texts(json, "command", step.command);
    write_texts(json, "tail", step.tail);
    json.end_object();
  }
  json.end_array().member("steps_note", report.steps_note);
  write_texts(json, "not_validated", report.not_validated);
}

void write_number(JsonWriter& json, std::string_view name,
                  const std::optional<std::size_t>& number) {
  json.key(name);
  number ? json.value(*number) : json.null();
}

void write_streams(JsonWriter& json, const MergeReport& report) {
  json.key("streams").begin_array();
  for (const StreamSummary& stream : report.streams) {
    json.begin_object().member("stream", stream.id).member("name", stream.name);
    json.member("status", state_text(stream.state)).member("phase", stream.phase);
    json.member("branch", core::json_path(stream.branch));
    write_texts(json, "depends_on", stream.depends_on);
    write_texts(json, "agents", stream.agents);
    write_number(json, "ahead", stream.ahead);
    write_number(json, "behind", stream.behind);
    json.member("locks", stream.locks).member("warnings", stream.warnings);
    write_time(json, "started_at", stream.started_at);
    write_time(json, "completed_at", stream.completed_at);
    write_time(json, "merged_at", stream.merged_at);
    json.end_object();
  }
  json.end_array();
}

void write_lane(JsonWriter& json, const Lane& lane) {
  json.begin_object().member("agent", lane.agent).member("stream", lane.stream);
  json.member("locks_taken", lane.locks_taken).key("totals").begin_object();
  for (std::size_t i = 0; i < kActionKinds; ++i) json.member(kActionNames[i], lane.totals[i]);
  json.end_object().key("bins").begin_array();
  for (std::size_t bin = 0; bin < lane.bins.size(); ++bin) {
    const ActionCounts& counts = lane.bins[bin];
    if (counts == ActionCounts{} && !lane.holds[bin]) continue;  // most of them
    json.begin_object().member("bin", bin);
    for (std::size_t i = 0; i < kActionKinds; ++i) {
      if (counts[i] > 0) json.member(kActionNames[i], counts[i]);
    }
    if (lane.holds[bin]) json.member("holds_lock", true);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_timeline(JsonWriter& json, const Timeline& timeline) {
  json.key("timeline").begin_object();
  write_time(json, "from", timeline.from);
  write_time(json, "to", timeline.to);
  json.member("bins", timeline.bins).member("lines", timeline.lines);
  json.member("torn", timeline.torn).member("lanes_left_out", timeline.more_lanes);
  json.key("lanes").begin_array();
  for (const Lane& lane : timeline.lanes) write_lane(json, lane);
  json.end_array().end_object();
}

void write_matrix(JsonWriter& json, const LayerMatrix& matrix) {
  json.key("layers").begin_object();
  write_texts(json, "names", matrix.layers);
  json.member("unplaced_imports", matrix.unplaced).key("imports").begin_array();
  for (std::size_t row = 0; row < matrix.layers.size(); ++row) {
    for (std::size_t column = 0; column < matrix.layers.size(); ++column) {
      const LayerMatrix::Cell& cell = matrix.at(row, column);
      if (cell.imports == 0) continue;
      json.begin_object().member("from", row).member("to", column);
      json.member("imports", cell.imports).member("violations", cell.violations).end_object();
    }
  }
  json.end_array().end_object();
}

}  // namespace

std::string json(const MergeReport& report) {
  JsonWriter json;
  json.begin_object().member("schema", 1).member("version", report.version);
  json.member("repository", report.repository).member("branch", core::json_path(report.branch));
  json.member("commit", report.commit).member("occasion", report.occasion);
  json.member("who", report.who);
  write_time(json, "made_at", report.made_at);
  json.member("sound", report.sound()).member("verdict", report.verdict());
  json.member("files_checked", report.files_checked);
  json.member("imports_checked", report.imports_checked);
  write_incoming(json, report.incoming);
  write_findings(json, report);
  write_steps(json, report);
  write_streams(json, report);
  write_timeline(json, report.timeline);
  write_matrix(json, report.matrix);
  write_texts(json, "troubles", report.troubles);
  return json.end_object().take() + '\n';
}

}  // namespace gs::report
