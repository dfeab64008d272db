#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fmt/core.h>
#include <thread>
#include <unistd.h>

#include "lib/coordination/open_store.h"
#include "lib/core/text.h"
#include "lib/platform/folder_watch.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/screen.h"
#include "plugins/git-stream/output/status_report.h"

namespace gs::command {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Where things change that are shown: state files, what was fetched of other hosts, refs, and every
// worktree's HEAD and index. Files of worktrees are looked at when the time has passed.
std::vector<fs::path> watched_folders(const git::Layout& layout, const fs::path& state) {
  constexpr std::size_t kMost = 2000;
  std::vector<fs::path> folders{state, layout.common_dir};
  const auto add_below = [&](const fs::path& top, int depth) {
    std::error_code ignored;
    folders.push_back(top);
    for (auto at = fs::recursive_directory_iterator(top, ignored);
         at != fs::recursive_directory_iterator() && folders.size() < kMost;
         at.increment(ignored)) {
      if (!at->is_directory(ignored)) continue;
      folders.push_back(at->path());
      if (at.depth() + 1 >= depth) at.disable_recursion_pending();
    }
  };
  constexpr int kDeepest = 16;
  std::error_code none;
  const fs::path fetched = coordination::coordination_folder(layout.common_dir);
  if (fs::is_directory(fetched, none)) folders.push_back(fetched);
  add_below(layout.common_dir / "refs/heads", kDeepest);
  const bool tables = layout.ref_storage.kind == git::RefStorage::Kind::reftable;
  if (tables) add_below(layout.common_dir / "reftable", 1);
  add_below(layout.common_dir / "worktrees", tables ? 2 : 1);
  return folders;
}

std::vector<Line> error_lines(const std::string& what, const std::string& next) {
  std::vector<Line> lines{{{"git-stream: " + core::printable(what), Style::bad}}};
  if (!next.empty()) lines.push_back({{"  next: " + core::printable(next)}});
  return lines;
}

// As much as the rows hold; when that is not all, without what seldom changes, and it is said how
// much is missing.
std::vector<Line> fitted(const StatusReport& report, TerminalSize room) {
  std::vector<Line> damage;
  for (const streams::Damage& one : report.overview.damage) {
    for (Line& line : error_lines(one.what, one.next)) damage.push_back(std::move(line));
  }
  std::vector<Line> lines = damage;
  const auto add = [&](std::vector<Line> more) {
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  };
  add(status_lines(report, room.columns));
  if (lines.size() <= room.rows) return lines;
  lines = std::move(damage);
  add(status_lines(report, room.columns, true));
  if (lines.size() <= room.rows || room.rows == 0) return lines;
  const std::size_t hidden = lines.size() - room.rows + 1;
  lines.resize(room.rows - 1);
  lines.push_back({{fmt::format("  … {} more lines", hidden), Style::faint}});
  return lines;
}

class Watch {
 public:
  explicit Watch(Context& context) : context_(context), colour_(wants_colour(STDOUT_FILENO)) {}

  // Changes that come while it draws are seen afterwards: folders are watched before they are read.
  void draw() {
    try {
      session::Session session(context_.any_repository());
      watch_.watch(watched_folders(session.repository().layout(), session.state().root()));
      watch_.take();
      screen_.show(fitted(status_report(session), screen_.size()), colour_);
    } catch (const core::Error& error) {
      screen_.show(error_lines(error.what(), error.hint()), colour_);
    }
  }

  // False: it is over.
  bool wait(milliseconds longest) {
    constexpr milliseconds kPause{100};  // many changes come together: they are drawn once
    switch (screen_.wait(watch_.descriptor(), longest)) {
      case Screen::Event::quit:
        return false;
      case Screen::Event::changed:
        return screen_.wait(-1, kPause) != Screen::Event::quit;
      case Screen::Event::redraw:
      case Screen::Event::nothing:
        break;
    }
    return true;
  }

  int ended_by() const { return screen_.ended_by(); }

 private:
  Context& context_;
  bool colour_;
  platform::FoldersWatch watch_;
  Screen screen_;
};

int watch_until_told(Context& context, milliseconds longest) {
  Watch watch(context);
  do {
    watch.draw();
  } while (watch.wait(longest));
  return watch.ended_by();
}

}  // namespace

// git stream status --watch: the same on a whole terminal, redrawn when something changes.
// Until 'q', Ctrl-C or a signal ends it. `longest`: looks again at the latest after so long. Throws
// core::Error (usage) when stdout is no terminal.
core::ExitCode watch_status(Context& context, milliseconds longest) {
  if (isatty(STDOUT_FILENO) == 0) {
    throw core::Error(core::ExitCode::usage, "--watch needs a terminal",
                      "git stream status, or --json for programs");
  }
  context.session();  // what is wrong from the start is said on the usual screen
  const int signal = watch_until_told(context, longest);
  if (signal == SIGINT) return core::ExitCode::interrupted;
  if (signal != 0) raise(signal);  // whoever sent it shall learn that it worked
  return core::ExitCode::clean;
}

// git stream status: streams, worktrees, identities, gates and locks on one screen.

namespace {

void print_text(const StatusReport& report) {
  const std::size_t columns = terminal_size(STDOUT_FILENO).columns;
  const bool colour = wants_colour(STDOUT_FILENO);
  std::string text;
  for (const Line& line : status_lines(report, columns))
    text += render(line, columns, colour) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// The rest was shown: what is damaged is an error all the same.
core::ExitCode complain(const StatusReport& report) {
  if (report.overview.damage.empty()) return core::ExitCode::clean;
  std::fflush(stdout);
  for (const streams::Damage& damage : report.overview.damage) {
    std::fprintf(stderr, "git-stream: %s\n", damage.what.c_str());
    if (!damage.next.empty()) std::fprintf(stderr, "  next: %s\n", damage.next.c_str());
  }
  return core::ExitCode::broken;
}

struct StatusOptions {
  Option watch;
  double seconds = 2;
};

core::ExitCode status(const StatusOptions& options, Context& context) {
  constexpr double kLeast = 0.1, kMost = 3600, kMilliseconds = 1000;
  if (options.watch.given()) {
    if (context.json)
      throw core::Error(core::ExitCode::usage, "--watch is for people, --json for programs");
    if (!(options.seconds >= kLeast && options.seconds <= kMost))
      throw core::Error(core::ExitCode::usage, "--watch takes 0.1 to 3600 seconds");
    const auto longest = static_cast<int>(options.seconds * kMilliseconds);
    return watch_status(context, std::chrono::milliseconds(longest));
  }
  session::Session& session = context.session();
  const StatusReport report = status_report(session);
  if (context.wants_json()) {
    core::JsonWriter json = Context::begin_json();
    write_status(json, session, report);
    context.answer(json);
  }
  if (context.wants_text()) print_text(report);
  return complain(report);
}

}  // namespace

Action declare_status(CommandLine& app) {
  auto options = std::make_shared<StatusOptions>();
  options->watch = app.option("--watch", options->seconds,
                              "stay, and redraw when something changes; at the latest every "
                              "SECONDS (2)")
                       .takes(0, 1)
                       .called("SECONDS")
                       .defaults_to("2");
  return [options](Context& context) { return status(*options, context); };
}

}  // namespace gs::command
