// git stream locks: who holds what, until when.

#include "lib/state/locks.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/state/clock.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/lock_text.h"

namespace gs::command {

namespace {

void print_table(const core::LockTable& locks, core::Instant now) {
  std::size_t path_width = 0, agent_width = 0;
  for (const core::Lock& lock : locks) {
    path_width = std::max(path_width, core::quote_path(lock.path).size());
    agent_width = std::max(agent_width, core::printable(lock.agent).size());
  }
  for (const core::Lock& lock : locks) {
    const std::string left =
        lock.live(now) ? "until " + core::format_local(lock.expires, now, &state::offset_at) +
                             " (" + core::format_duration(lock.expires - now) + ")"
                       : "expired";
    std::string line = fmt::format("{:<{}}  {:<{}}  {}", core::quote_path(lock.path), path_width,
                                   core::printable(lock.agent), agent_width, left);
    if (lock.automatic) line += "  (automatic)";
    if (!lock.task.empty()) line += "  " + core::printable(lock.task);
    std::printf("%s\n", line.c_str());
  }
}

core::ExitCode locks(Context& context) {
  session::Session& session = context.session();
  core::LockTable table = state::read_locks(session.state());
  std::sort(table.begin(), table.end());
  if (context.json) {
    core::JsonWriter json = Context::begin_json();
    write_locks(json, "locks", table);
    Context::print_json(json);
  } else {
    print_table(table, session.now());
  }
  return core::ExitCode::clean;
}

}  // namespace

Action declare_locks(CommandLine&) {
  return [](Context& context) { return locks(context); };
}

}  // namespace gs::command
