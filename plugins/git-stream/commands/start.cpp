// git stream start: branch, worktree and enrolment for streams whose dependencies are met.

#include "lib/streams/lifecycle/start.h"

#include <cstdio>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "plugins/git-stream/command.h"

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

// "F,E" and "F E" alike.
std::vector<core::StreamId> named(const StartOptions& options, const core::Policy& policy) {
  std::vector<core::StreamId> found;
  for (const std::vector<std::string>* list : {&options.words, &options.lists}) {
    for (std::string_view rest : *list) {
      while (!rest.empty()) {
        std::string name(rest.substr(0, rest.find(',')));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        name.erase(0, name.find_first_not_of(' '));
        name.erase(name.find_last_not_of(' ') + 1);
        if (!name.empty()) found.push_back(session::known_stream(policy, name));
      }
    }
  }
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

void print_started(session::Session& session, const Started& stream) {
  std::printf("%s\n", told(session, stream).c_str());
  for (const std::string& note : stream.notes) std::printf("  %s\n", note.c_str());
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
    std::string names;
    for (const core::StreamId& id : missing)
      names += (names.empty() ? "" : ", ") + title(session, id);
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

void print_json(const streams::StartReport& report, const Waiting& all) {
  core::JsonWriter json = Context::begin_json();
  json.key("streams").begin_array();
  for (const Started& stream : report.started) {
    json.begin_object().member("stream", stream.stream.str());
    if (stream.agent) json.member("agent", stream.agent->full());
    json.member("outcome", outcome_name(stream.outcome));
    json.member("status", core::status_name(stream.status));
    json.member("worktree", core::json_path(stream.worktree.string()));
    json.member("branch", core::json_path(stream.branch.str()));
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
    print_json(report, waiting(session));
  } else {
    print_refused(session, report.refused, request.ready || request.streams.size() > 1);
    if (idle) print_waiting(session, waiting(session));
  }
  return report.refused.empty() ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_start(CommandLine& app) {
  auto options = std::make_shared<StartOptions>();
  app.option("STREAM", options->words, "the streams to start: F E, or F,E");
  app.option("--streams,--stream", options->lists, "the same: F,E");
  app.flag("--per-agent", options->per_agent, "a branch and a worktree for each agent");
  app.flag("--ready", options->ready, "all streams whose dependencies are complete");
  app.flag("--again", options->again, "completed and merged streams too: another round");
  return [options](Context& context) { return start(*options, context); };
}

}  // namespace gs::command
