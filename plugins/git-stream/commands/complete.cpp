// git stream complete: streams, or single agents, whose work is done.

#include "lib/streams/lifecycle/complete.h"

#include <algorithm>
#include <cstdio>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/handoff_text.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using streams::Completion;
using streams::CompletionRequest;

struct CompleteOptions {
  std::vector<std::string> names, streams;
  std::string tests;
  bool anyway = false, empty = false;
};

struct Refused {
  std::string name, why, next;
};

// A stream's name, or an agent's.
CompletionRequest request_for(const core::Policy& policy, const std::string& name, bool stream) {
  CompletionRequest request;
  if (stream) {
    request.stream = session::known_stream(policy, name);
  } else {
    const session::KnownName known = session::known_name(policy, name);
    request.stream = known.stream;
    request.agent = known.agent;
  }
  return request;
}

// All names first: a slip of the keyboard in the last one should not leave half of it done.
std::vector<CompletionRequest> requests_for(const core::Policy& policy,
                                            const CompleteOptions& options) {
  std::vector<CompletionRequest> requests;
  for (const bool stream : {false, true}) {
    for (const std::string& list : stream ? options.streams : options.names) {
      for (const std::string& name : words_of_list(list)) {
        CompletionRequest request = request_for(policy, name, stream);
        request.tests = options.tests;
        request.anyway = options.anyway;
        request.empty = options.empty;
        requests.push_back(std::move(request));
      }
    }
  }
  if (requests.empty())
    throw Error(ExitCode::usage, "which stream or agent is complete?", "git stream complete -h");
  return requests;
}

std::string name_of(const CompletionRequest& request) {
  return request.agent ? request.agent->short_name() : request.stream.str();
}

std::string who(const Completion& completion) {
  return completion.agent ? completion.agent->full() : "stream " + completion.stream.str();
}

std::string list_of(const std::vector<core::StreamId>& streams) {
  return core::joined(streams, std::mem_fn(&core::StreamId::str));
}

// Who waited for one of these, as it is after the last of them.
void print_next(const std::vector<Completion>& completions) {
  std::vector<Completion::Waiting> all;
  const auto now = [&](const core::StreamId& stream, std::vector<core::StreamId> missing) {
    const auto known = std::ranges::find(all, stream, &Completion::Waiting::stream);
    if (known == all.end()) {
      all.push_back({stream, std::move(missing)});
    } else {
      known->missing = std::move(missing);
    }
  };
  for (const Completion& completion : completions) {
    for (const core::AgentId& agent : completion.can_go_on)
      std::printf("%s can go on: git stream spawn %s\n", agent.full().c_str(),
                  agent.short_name().c_str());
    for (const core::StreamId& stream : completion.can_start) now(stream, {});
    for (const auto& [stream, missing] : completion.waiting) now(stream, missing);
  }
  std::ranges::stable_partition(all, [](const auto& one) { return one.missing.empty(); });
  for (const auto& [stream, missing] : all) {
    const char* const id = stream.str().c_str();
    if (missing.empty()) {
      std::printf("stream %s can start: git stream start %s\n", id, id);
    } else {
      std::printf("stream %s still waits for %s\n", id, list_of(missing).c_str());
    }
  }
}

bool told_in(const std::vector<state::Handoff>& handoffs, const std::string& title) {
  return std::ranges::any_of(handoffs, [&](const state::Handoff& handoff) {
    return std::ranges::find(handoff.completed_tasks, title) != handoff.completed_tasks.end();
  });
}

void print(const core::Policy& policy, const Completion& completion) {
  if (completion.status == core::StreamStatus::merged) {
    std::printf("stream %s is merged already\n", completion.stream.str().c_str());
    return;
  }
  std::printf("%s is complete%s at %s\n", who(completion).c_str(),
              completion.fresh ? "" : " already", core::short_id(completion.tip).c_str());
  if (completion.branches.size() > 1) {
    for (const conflicts::StreamBranch& branch : completion.branches)
      std::printf("  %s at %s%s\n", core::printable(branch.name.str()).c_str(),
                  core::short_id(branch.tip).c_str(),
                  branch.has_work && branch.is_in() ? ", merged already" : "");
  }
  for (const std::string& title : completion.tasks) {
    if (!told_in(completion.handoffs, title))
      std::printf("  done: %s\n", core::printable(title).c_str());
  }
  for (const state::Handoff& handoff : completion.handoffs)
    std::printf("%s", handoff_text(policy, handoff, {}, "  ").c_str());
  for (const core::Lock& lock : completion.released)
    std::printf("  released %s\n", core::quote_path(lock.path).c_str());
}

void write(core::JsonWriter& json, const Completion& completion) {
  json.begin_object().member("stream", completion.stream.str());
  if (completion.agent) json.member("agent", completion.agent->full());
  json.member("status", core::status_name(completion.status));
  json.member("commit", completion.tip.hex()).member("already", !completion.fresh);
  json.key("branches").begin_array();
  for (const conflicts::StreamBranch& branch : completion.branches) {
    json.begin_object().member("name", core::json_path(branch.name.str()));
    json.member("commit", branch.tip.hex());
    json.member("merged", branch.has_work && branch.is_in()).end_object();
  }
  json.end_array();
  write_texts(json, "completed_tasks", completion.tasks);
  json.key("handoffs").begin_array();
  for (const state::Handoff& handoff : completion.handoffs) write_handoff(json, handoff);
  json.end_array().key("released").begin_array();
  for (const core::Lock& lock : completion.released) json.value(core::json_path(lock.path));
  json.end_array().key("can_start").begin_array();
  for (const core::StreamId& stream : completion.can_start) json.value(stream.str());
  json.end_array().key("waiting").begin_object();
  for (const auto& [stream, missing] : completion.waiting) {
    json.key(stream.str()).begin_array();
    for (const core::StreamId& one : missing) json.value(one.str());
    json.end_array();
  }
  json.end_object().key("can_go_on").begin_array();
  for (const core::AgentId& agent : completion.can_go_on) json.value(agent.full());
  json.end_array().end_object();
}

void print_json(const std::vector<Completion>& completions, const std::vector<Refused>& refused) {
  core::JsonWriter json = Context::begin_json();
  json.key("completed").begin_array();
  for (const Completion& completion : completions) write(json, completion);
  json.end_array().key("refused").begin_array();
  for (const Refused& one : refused) {
    json.begin_object().member("name", one.name).member("why", one.why);
    json.member("next", one.next).end_object();
  }
  json.end_array();
  Context::print_json(json);
}

ExitCode complete(const CompleteOptions& options, Context& context) {
  session::Session& session = context.session();
  std::vector<Completion> completions;
  std::vector<Refused> refused;
  for (const CompletionRequest& request : requests_for(session.policy(), options)) {
    try {
      completions.push_back(streams::complete(session, request));
      if (!context.json) print(session.policy(), completions.back());
    } catch (const Error& error) {
      if (error.code() != ExitCode::findings) throw;
      refused.push_back({name_of(request), error.what(), error.hint()});
      if (context.json) continue;
      std::fprintf(stderr, "git-stream: %s\n  next: %s\n", error.what(), error.hint().c_str());
    }
  }
  context.json ? print_json(completions, refused) : print_next(completions);
  return refused.empty() ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_complete(CommandLine& app) {
  auto options = std::make_shared<CompleteOptions>();
  app.option("NAMES", options->names, "streams or agents: F, F1, or several: E,F");
  app.option("--stream,--streams", options->streams, "the same, for streams only")
      .called("STREAMS");
  app.option("--tests", options->tests, "how the tests stand: \"3548 passing\"").called("TEXT");
  app.flag("--anyway", options->anyway, "though agents are still running");
  app.flag("--empty", options->empty, "though there are no commits");
  return [options](Context& context) { return complete(*options, context); };
}

}  // namespace gs::command
