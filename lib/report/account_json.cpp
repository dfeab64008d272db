#include "lib/core/json_writer.h"
#include "lib/core/text.h"
#include "lib/report/markup.h"
#include "lib/report/renderings.h"

namespace gs::report {

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

void write_findings(JsonWriter& json, const Account& account) {
  json.key("findings").begin_array();
  for (const AccountFinding& found : account.findings) {
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

void write_steps(JsonWriter& json, const Account& account) {
  json.key("steps").begin_array();
  for (const StepRun& step : account.steps) {
    json.begin_object().member("name", step.name).member("outcome", step.outcome);
    json.member("text", step.text).member("duration_ms", step.milliseconds);
    json.member("log", core::json_path(step.log));
    write_texts(json, "command", step.command);
    write_texts(json, "tail", step.tail);
    json.end_object();
  }
  json.end_array().member("steps_note", account.steps_note);
}

void write_number(JsonWriter& json, std::string_view name,
                  const std::optional<std::size_t>& number) {
  json.key(name);
  number ? json.value(*number) : json.null();
}

void write_streams(JsonWriter& json, const Account& account) {
  json.key("streams").begin_array();
  for (const AccountStream& stream : account.streams) {
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
  for (std::size_t i = 0; i < kDeeds; ++i) json.member(kDeedNames[i], lane.totals[i]);
  json.end_object().key("bins").begin_array();
  for (std::size_t bin = 0; bin < lane.bins.size(); ++bin) {
    const DeedCounts& counts = lane.bins[bin];
    if (counts == DeedCounts{} && !lane.holds[bin]) continue;  // most of them
    json.begin_object().member("bin", bin);
    for (std::size_t i = 0; i < kDeeds; ++i) {
      if (counts[i] > 0) json.member(kDeedNames[i], counts[i]);
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

std::string account_json(const Account& account) {
  JsonWriter json;
  json.begin_object().member("schema", 1).member("version", account.version);
  json.member("repository", account.repository).member("branch", core::json_path(account.branch));
  json.member("commit", account.commit).member("occasion", account.occasion);
  json.member("who", account.who);
  write_time(json, "made_at", account.made_at);
  json.member("sound", account.sound()).member("verdict", account.verdict());
  json.member("files_checked", account.files_checked);
  json.member("imports_checked", account.imports_checked);
  write_incoming(json, account.incoming);
  write_findings(json, account);
  write_steps(json, account);
  write_streams(json, account);
  write_timeline(json, account.timeline);
  write_matrix(json, account.matrix);
  write_texts(json, "troubles", account.troubles);
  return json.end_object().take() + '\n';
}

}  // namespace gs::report
