#include "lib/streams/report_store.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <tuple>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/state/files.h"
#include "lib/state/journal.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr std::size_t kLargestReport = std::size_t{256} << 20;

// "20251206T100000Z-1a2b3c4d5e": nothing else in reports/ begins like that.
bool is_report_name(std::string_view name) {
  constexpr std::string_view kShape = "00000000T000000Z-";
  if (name.size() < kShape.size()) return false;
  return std::ranges::equal(name.substr(0, kShape.size()), kShape, [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
}

// Newest first: names begin with the second, and within it the files' own times tell.
std::vector<fs::path> report_folders(const state::StateDir& state) {
  constexpr std::size_t kSecond = 16;
  std::vector<std::tuple<std::string, fs::file_time_type, fs::path>> found;
  std::error_code error;
  for (fs::directory_iterator it(state.reports(), error), end; !error && it != end;
       it.increment(error)) {
    if (is_report_name(it->path().filename().native()) && it->is_directory(error) &&
        !it->is_symlink(error))
      found.emplace_back(it->path().filename().native().substr(0, kSecond),
                         fs::last_write_time(it->path(), error), it->path());
  }
  std::ranges::sort(found, std::greater{});
  std::vector<fs::path> folders;
  for (auto& entry : found) folders.push_back(std::move(std::get<fs::path>(entry)));
  return folders;
}

void prune(const state::StateDir& state) {
  const std::vector<fs::path> folders = report_folders(state);
  for (std::size_t i = kReportsKept; i < folders.size(); ++i) {
    std::error_code ignored;  // another process may be at it, too
    fs::remove_all(folders[i], ignored);
  }
}

}  // namespace

fs::path new_report_folder(const state::StateDir& state, core::Instant now,
                           const core::ObjectId& commit) {
  constexpr int kMost = 1000;
  state.create();
  std::string name = core::format_utc(now);
  std::erase_if(name, [](char c) { return c == '-' || c == ':'; });
  name += "-" + core::short_id(commit);
  std::error_code error;
  for (int number = 1; number < kMost; ++number) {
    const fs::path folder =
        state.reports() / (number == 1 ? name : name + "-" + std::to_string(number));
    if (fs::create_directory(folder, error)) return folder;
    if (error) break;
  }
  throw Error(ExitCode::broken, "cannot make a folder for the report in " +
                                    core::quote_path(state.reports().native()) + ": " +
                                    (error ? error.message() : "too many of this second"));
}

void write_report(const state::StateDir& state, const fs::path& folder,
                  const report::MergeReport& report) {
  for (const ReportFormat& format : kReportFormats) {
    state::AtomicFile file(folder / format.file, state::AtomicFile::Durability::cache);
    file.write(format.render(report));
    file.commit();
  }
  prune(state);
}

std::vector<StoredReport> stored_reports(const state::StateDir& state) {
  std::vector<StoredReport> reports;
  for (const fs::path& folder : report_folders(state)) {
    StoredReport report{folder, {}, {}, {}, {}, {}};
    const auto text = read_report(report, kReportFormats.back());
    if (!text) continue;
    auto objects = state::plain_objects("[" + *text + "]");
    if (objects.empty()) continue;
    auto& members = objects.front();
    report.commit = members["commit"];
    report.branch = members["branch"];
    report.occasion = members["occasion"];
    report.verdict = members["verdict"];
    report.made_at = members["made_at"];
    reports.push_back(std::move(report));
  }
  return reports;
}

std::optional<std::string> read_report(const StoredReport& report, const ReportFormat& format) {
  return state::read_file(report.folder / format.file, kLargestReport);
}

}  // namespace gs::streams
