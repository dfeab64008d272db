// git stream spawn: an agent's command, in its stream's worktree, in its name.

#include "lib/streams/lifecycle/spawn.h"

#include <cstdio>
#include <fmt/core.h>
#include <unistd.h>

#include "lib/core/text.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::ExitCode;
using streams::Spawned;

struct SpawnOptions {
  std::string agent, task_file;
  bool anyway = false, detach = false;
};

std::string end_text(const process::Ending& ending) {
  const auto whole = std::chrono::duration_cast<core::Seconds>(ending.duration);
  const std::string length =
      whole.count() < 60
          ? fmt::format("{:.1f} s", std::chrono::duration<double>(ending.duration).count())
          : core::format_duration(whole);
  const std::string how = ending.signal ? fmt::format("ended by signal {}", *ending.signal)
                                        : fmt::format("exit {}", ending.exit_code.value_or(0));
  return fmt::format("{}{} after {}", ending.interrupted ? "interrupted, " : "", how, length);
}

void print_json(const Spawned& spawned) {
  core::JsonWriter json = Context::begin_json();
  json.member("agent", spawned.agent.full()).member("stream", spawned.stream.str());
  json.member("pid", spawned.pid).member("log", core::json_path(spawned.log.native()));
  json.member("detached", !spawned.ending.has_value());
  if (spawned.ending) {
    if (spawned.ending->exit_code) json.member("exit_code", *spawned.ending->exit_code);
    if (spawned.ending->signal) json.member("signal", *spawned.ending->signal);
    json.member("interrupted", spawned.ending->interrupted);
    json.member("duration_ms", spawned.ending->duration.count());
  }
  Context::print_json(json);
}

ExitCode code_of(const process::Ending& ending) {
  if (ending.interrupted) return ExitCode::interrupted;
  return ending.succeeded() ? ExitCode::clean : ExitCode::findings;
}

ExitCode spawn(const SpawnOptions& options, Context& context) {
  streams::SpawnOptions wish;
  wish.agent = options.agent;
  wish.argv = context.words;
  if (!options.task_file.empty()) wish.task_file = std::filesystem::absolute(options.task_file);
  wish.anyway = options.anyway;
  wish.detach = options.detach;
  wish.show = !context.json && isatty(STDOUT_FILENO) != 0;
  const Spawned spawned = streams::spawn(context.session(), wish);
  if (context.json) print_json(spawned);
  const std::string agent = spawned.agent.full();
  const std::string log = from_here(spawned.log);
  if (!spawned.ending) {
    if (!context.json)
      std::printf("%s runs, pid %d, log %s\n", agent.c_str(), spawned.pid, log.c_str());
    return ExitCode::clean;
  }
  if (spawned.ending->log_error != 0)
    std::fprintf(stderr, "git-stream: the log of %s is not whole: %s\n", agent.c_str(),
                 log.c_str());
  const ExitCode code = code_of(*spawned.ending);
  const std::string end = agent + ": " + end_text(*spawned.ending);
  if (code == ExitCode::clean) {
    if (!context.json) std::printf("%s, log %s\n", end.c_str(), log.c_str());
  } else {
    std::fprintf(stderr, "git-stream: %s\n  next: read %s\n", end.c_str(), log.c_str());
  }
  return code;
}

}  // namespace

Action declare_spawn(CommandLine& app) {
  auto options = std::make_shared<SpawnOptions>();
  app.option("AGENT", options->agent, "the agent: F1, or agent-F1").required();
  app.option("--task-file", options->task_file, "what it is to do; made from its tasks if not")
      .called("FILE");
  app.flag("--detach", options->detach, "do not wait: it goes on when this terminal closes");
  app.flag("--anyway", options->anyway,
           "also before the agents that it comes after, or beside another");
  app.footer("After --, a command of your own instead of the policy's agent_command.");
  return [options](Context& context) { return spawn(*options, context); };
}

}  // namespace gs::command
