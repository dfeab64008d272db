// git stream conflicts: what would conflict if the streams were merged now.

#include <cstdio>

#include "lib/conflicts/conflict_search.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/conflicts_text.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using core::ExitCode;

struct ConflictsOptions {
  std::vector<std::string> streams;
  bool staged = false, dirty = false, strict = false, remotes = false;
};

ExitCode conflicts(const ConflictsOptions& options, Context& context) {
  conflicts::ConflictOptions asked;
  asked.streams = named_streams(context.session().policy(), options.streams);
  if (options.staged) asked.include = conflicts::Include::staged;
  if (options.dirty) asked.include = conflicts::Include::dirty;
  asked.remotes = options.remotes ? conflicts::Remotes::all
                                  : conflicts::remotes_by_policy(context.session().policy());
  const conflicts::ConflictReport found = conflicts::find_conflicts(context.session(), asked);
  if (context.wants_json()) {
    core::JsonWriter json = Context::begin_json();
    write_conflicts(json, found);
    context.answer(json);
  }
  if (context.wants_text()) std::fputs(conflicts_text(found, Ink::for_stdout()).c_str(), stdout);
  for (const std::string& trouble : found.troubles)
    std::fprintf(stderr, "git-stream: %s\n", trouble.c_str());
  const bool fails = found.blocks() || (options.strict && !found.conflicts.empty());
  if (fails) return ExitCode::findings;
  return found.troubles.empty() ? ExitCode::clean : ExitCode::broken;  // not all was looked at
}

}  // namespace

Action declare_conflicts(CommandLine& app) {
  auto options = std::make_shared<ConflictsOptions>();
  app.option("streams,--stream,--streams", options->streams, "only these (all under way)")
      .called("STREAMS");
  Option staged = app.flag("--staged", options->staged, "with what is staged in their worktrees");
  app.flag("--dirty", options->dirty, "with all that is in their worktrees, new files too")
      .excludes({staged});
  app.flag("-r,--remotes", options->remotes, "with streams' branches that are at remotes only");
  app.flag("--strict", options->strict, "fail on what is only worth knowing, too");
  return [options](Context& context) { return conflicts(*options, context); };
}

}  // namespace gs::command
