// git stream warnings: the imports that agents were warned of.

#include <array>

#include "lib/core/import_conflict.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/log_options.h"
#include "plugins/git-stream/commands/log_text.h"

namespace gs::command {

namespace {

using core::ConflictLevel;

struct WarningsOptions : LogOptions {
  std::string severity;
};

// The named level and all that are worse; none named: all lines, also those without any.
std::vector<std::string> from_level(const std::string& least) {
  std::vector<std::string> wanted, names;
  for (const auto level : {ConflictLevel::low, ConflictLevel::medium, ConflictLevel::high}) {
    names.emplace_back(core::conflict_level_name(level));
    if (names.back() == least || !wanted.empty()) wanted.push_back(names.back());
  }
  if (!least.empty() && wanted.empty()) {
    const auto nearest = core::nearest_word(least, names);
    throw core::Error(core::ExitCode::usage,
                      "--severity: '" + core::printable(least) + "' is no severity",
                      nearest ? "--severity " + *nearest : "write low, medium or high");
  }
  return wanted;
}

core::ExitCode warnings(const WarningsOptions& options, Context& context) {
  const std::vector<std::string> severities = from_level(options.severity);
  session::Session& session = context.session();
  state::LogFilter filter = options.filter(session.now());
  filter.severities = severities;
  return show_log(context, session.state().warnings(), filter, options.follow, warning_text);
}

}  // namespace

Action declare_warnings(CommandLine& app) {
  auto options = std::make_shared<WarningsOptions>();
  options->declare(app);
  app.option("--severity", options->severity, "only this one and worse: low, medium or high");
  return [options](Context& context) { return warnings(*options, context); };
}

}  // namespace gs::command
