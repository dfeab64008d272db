#pragma once
// What the commands that show a log have in common.

#include <functional>
#include <string>

#include "lib/state/journal.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

struct LogOptions {
  std::string agent, since;
  std::size_t last = 0;
  bool follow = false;

  // --agent, --since, --last and --follow.
  void declare(CommandLine& app);
  // Throws core::Error (usage) for a --since that is no time.
  state::LogFilter filter(core::Instant now) const;
};

using LineText = std::string (*)(const state::LogLine& line);

// Prints the lines that match, as `text` puts them or as the JSON they are, then follows the log if
// that was asked for.
core::ExitCode show_log(Context& context, const std::filesystem::path& file,
                        const state::LogFilter& filter, bool follow, LineText text);

}  // namespace gs::command
