// What a merge report says, as a document: the one place that decides what is told, in which order
// and in which words.

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/report/merge_report.h"
#include "lib/report/pictures.h"

namespace gs::report {

namespace {

using Kind = Inline::Kind;

Text plain(std::string text) {
  return {{Kind::text, std::move(text)}};
}
Text code(std::string text) {
  return {{Kind::code, std::move(text)}};
}
Text status(Tone tone, std::string text) {
  return {{Kind::status, std::move(text), tone}};
}
Cell cell(std::string text) {
  return {plain(std::move(text))};
}
Cell number(std::size_t count) {
  return cell(std::to_string(count));
}
Cell number(const std::optional<std::size_t>& count) {
  return count ? number(*count) : Cell{};
}

// "2025-12-06 10:00" in local time (UTC, and said so, where nobody knows the place).
Inline minute(const MergeReport& report, core::Instant time) {
  constexpr std::size_t kMinutes = 16;
  const core::Seconds offset = report.offset != nullptr ? report.offset(time) : core::Seconds{0};
  std::string text = core::format_utc(time + offset).substr(0, kMinutes);
  std::replace(text.begin(), text.end(), 'T', ' ');
  if (report.offset == nullptr) text += " UTC";
  return {Kind::time, std::move(text), Tone::plain, core::format_utc(time)};
}

std::string noun(std::size_t count, std::string_view word) {
  return std::string(word) + (count == 1 ? "" : "s");
}

Tone tone_of(NodeState state) {
  switch (state) {
    case NodeState::ready:
      return Tone::ready;
    case NodeState::in_progress:
      return Tone::in_progress;
    case NodeState::completed:
      return Tone::completed;
    case NodeState::merged:
      return Tone::merged;
    default:
      return Tone::waiting;
  }
}

Tile steps_tile(const std::vector<StepRun>& steps) {
  const auto ok = static_cast<std::size_t>(std::ranges::count_if(steps, &StepRun::ok));
  const Tone tone = std::ranges::any_of(steps, &StepRun::failed) ? Tone::bad
                    : ok == steps.size()                         ? Tone::good
                                                                 : Tone::warn;
  return {tone, fmt::format("{} of {}", ok, steps.size()), "steps passed"};
}

std::vector<Tile> tiles_of(const MergeReport& report) {
  std::vector<Tile> tiles;
  const auto add = [&](Tone tone, std::size_t count, std::string label) {
    tiles.push_back({tone, std::to_string(count), std::move(label)});
  };
  const Counts counts = count(report.entries());
  add(counts.violations > 0 ? Tone::bad : Tone::good, counts.violations,
      noun(counts.violations, "violation"));
  if (counts.warnings > 0) add(Tone::warn, counts.warnings, noun(counts.warnings, "warning"));
  if (!report.steps.empty()) tiles.push_back(steps_tile(report.steps));
  const Incoming& incoming = report.incoming;
  if (incoming.commit_count > 0) {
    add(Tone::plain, incoming.commit_count, noun(incoming.commit_count, "commit") + " merged");
    add(Tone::plain, incoming.file_count, noun(incoming.file_count, "file") + " changed");
  }
  if (!report.streams.empty()) {
    const auto merged =
        std::ranges::count(report.streams, NodeState::merged, &StreamSummary::state);
    tiles.push_back(
        {Tone::plain, fmt::format("{} of {}", merged, report.streams.size()), "streams merged"});
  }
  return tiles;
}

Notice notice_of(const ReportedFinding& found) {
  const core::Finding& finding = found.entry.finding;
  const bool blocks = finding.severity == core::Severity::block;
  const Tone tone = found.entry.accepted ? Tone::plain : blocks ? Tone::bad : Tone::warn;
  Notice notice{{Kind::status, std::string(grade_text(found.entry)), tone},
                place_text(finding),
                std::string(core::rule_name(finding.rule)),
                plain(finding.message),
                {},
                finding.hint};
  if (found.excerpt) {
    notice.code = Code{found.excerpt->lines, found.excerpt->first, finding.line,
                       blocks ? Tone::bad : Tone::warn};
  }
  return notice;
}

// After a merge the layers may show more: what was wrong before it.
std::string nothing_found(const MergeReport& report) {
  if (!report.of_merge) return "Layers, circles and imports are as they should be.";
  std::size_t before = 0;
  for (const LayerMatrix::Cell& cell : report.matrix.cells) before += cell.violations;
  if (before == 0) return "The merge brings none.";
  return "The merge brings none. In the layers below, " + core::counted(before, "import") +
         (before == 1 ? " was" : " were") + " wrong before it.";
}

Section findings_of(const MergeReport& report) {
  constexpr std::size_t kShown = 500;  // a document is for reading; the JSON has all
  Section section{"findings", "Findings", {}, {}};
  if (report.files_checked > 0) {
    section.remark = core::counted(report.files_checked, "Python file") + ", " +
                     core::counted(report.imports_checked, "import") + " checked";
  }
  const std::size_t all = report.findings.size(), shown = std::min(kShown, all);
  for (std::size_t i = 0; i < shown; ++i)
    section.blocks.emplace_back(notice_of(report.findings[i]));
  if (all > shown)
    section.blocks.emplace_back(
        Paragraph{plain(fmt::format("… and {} more in report.json.", all - shown))});
  if (all == 0) section.blocks.emplace_back(Paragraph{plain(nothing_found(report))});
  return section;
}

std::string command_text(const std::vector<std::string>& words) {
  constexpr std::size_t kLongest = 160;
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + core::quote_shell(word);
  if (text.size() <= kLongest) return text;
  text.resize(kLongest);
  while (!text.empty() && !core::is_utf8(text)) text.pop_back();
  return text + "…";
}

Section steps_of(const MergeReport& report) {
  Section section{"steps", "Validation", report.steps_note, {}};
  if (report.steps.empty() && report.steps_note.empty()) section.remark = "no steps were run";
  if (report.steps.empty()) return section;
  Table table{"Validation steps",
              "The policy’s steps, in their order",
              {{"Step", Column::Kind::heading},
               {"Result"},
               {"Time", Column::Kind::quiet_number},
               {"Log", Column::Kind::wide},
               {"Command", Column::Kind::wide}},
              {}};
  for (const StepRun& step : report.steps) {
    const Tone tone = step.ok() ? Tone::good : step.failed() ? Tone::bad : Tone::warn;
    table.rows.push_back({cell(step.name),
                          {status(tone, step.text)},
                          cell(step.milliseconds > 0 ? duration_text(step.milliseconds) : ""),
                          {code(core::quote_path(step.log))},
                          {code(command_text(step.command))}});
  }
  section.blocks.emplace_back(std::move(table));
  for (const StepRun& step : report.steps) {
    if (step.tail.empty()) continue;
    Code output{step.tail};
    output.summary = {
        {Kind::name, step.name},
        {Kind::text, ": the last " + core::counted(step.tail.size(), "line") + " of its output"}};
    output.folded = !step.failed();
    section.blocks.emplace_back(std::move(output));
  }
  return section;
}

Section merged_of(const MergeReport& report) {
  constexpr std::size_t kAtOnce = 25;
  const Incoming& incoming = report.incoming;
  Section section{"merged", "What was merged", {}, {}};
  section.remark = core::counted(incoming.commit_count, "commit") + ", " +
                   core::counted(incoming.file_count, "file");
  if (!incoming.before.empty()) section.remark += ", since " + core::short_id(incoming.before);
  Table table{"Commits",
              "Newest first",
              {{"Change", Column::Kind::wide},
               {"By", Column::Kind::unbroken},
               {"Stream"},
               {"When", Column::Kind::quiet},
               {"Commit", Column::Kind::quiet}},
              {},
              false,
              kAtOnce,
              "More commits",
              "Older ones"};
  for (const MergedCommit& commit : incoming.commits) {
    Text subject = plain(commit.subject);
    if (commit.merge) {
      subject.insert(subject.begin(), {Kind::status, "merge", Tone::merged});
      subject.insert(subject.begin() + 1, {Kind::text, " "});
    }
    table.rows.push_back({{std::move(subject)},
                          cell(commit.author),
                          cell(commit.stream),
                          {{minute(report, commit.time)}},
                          {{{Kind::commit, core::short_id(commit.id)}}}});
  }
  section.blocks.emplace_back(std::move(table));
  if (incoming.commit_count > incoming.commits.size())
    section.blocks.emplace_back(Paragraph{plain(
        fmt::format("… and {} older ones.", incoming.commit_count - incoming.commits.size()))});
  return section;
}

Table stream_table(const MergeReport& report) {
  Table table{"Table of the streams",
              "Where every stream stands",
              {{"Stream", Column::Kind::heading},
               {"Status"},
               {"Depends on"},
               {"Agents"},
               {"Ahead", Column::Kind::number},
               {"Behind", Column::Kind::number},
               {"Locks", Column::Kind::number},
               {"Merged", Column::Kind::quiet},
               {"Branch", Column::Kind::wide}},
              {}};
  for (const StreamSummary& stream : report.streams) {
    const std::string name = stream.name == stream.id ? "" : " " + stream.name;
    table.rows.push_back({cell(stream.id + name),
                          {status(tone_of(stream.state), state_text(stream.state))},
                          cell(core::joined(stream.depends_on)),
                          cell(core::joined(stream.agents)),
                          number(stream.ahead),
                          number(stream.behind),
                          number(stream.locks),
                          stream.merged_at ? Cell{{minute(report, *stream.merged_at)}} : Cell{},
                          {code(stream.branch)}});
  }
  return table;
}

Section streams_of(const MergeReport& report) {
  Figure figure{"Graph of the streams",
                streams_svg(report.streams),
                {},
                "The same as a table",
                stream_table(report)};
  return {"streams", "Streams", "each after those it depends on", {std::move(figure)}};
}

Section timeline_of(const MergeReport& report) {
  const Timeline& timeline = report.timeline;
  Section section{"timeline", "Who did what", {}, {}};
  section.remark = period_text(timeline.from, timeline.to, report.offset) + ", " +
                   core::counted(timeline.lines, "line") + " of the log";
  if (timeline.torn > 0) section.remark += fmt::format(", {} unreadable", timeline.torn);
  Table table{"Table of what agents did",
              "What each agent did, all in all",
              {{"Agent", Column::Kind::heading}, {"Stream"}},
              {}};
  for (const std::string_view name : kActionNames)
    table.columns.push_back({std::string(name), Column::Kind::number});
  table.columns.push_back({"locks taken", Column::Kind::number});
  for (const Lane& lane : timeline.lanes) {
    std::vector<Cell> row{cell(lane.agent), cell(lane.stream)};
    for (const std::uint32_t count : lane.totals) row.push_back(number(count));
    row.push_back(number(lane.locks_taken));
    table.rows.push_back(std::move(row));
  }
  Figure figure{"Timeline", timeline_svg(timeline, report.offset), timeline_key(),
                "The same in numbers", std::move(table)};
  if (timeline.more_lanes > 0)
    figure.remark =
        plain(fmt::format("… and {} who did less.", core::counted(timeline.more_lanes, "agent")));
  section.blocks.emplace_back(std::move(figure));
  return section;
}

Cell matrix_cell(const LayerMatrix& matrix, std::size_t row, std::size_t column) {
  const LayerMatrix::Cell& at = matrix.at(row, column);
  if (at.violations > 0) {
    const std::string all = at.violations == at.imports ? "" : fmt::format(" of {}", at.imports);
    return {plain(fmt::format("{}{} wrong", at.violations, all)), Cell::Fill::wrong};
  }
  if (at.imports == 0) return {{}, column > row ? Cell::Fill::forbidden : Cell::Fill::absent};
  int heat = 0;  // by powers of five
  for (std::uint32_t bound = 1; heat < 4 && at.imports >= bound; bound *= 5) ++heat;
  return {plain(std::to_string(at.imports)),
          static_cast<Cell::Fill>(static_cast<int>(Cell::Fill::heat_0) + heat)};
}

Section layers_of(const MergeReport& report) {
  const LayerMatrix& matrix = report.matrix;
  Section section{"layers", "Layers", "imports go to the same layer, or to a lower one", {}};
  Table table{"Layer matrix",
              "How many imports lead from a row’s layer to a column’s",
              {{"from \\ to", Column::Kind::heading}},
              {},
              true};
  for (std::size_t row = 0; row < matrix.layers.size(); ++row) {
    table.columns.push_back({matrix.layers[row]});
    std::vector<Cell> cells{cell(matrix.layers[row])};
    for (std::size_t column = 0; column < matrix.layers.size(); ++column)
      cells.push_back(matrix_cell(matrix, row, column));
    table.rows.push_back(std::move(cells));
  }
  section.blocks.emplace_back(std::move(table));
  if (matrix.unplaced > 0)
    section.blocks.emplace_back(Paragraph{
        plain(core::counted(matrix.unplaced, "import") + " from or to modules in no layer.")});
  return section;
}

Text headline_of(const MergeReport& report) {
  const bool interrupted =
      std::ranges::any_of(report.steps, [](const auto& step) { return step.interrupted(); });
  return {{Kind::name, report.branch},
          {Kind::text, report.sound() && !interrupted ? " is sound" : ": " + report.verdict()}};
}

}  // namespace

Document document_of(const MergeReport& report) {
  Document document;
  document.repository = report.repository;
  document.subject = report.branch;
  document.revision = core::short_id(report.commit);
  document.headline = headline_of(report);
  document.verdict = report.verdict();
  document.outcome = report.sound()    ? Inline{Kind::status, "passed", Tone::good}
                     : report.passes() ? Inline{Kind::status, "not validated", Tone::warn}
                                       : Inline{Kind::status, "failed", Tone::bad};
  document.facts = {{Kind::name, report.occasion}, minute(report, report.made_at)};
  if (!report.who.empty()) document.facts.push_back({Kind::name, report.who});
  document.tiles = tiles_of(report);
  document.sections = {findings_of(report), steps_of(report)};
  if (report.incoming.commit_count > 0) document.sections.push_back(merged_of(report));
  if (!report.streams.empty()) document.sections.push_back(streams_of(report));
  if (!report.timeline.lanes.empty()) document.sections.push_back(timeline_of(report));
  if (!report.matrix.layers.empty()) document.sections.push_back(layers_of(report));
  document.unknown = report.troubles;
  document.maker = "git-stream " + report.version;
  return document;
}

}  // namespace gs::report
