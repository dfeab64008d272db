#pragma once
// The merge report: what was merged, what was found, how the streams stand, and who did what when.
// Values that lib/streams gathers (merge_report.h there), and their formats. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/time.h"
#include "lib/report/document.h"
#include "lib/report/findings.h"
#include "lib/report/graph.h"

namespace gs::report {

// Lines of a file as it was judged, bytes as they are; cut where a line is very long.
struct Excerpt {
  std::uint32_t first = 1;  // number of the first line
  std::vector<std::string> lines;
};

struct ReportedFinding {
  Entry entry;
  std::optional<Excerpt> excerpt;
};

struct MergedCommit {
  std::string id, subject, author, stream;  // author: the agent, where the log knows it
  core::Instant time{};
  bool merge = false;
};

// What was merged.
struct Incoming {
  std::string before;                 // 40 hex digits; empty: nothing to compare with
  std::vector<MergedCommit> commits;  // newest first, not more than kCommitsShown
  std::size_t commit_count = 0, file_count = 0;
};
inline constexpr std::size_t kCommitsShown = 200;

struct StreamSummary {
  std::string id, name, branch;
  NodeState state = NodeState::waiting;
  std::size_t phase = 0;                // from 1; 0: unknown
  std::vector<std::string> depends_on;  // ids of streams
  std::vector<std::string> agents;
  std::optional<std::size_t> ahead, behind;
  std::size_t locks = 0, warnings = 0;
  std::optional<core::Instant> started_at, completed_at, merged_at;
};

// Kinds of actions in the log, in the order in which they are shown.
enum class ActionKind { committed, merged, validated, blocked, other };
inline constexpr std::size_t kActionKinds = 5;
inline constexpr std::array<std::string_view, kActionKinds> kActionNames{
    "committed", "merged", "validated", "blocked", "other"};
using ActionCounts = std::array<std::uint32_t, kActionKinds>;

// One agent's time, cut into bins of equal length.
struct Lane {
  std::string agent, stream;
  std::vector<ActionCounts> bins;
  std::vector<bool> holds;  // a lock at some moment of the bin
  ActionCounts totals{};
  std::uint32_t locks_taken = 0;
};

struct Timeline {
  core::Instant from{}, to{};
  std::size_t bins = 0, lines = 0, torn = 0;
  std::vector<Lane> lanes;     // by stream and agent
  std::size_t more_lanes = 0;  // agents that were left out: those who did least
};

// Imports between layers: rows import columns.
struct LayerMatrix {
  struct Cell {
    std::uint32_t imports = 0, violations = 0;
  };
  std::vector<std::string> layers;
  std::vector<Cell> cells;   // row by row
  std::size_t unplaced = 0;  // imports that a module in no layer has part in

  const Cell& at(std::size_t row, std::size_t column) const {
    return cells[row * layers.size() + column];
  }
};

struct MergeReport {
  std::string repository;  // the main worktree's name
  std::string version;     // of git-stream
  std::string branch;      // the integration branch, or what was judged
  std::string commit;      // 40 hex digits
  std::string occasion;    // "git merge", "git stream report"
  std::string who;
  core::Instant made_at{};
  Incoming incoming;
  std::vector<ReportedFinding> findings;
  bool of_merge = false;  // the findings are the merge's alone; otherwise all of the tree
  std::size_t files_checked = 0, imports_checked = 0;
  std::vector<StepRun> steps;
  std::string steps_note;                  // why there are none, or of when they are
  std::vector<std::string> not_validated;  // steps of the policy that say nothing of the commit
  std::vector<StreamSummary> streams;
  Timeline timeline;
  LayerMatrix matrix;
  std::vector<std::string> troubles;  // what could not be found out
  core::OffsetAt offset = nullptr;    // local time for people; none: UTC

  // No violation, and no step failed: as far as anybody looked.
  bool passes() const;
  // The same, and every step of the policy looked.
  bool sound() const { return passes() && not_validated.empty(); }
  // "2 violations, tests failed", "not validated: tests", "sound", for a headline.
  std::string verdict() const;
  bool validated_in_part() const;  // a step passed
  std::vector<Entry> entries() const;
};

// "develop at 1a2b3c4d5e"
std::string subject_text(const MergeReport& report);
// "12.3 s", "4 min 5 s"
std::string duration_text(std::int64_t milliseconds);

// The report as a document, and in the formats of programs. Each text ends with a newline.
Document document_of(const MergeReport& report);
std::string html(const MergeReport& report);
std::string markdown(const MergeReport& report);
std::string json(const MergeReport& report);   // {"schema": 1, …}: everything
std::string junit(const MergeReport& report);  // findings and steps as test cases
std::string sarif(const MergeReport& report);  // findings; steps as notifications
std::string text(const MergeReport& report);   // a few lines for a terminal

}  // namespace gs::report
