#include "lib/install/timers.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/checksum.h"
#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::install {

namespace {

void require_one_line(const std::filesystem::path& path) {
  if (path.native().find_first_of("\n\r") == std::string::npos) return;
  throw core::Error(core::ExitCode::usage, "no timer can name " + core::quote_path(path.native()) +
                                               ": it has a line break");
}

std::string replaced(std::string_view text, char what, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (c == what) {
      out += by;
    } else {
      out += c;
    }
  }
  return out;
}

// In a unit '%' begins a specifier.
std::string unit_text(const std::filesystem::path& path) {
  return replaced(path.native(), '%', "%%");
}

// A word of ExecStart=, in which '$' begins a variable as well.
std::string unit_word(const std::filesystem::path& path) {
  std::string text = replaced(path.native(), '\\', "\\\\");
  text = replaced(replaced(text, '"', "\\\""), '%', "%%");
  return '"' + replaced(text, '$', "$$") + '"';
}

// One for each repository.
std::string unit_name(const std::filesystem::path& folder) {
  return fmt::format("git-stream-sync-{:08x}", core::checksum(folder.native()) & 0xffffffff);
}

}  // namespace

std::string crontab_line(const TimedSync& sync) {
  require_one_line(sync.folder);
  const auto minutes = std::max<std::int64_t>(sync.interval.count() / 60, 1);
  // Not at the full hour, when all the others are.
  const std::string when = minutes >= 60  ? "7 * * * *"
                           : minutes == 1 ? "* * * * *"
                                          : fmt::format("*/{} * * * *", minutes);
  const std::string command =
      fmt::format("cd {} && {} sync >/dev/null 2>&1", core::quote_shell(sync.folder.native()),
                  core::quote_shell(sync.program.native()));
  return when + ' ' + replaced(command, '%', "\\%") + '\n';
}

std::string systemd_units(const TimedSync& sync) {
  require_one_line(sync.folder);
  const std::string name = unit_name(sync.folder), folder = unit_text(sync.folder);
  const auto seconds = std::max<std::int64_t>(sync.interval.count(), 60);
  return fmt::format(
      "# ~/.config/systemd/user/{0}.service\n"
      "[Unit]\n"
      "Description=git stream sync in {1}\n"
      "\n"
      "[Service]\n"
      "Type=oneshot\n"
      "WorkingDirectory={1}\n"
      "ExecStart={2} sync\n"
      "SuccessExitStatus=1 4\n"
      "\n"
      "# ~/.config/systemd/user/{0}.timer; then: systemctl --user enable --now {0}.timer\n"
      "[Unit]\n"
      "Description=git stream sync in {1}\n"
      "\n"
      "[Timer]\n"
      "OnStartupSec=60\n"
      "OnUnitActiveSec={3}\n"
      "RandomizedDelaySec={4}\n"
      "\n"
      "[Install]\n"
      "WantedBy=timers.target\n",
      name, folder, unit_word(sync.program), seconds, seconds / 10);
}

}  // namespace gs::install
