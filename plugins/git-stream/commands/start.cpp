// git stream start: branch, worktree and enrolment for streams whose dependencies are met.

#include "lib/streams/lifecycle/start.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using streams::Started;
using StartOutcome = Started::Outcome;

struct StartOptions {
  std::vector<std::string> words, lists;
  bool ready = false, again = false, per_agent = false;
};

std::vector<core::StreamId> named(const StartOptions& options, const core::Policy& policy) {
  std::vector<core::StreamId> found = named_streams(policy, options.words);
  for (core::StreamId& id : named_streams(policy, options.lists)) found.push_back(std::move(id));
  return found;
}

streams::StartRequest request_for(const StartOptions& options, session::Session& session) {
  if (!session.pinned()) throw Error(ExitCode::usage, "there is no policy yet", "git stream init");
  streams::StartRequest request{named(options, session.policy()), options.ready, options.again,
                                options.per_agent};
  if (request.streams.empty() && !request.ready)
    throw Error(ExitCode::usage, "which streams are to start?", "git stream start --ready");
  return request;
}

std::string title(session::Session& session, const core::StreamId& id) {
  const core::StreamSpec* stream = session.policy().find_stream(id);
  return stream != nullptr ? conflicts::titled(*stream) : id.str();
}

std::string told(session::Session& session, const Started& stream) {
  const std::string id = stream.stream.str(), where = from_here(stream.worktree);
  const std::string of = stream.agent ? stream.agent->full() + " of " : "";
  if (stream.outcome == StartOutcome::started)
    return "started " + of + "stream " + title(session, stream.stream) + " in " + where + " on " +
           stream.branch.str();
  const char* state = stream.status == core::StreamStatus::completed ? "completed" : "started";
  return of + "stream " + id + " is " + state + " already: " + where;
}

// How an agent's command is run in the worktree.
struct SpawnStep {
  core::AgentId agent;
  std::vector<core::AgentId> after;  // that are not complete: it cannot be run before

  std::string command(const core::Policy& policy) const {
    const std::string plain = "git stream spawn " + core::quote_shell(agent.short_name());
    return policy.agent_command.empty() ? plain + " -- COMMAND" : plain;
  }
};

// What can be done in a worktree that was started, as shell lines from here.
struct NextSteps {
  std::vector<SpawnStep> spawn;  // a step for each agent that works there
  std::string enter;             // "cd …"
  std::string merge;             // instead of all that: the stream is complete
};

NextSteps next_steps(session::Session& session, const Started& stream) {
  NextSteps steps;
  if (stream.status == core::StreamStatus::completed) {
    steps.merge = "git stream merge " + core::quote_shell(stream.stream.str());
    return steps;
  }
  const core::Policy& policy = session.policy();
  const state::Streams streams = state::read_streams(session.state());
  const state::StreamRecord* record = streams.find(stream.stream);
  for (const core::AgentSpec& agent : policy.find_stream(stream.stream)->agents) {
    const bool here = !stream.identity.agent || *stream.identity.agent == agent.id;
    const bool done = record != nullptr && record->completed(agent.id);
    if (here && !done)
      steps.spawn.push_back({agent.id, conflicts::missing_agents(policy, streams, agent)});
  }
  std::ranges::stable_partition(steps.spawn, [](const auto& step) { return step.after.empty(); });
  const std::string where = near_path(stream.worktree);
  steps.enter = "cd " + core::quote_shell(where.starts_with('-') ? "./" + where : where);
  return steps;
}

// The words after "next: " and "or: " can be given to a shell as they stand, but for COMMAND, which
// only a policy without agent_command leaves open.
void print_next(session::Session& session, const Started& stream) {
  const NextSteps steps = next_steps(session, stream);
  if (!steps.merge.empty()) {
    std::printf("  next: %s\n", steps.merge.c_str());
    return;
  }
  const core::Policy& policy = session.policy();
  const bool runs = !steps.spawn.empty() && steps.spawn.front().after.empty();
  std::vector<std::string> lines{steps.enter};
  if (runs)
    lines.insert(policy.agent_command.empty() ? lines.end() : lines.begin(),
                 steps.spawn.front().command(policy));
  std::printf("  next: %s\n", lines.front().c_str());
  if (lines.size() > 1) std::printf("  or: %s\n", lines.back().c_str());
  if (!runs && !steps.spawn.empty()) {
    const std::string names =
        core::joined(steps.spawn.front().after, std::mem_fn(&core::AgentId::full));
    std::printf("  once %s is complete: %s\n", names.c_str(),
                steps.spawn.front().command(policy).c_str());
  }
  std::string who = session::describe(stream.identity);
  if (!stream.identity.agent && !steps.spawn.empty())
    who += fmt::format("; as one of its agents: export {}={}", session::kAgentVariable,
                       steps.spawn.front().agent.full());
  std::printf("  identity there: %s\n", who.c_str());
}

void print_started(session::Session& session, const Started& stream) {
  std::printf("%s\n", told(session, stream).c_str());
  for (const std::string& note : stream.notes) std::printf("  %s\n", note.c_str());
  print_next(session, stream);
  std::fflush(stdout);
  for (const core::StreamId& id : stream.unmerged) {
    std::fprintf(stderr,
                 "git-stream: stream %s is not merged yet: stream %s starts without its work\n",
                 title(session, id).c_str(), stream.stream.str().c_str());
    std::fprintf(stderr, "  next: git stream merge %s\n", id.str().c_str());
  }
}

void print_refused(session::Session& session, const std::vector<streams::StartRefusal>& refused,
                   bool several) {
  for (const streams::StartRefusal& refusal : refused) {
    std::fprintf(stderr, "git-stream: cannot start stream %s: %s\n",
                 title(session, refusal.stream).c_str(), refusal.why.c_str());
    if (!refusal.next.empty()) std::fprintf(stderr, "  next: %s\n", refusal.next.c_str());
  }
  if (several && !refused.empty())
    std::fprintf(stderr, "git-stream: none of the streams was started\n");
}

using Waiting = std::vector<std::pair<core::StreamId, std::vector<core::StreamId>>>;

// Who has not started, and what for.
Waiting waiting(session::Session& session) {
  const core::Policy& policy = session.policy();
  const state::Streams state = conflicts::streams_now(session).streams;
  Waiting found;
  for (const core::StreamSpec& stream : policy.streams) {
    if (state.status(stream.id) != core::StreamStatus::waiting) continue;
    found.emplace_back(stream.id, conflicts::missing_dependencies(policy, state, stream));
  }
  return found;
}

void print_waiting(session::Session& session, const Waiting& all) {
  if (all.empty()) {
    const bool any = !session.policy().streams.empty();
    std::printf("%s\n", any ? "every stream is started" : "the policy has no streams");
  }
  for (const auto& [stream, missing] : all) {
    const std::string names =
        core::joined(missing, [&](const core::StreamId& id) { return title(session, id); });
    std::printf("stream %s waits for %s\n", title(session, stream).c_str(), names.c_str());
  }
}

void write_ids(core::JsonWriter& json, std::string_view key,
               const std::vector<core::StreamId>& ids) {
  json.key(key).begin_array();
  for (const core::StreamId& id : ids) json.value(id.str());
  json.end_array();
}

constexpr std::string_view outcome_name(StartOutcome outcome) {
  return outcome == StartOutcome::started    ? "started"
         : outcome == StartOutcome::repaired ? "mended"
                                             : "already";
}

void write_identity(core::JsonWriter& json, const core::Identity& identity) {
  json.key("identity").begin_object().key("agent");
  identity.agent ? json.value(identity.agent->full()) : json.null();
  json.member("stream", identity.stream->str()).end_object();
}

void write_next(core::JsonWriter& json, session::Session& session, const Started& stream) {
  const NextSteps steps = next_steps(session, stream);
  write_identity(json, stream.identity);
  json.key("spawn").begin_array();
  for (const SpawnStep& step : steps.spawn) {
    json.begin_object().member("agent", step.agent.full());
    json.member("command", step.command(session.policy())).key("after").begin_array();
    for (const core::AgentId& id : step.after) json.value(id.full());
    json.end_array().end_object();
  }
  json.end_array();
}

void print_json(session::Session& session, const streams::StartReport& report, const Waiting& all) {
  core::JsonWriter json = Context::begin_json();
  json.key("streams").begin_array();
  for (const Started& stream : report.started) {
    json.begin_object().member("stream", stream.stream.str());
    if (stream.agent) json.member("agent", stream.agent->full());
    json.member("outcome", outcome_name(stream.outcome));
    json.member("status", core::status_name(stream.status));
    json.member("worktree", core::json_path(stream.worktree.string()));
    json.member("branch", core::json_path(stream.branch.str()));
    write_next(json, session, stream);
    write_ids(json, "unmerged_dependencies", stream.unmerged);
    json.key("notes").begin_array();
    for (const std::string& note : stream.notes) json.value(note);
    json.end_array().end_object();
  }
  json.end_array().key("refused").begin_array();
  for (const streams::StartRefusal& refusal : report.refused) {
    json.begin_object().member("stream", refusal.stream.str()).member("why", refusal.why);
    write_ids(json, "missing", refusal.missing);
    json.member("next", refusal.next).end_object();
  }
  json.end_array().key("waiting").begin_array();
  for (const auto& [stream, missing] : all) {
    json.begin_object().member("stream", stream.str());
    write_ids(json, "missing", missing);
    json.end_object();
  }
  json.end_array();
  Context::print_json(json);
}

ExitCode start(const StartOptions& options, Context& context) {
  session::Session& session = context.session();
  const streams::StartRequest request = request_for(options, session);
  const auto each = [&](const Started& stream) {
    if (!context.json) print_started(session, stream);
  };
  const streams::StartReport report = streams::start_streams(session, request, each);
  const bool idle = request.ready && report.started.empty() && report.refused.empty();
  if (context.json) {
    print_json(session, report, waiting(session));
  } else {
    print_refused(session, report.refused, request.ready || request.streams.size() > 1);
    if (idle) print_waiting(session, waiting(session));
  }
  return report.refused.empty() ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_start(CommandLine& app) {
  auto options = std::make_shared<StartOptions>();
  app.option("STREAMS", options->words, "the streams to start: F E, or F,E");
  app.option("--streams,--stream", options->lists, "the same: F,E").called("STREAMS");
  app.flag("--per-agent", options->per_agent, "a branch and a worktree for each agent");
  app.flag("--ready", options->ready, "all streams whose dependencies are complete");
  app.flag("--again", options->again, "completed and merged streams too: another round");
  return [options](Context& context) { return start(*options, context); };
}

}  // namespace gs::command
