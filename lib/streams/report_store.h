#pragma once
// reports/ of the state directory: one folder a report, the last kReportsKept of them.

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/report/merge_report.h"
#include "lib/state/state_dir.h"

namespace gs::streams {

struct ReportFormat {
  std::string_view name, file;
  std::string (*render)(const report::MergeReport&);
};
// JSON comes last: a folder that has it is whole.
inline constexpr std::array<ReportFormat, 5> kReportFormats{{
    {"html", "report.html", report::html},
    {"markdown", "report.md", report::markdown},
    {"junit", "report.junit.xml", report::junit},
    {"sarif", "report.sarif", report::sarif},
    {"json", "report.json", report::json},
}};

inline constexpr std::size_t kReportsKept = 50;

// A new folder, "20251206T100000Z-1a2b3c4d5e" ("-2" where there is one). Throws core::Error
// (broken) when it cannot be made.
std::filesystem::path new_report_folder(const state::StateDir& state, core::Instant now,
                                        const core::ObjectId& commit);

// Writes every format, and removes the oldest folders beyond kReportsKept. Nothing else in reports/
// is touched.
void write_report(const state::StateDir& state, const std::filesystem::path& folder,
                  const report::MergeReport& report);

struct StoredReport {
  std::filesystem::path folder;
  std::string commit, branch, occasion, verdict, made_at;
};
// Whole ones, newest first.
std::vector<StoredReport> stored_reports(const state::StateDir& state);
// One of a report's files.
std::optional<std::string> read_report(const StoredReport& report, const ReportFormat& format);

}  // namespace gs::streams
