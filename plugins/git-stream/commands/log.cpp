// git stream log: the activity of every agent, in one place.

#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/log_options.h"
#include "plugins/git-stream/commands/log_text.h"

namespace gs::command {

namespace {

struct LogCommandOptions : LogOptions {
  std::string action, stream;
};

core::ExitCode log(const LogCommandOptions& options, Context& context) {
  session::Session& session = context.session();
  state::LogFilter filter = options.filter(session.now());
  if (!options.action.empty()) filter.action = options.action;
  if (!options.stream.empty()) filter.stream = options.stream;
  return show_log(context, session.state().activity(), filter, options.follow, line_text);
}

}  // namespace

Action declare_log(CommandLine& app) {
  auto options = std::make_shared<LogCommandOptions>();
  options->declare(app);
  app.option("--stream", options->stream, "only this stream's lines");
  app.option("--action", options->action, "only this action: committed, blocked, locked, …");
  return [options](Context& context) { return log(*options, context); };
}

}  // namespace gs::command
