#pragma once
// A whole report with everything in it, as after an afternoon of three streams.

#include "lib/report/merge_report.h"
#include "tests/unit/report/report_test_support.h"

namespace gs::report {

inline core::Instant at(int minutes) {
  return core::parse_time("2025-12-06T13:00:00Z", nullptr).value() + core::Seconds(60 * minutes);
}

inline Timeline timeline(std::size_t lanes, std::size_t bins) {
  Timeline line{at(0), at(240), bins, 120, 1, {}, 0};
  for (std::size_t i = 0; i < lanes; ++i) {
    Lane lane{"agent-" + std::string(1, static_cast<char>('A' + i % 26)) + std::to_string(i / 26),
              "F",
              std::vector<ActionCounts>(bins),
              std::vector<bool>(bins),
              {4, 1, 1, 2, 9},
              3};
    for (std::size_t bin = i; bin < bins; bin += 7) {
      lane.bins[bin][bin % kActionKinds] = static_cast<std::uint32_t>(1 + bin % 12);
      lane.holds[bin] = lane.holds[bin / 2] = true;
    }
    line.lanes.push_back(std::move(lane));
  }
  return line;
}

inline MergeReport full_report() {
  MergeReport all;
  all.repository = "trading-bot";
  all.version = "0.1.0";
  all.branch = "develop";
  all.commit = std::string(40, '1');
  all.occasion = "git stream merge F";
  all.who = "Ada";
  all.made_at = at(241);
  all.incoming = {std::string(40, '0'), {}, 3, 12};
  all.incoming.commits = {
      {std::string(40, '1'), "Merge stream F", "Ada", "F", at(240), true},
      {std::string(40, '2'), "Consolidate sentiment", "agent-F1", "F", at(60), false},
      {std::string(40, '3'), "Score headlines", "agent-F2", "F", at(30), false}};
  for (const Entry& entry : entries()) all.findings.push_back({entry, {}});
  all.findings[0].excerpt =
      Excerpt{1, {"\"\"\"News.\"\"\"", "from llm import sentiment", "x = '<&'"}};
  all.findings[2].excerpt = Excerpt{7, {"\xff\xfe", "</code></pre>", kHostile}};
  all.files_checked = 1;
  all.imports_checked = 240123;
  all.steps = {
      {"types", "ok", "ok", {"mypy", "."}, 2345, "reports/validate-types.log", {"Success"}},
      {"tests",
       "failed",
       "FAILED (exit 1)",
       {"pytest"},
       61000,
       "reports/t.log",
       {"1 failed", "<b>"}},
      {"imports", "missing", "not run: python3", {"python3", "-c", "a\nb"}, 0, "", {}}};
  all.streams = {{"A",
                  "Foundation",
                  "feature/a",
                  NodeState::merged,
                  1,
                  {},
                  {"A1"},
                  0,
                  2,
                  0,
                  0,
                  at(0),
                  at(9),
                  at(10)},
                 {"F",
                  "LLM",
                  "feature/f",
                  NodeState::in_progress,
                  2,
                  {"A"},
                  {"F1", "F2"},
                  3,
                  0,
                  1,
                  2,
                  at(1),
                  {},
                  {}},
                 {"G",
                  "Execution",
                  "feature/g",
                  NodeState::waiting,
                  3,
                  {"A", "F"},
                  {},
                  {},
                  {},
                  0,
                  0,
                  {},
                  {},
                  {}}};
  all.timeline = timeline(3, 96);
  all.matrix = {{"foundation", "models", "apps"}, std::vector<LayerMatrix::Cell>(9), 4};
  all.matrix.cells[3] = {12, 0};
  all.matrix.cells[1] = {2, 1};
  all.troubles = {"a file is damaged"};
  return all;
}

// The same with names that are trouble in every format, wherever somebody else may name something.
inline MergeReport hostile() {
  const std::string bad = "<script>alert(1)</script>\" onload=\"x" + kHostile;
  MergeReport all = full_report();
  for (std::string* text : {&all.repository, &all.branch, &all.occasion, &all.who, &all.steps_note})
    *text += bad;
  for (MergedCommit& commit : all.incoming.commits) {
    for (std::string* text : {&commit.subject, &commit.author, &commit.stream}) *text += bad;
  }
  for (StepRun& step : all.steps) {
    for (std::string* text : {&step.name, &step.text, &step.log}) *text += bad;
    step.command.push_back(bad);
    step.tail.push_back(bad);
  }
  for (StreamSummary& stream : all.streams) {
    for (std::string* text : {&stream.name, &stream.branch}) *text += bad;
    stream.agents.push_back(bad);
    stream.depends_on.push_back(bad);
  }
  for (Lane& lane : all.timeline.lanes) {
    lane.agent += bad;
    lane.stream += bad;
  }
  for (std::string& layer : all.matrix.layers) layer += bad;
  for (std::string& trouble : all.troubles) trouble += bad;
  return all;
}

}  // namespace gs::report
