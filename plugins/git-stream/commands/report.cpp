// git stream report: the whole of it on one page, made now or after the last merge.

#include <algorithm>
#include <cstdio>

#include "lib/conflicts/stream_work.h"
#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/process/process.h"
#include "lib/state/files.h"
#include "lib/streams/merge_report.h"
#include "lib/streams/report_store.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using streams::ReportFormat;
using streams::StoredReport;

struct ReportOptions {
  bool last = false, list = false, open = false;
  std::string html, format;
};

const ReportFormat& format_named(std::string_view name) {
  for (const ReportFormat& format : streams::kReportFormats) {
    if (format.name == name) return format;
  }
  throw Error(ExitCode::usage, "--format: there is no '" + core::printable(name) + "'",
              "text, json, markdown, junit, sarif or html");
}

report::MergeReport report_now(session::Session& session) {
  return streams::gather_merge_report(session, {conflicts::integration_tip(session),
                                                {},
                                                session.policy().integration_branch.str(),
                                                "git stream report"});
}

StoredReport last_report(session::Session& session) {
  std::vector<StoredReport> all = streams::stored_reports(session.state());
  if (!all.empty()) return all.front();
  throw Error(ExitCode::usage, "there is no report yet", "git stream report");
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void write_html(const fs::path& file, const std::string& page) {
  std::error_code error;
  const fs::path target = fs::absolute(file, error);
  state::AtomicFile out(target, state::AtomicFile::Durability::cache);
  out.write(page);
  out.commit();
}

// With whatever git shows its own web pages in (git-web--browse(1)).
void open_page(const fs::path& page) {
  const int status = process::run_attached({{"git", "web--browse", page.string()}, {}, {}, {}, {}});
  if (status != 0)
    throw Error(ExitCode::usage,
                "no browser could be started for " + core::quote_path(page.native()),
                "git config web.browser NAME");
}

ExitCode list(Context& context) {
  const auto reports = streams::stored_reports(context.session().state());
  core::JsonWriter json = Context::begin_json();
  json.key("reports").begin_array();
  for (const StoredReport& report : reports) {
    if (context.json) {
      json.begin_object().member("folder", core::json_path(report.folder.native()));
      json.member("made_at", report.made_at).member("branch", report.branch);
      json.member("commit", report.commit).member("occasion", report.occasion);
      json.member("verdict", report.verdict).end_object();
    } else {
      std::printf("%s  %s at %s  %s: %s\n", core::printable(report.made_at).c_str(),
                  core::printable(report.branch).c_str(),
                  core::printable(core::short_id(report.commit)).c_str(),
                  core::printable(report.occasion).c_str(),
                  core::printable(report.verdict).c_str());
    }
  }
  json.end_array();
  if (context.json) Context::print_json(json);
  return ExitCode::clean;
}

// What was made after the last merge, as it was made then.
ExitCode show_last(const ReportOptions& options, Context& context) {
  const StoredReport last = last_report(context.session());
  const auto content = [&](const ReportFormat& format) {
    if (auto text = streams::read_report(last, format)) return *text;
    throw Error(ExitCode::broken, "the report in " + core::quote_path(last.folder.native()) +
                                      " is not whole: no " + std::string(format.file));
  };
  if (!options.html.empty()) write_html(options.html, content(format_named("html")));
  if (!options.format.empty() && options.format != "text") {
    print(content(format_named(options.format)));
  } else if (options.html.empty() && !options.open) {
    print(content(format_named("markdown")));
  }
  if (options.open)
    open_page(options.html.empty() ? last.folder / "report.html" : fs::path(options.html));
  return ExitCode::clean;
}

ExitCode make(const ReportOptions& options, Context& context) {
  session::Session& session = context.session();
  const report::MergeReport report = report_now(session);
  if (!options.html.empty()) write_html(options.html, report::html(report));
  if (!options.format.empty() && options.format != "text") {
    print(format_named(options.format).render(report));
  }
  if (options.format.empty() || options.format == "text") print(report::text(report));
  fs::path page = options.html;
  if (options.html.empty() && (options.format.empty() || options.open)) {
    const fs::path folder = streams::new_report_folder(session.state(), session.now(),
                                                       conflicts::integration_tip(session));
    streams::write_report(session.state(), folder, report);
    page = folder / "report.html";
  }
  if (options.format.empty()) std::printf("page: %s\n", core::quote_path(page.native()).c_str());
  if (options.open) {
    std::fflush(stdout);
    open_page(page);
  }
  return ExitCode::clean;
}

ExitCode report_command(ReportOptions options, Context& context) {
  if (options.list) return list(context);
  if (context.json) options.format = "json";
  if (!options.format.empty() && options.format != "text") format_named(options.format);
  return options.last ? show_last(options, context) : make(options, context);
}

}  // namespace

Action declare_report(CommandLine& app) {
  auto options = std::make_shared<ReportOptions>();
  app.flag("--last", options->last, "show the last one that was stored, and make none");
  app.flag("--list", options->list, "list those that are stored");
  app.flag("--open", options->open, "open the page in a browser");
  app.option("--html", options->html, "write the page to this file").called("FILE");
  app.option("--format", options->format, "print it so, and store nothing")
      .called("text|json|markdown|junit|sarif|html");
  return [options](Context& context) { return report_command(*options, context); };
}

}  // namespace gs::command
