// git stream handoff: what agents hand on to those who come after them.

#include <algorithm>
#include <cstdio>

#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "lib/session/shared_logs.h"
#include "lib/state/clock.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/handoff_text.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using state::Handoff;
using state::Request;
using Names = std::vector<std::string>;

struct HandoffOptions {
  std::string to, from;
  std::size_t last = 0;
  bool all = false;

  CommandLine add;
  std::vector<std::string> receivers, interfaces, breaking, tasks;
  std::string tests;
};

Names names_of(const core::StreamSpec& stream) {
  Names names{"stream-" + stream.id.str()};
  for (const core::AgentSpec& agent : stream.agents) names.push_back(agent.id.full());
  return names;
}

// Under which names a stream (all its agents) or an agent sends and receives.
Names known_names(const core::Policy& policy, const std::string& name) {
  const session::KnownName known = session::known_name(policy, name);
  if (known.agent) return {known.agent->full()};
  return names_of(*policy.find_stream(known.stream));
}

// What concerns whoever works here; everything where nobody in particular does.
Names own_names(const core::Policy& policy, const core::Identity& who) {
  if (who.agent) return {who.agent->full()};
  const core::StreamSpec* stream = who.stream ? policy.find_stream(*who.stream) : nullptr;
  return stream != nullptr ? names_of(*stream) : Names{};
}

bool among(const Names& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return core::same_holder(one, name); });
}

// Whose are shown; empty: everybody's.
struct Chosen {
  Names from, to;

  bool shows(const std::string& sender, const Names& receivers) const {
    const bool addressed =
        to.empty() ||
        std::ranges::any_of(receivers, [&](const std::string& name) { return among(to, name); });
    return addressed && (from.empty() || among(from, sender));
  }
};

Chosen chosen_names(session::Session& session, const HandoffOptions& options) {
  const core::Policy& policy = session.policy();
  Chosen chosen;
  if (!options.from.empty()) chosen.from = known_names(policy, options.from);
  if (!options.to.empty()) chosen.to = known_names(policy, options.to);
  if (options.to.empty() && options.from.empty() && !options.all)
    chosen.to = own_names(policy, session.identity());
  return chosen;
}

std::vector<Handoff> chosen_handoffs(session::Session& session, const Chosen& chosen,
                                     std::size_t last) {
  std::vector<Handoff> handoffs = session::all_handoffs(session);
  std::erase_if(handoffs, [&](const Handoff& handoff) {
    return !chosen.shows(handoff.from_agent, handoff.to_agents);
  });
  if (last > 0 && handoffs.size() > last)
    handoffs.erase(handoffs.begin(), handoffs.end() - static_cast<std::ptrdiff_t>(last));
  return handoffs;
}

// What somebody is asked for, and has not answered. A stream's is for each of its agents.
std::vector<Request> chosen_requests(session::Session& session, const Chosen& chosen) {
  std::vector<Request> requests = state::read_requests(session.state().activity());
  std::erase_if(requests, [&](const Request& request) {
    Names receivers{request.to};
    const core::StreamSpec* stream = session.policy().stream_of_name(request.to);
    if (stream != nullptr && request.to.starts_with("stream-")) receivers = names_of(*stream);
    return !request.open() || !chosen.shows(request.from, receivers);
  });
  return requests;
}

void answer(const Context& context, const std::vector<Handoff>& handoffs,
            const std::vector<Request>& requests) {
  core::JsonWriter json = Context::begin_json();
  json.key("handoffs").begin_array();
  for (const Handoff& handoff : handoffs) write_handoff(json, handoff);
  json.end_array();
  write_requests(json, requests);
  context.answer(json);
}

void print_list(Context& context, const std::vector<Handoff>& handoffs,
                const std::vector<Request>& requests) {
  session::Session& session = context.session();
  if (context.wants_text()) {
    for (const Handoff& handoff : handoffs) {
      const std::string when =
          core::format_local(handoff.timestamp, session.now(), &state::offset_at);
      std::printf("%s", handoff_text(session.policy(), handoff, when, "").c_str());
    }
    for (const Request& request : requests)
      std::printf("%s", request_text(request, session.now()).c_str());
  }
  if (context.wants_json()) answer(context, handoffs, requests);
}

ExitCode list(const HandoffOptions& options, Context& context) {
  session::Session& session = context.session();
  const Chosen chosen = chosen_names(session, options);
  print_list(context, chosen_handoffs(session, chosen, options.last),
             chosen_requests(session, chosen));
  return ExitCode::clean;
}

Handoff written_by_hand(session::Session& session, const HandoffOptions& options) {
  const core::Identity& who = session.identity();
  if (who.outsider()) {
    throw Error(ExitCode::usage, "nobody works here who could hand anything on",
                "GIT_STREAM_AGENT=AGENT git stream handoff add …");
  }
  Handoff handoff;
  handoff.from_agent = who.name();
  handoff.timestamp = state::now();
  for (const std::string& list : options.receivers) {
    for (const std::string& word : words_of_list(list)) {
      for (const std::string& name : known_names(session.policy(), word)) {
        const auto agent = core::AgentId::parse(name);
        if (agent && session.policy().find_agent(*agent) != nullptr &&
            !among(handoff.to_agents, name))
          handoff.to_agents.push_back(name);
      }
    }
  }
  handoff.completed_tasks = options.tasks;
  handoff.new_interfaces = options.interfaces;
  handoff.breaking_changes = options.breaking;
  handoff.test_status = options.tests;
  const bool says_nothing = options.tasks.empty() && options.interfaces.empty() &&
                            options.breaking.empty() && options.tests.empty();
  if (handoff.to_agents.empty() || says_nothing) {
    throw Error(ExitCode::usage, "a handoff says something to somebody",
                "git stream handoff add --to AGENT --new NAME --breaking TEXT --tests TEXT");
  }
  return handoff;
}

ExitCode add(const HandoffOptions& options, Context& context) {
  session::Session& session = context.session();
  const Handoff handoff = written_by_hand(session, options);
  session.state().create();
  const auto added = state::add_handoffs(session.state(), {handoff});
  if (added.empty()) {
    context.done("that was handed on already");
    return ExitCode::clean;
  }
  auto fields = state::log_fields_of(handoff);
  fields.emplace_back("by_hand", "true");
  session.log("handoff", std::move(fields));
  if (context.wants_json()) answer(context, added, {});
  if (context.wants_text())
    std::printf("%s", handoff_text(session.policy(), handoff, {}, "").c_str());
  return ExitCode::clean;
}

}  // namespace

Action declare_handoff(CommandLine& app) {
  auto options = std::make_shared<HandoffOptions>();
  app.option("--to", options->to, "only what is addressed to this agent or stream").called("NAME");
  app.option("--from", options->from, "only what this agent or stream handed on").called("NAME");
  app.option("--last", options->last, "only the last so many").called("N");
  app.flag("--all", options->all, "also what is addressed to others");
  CommandLine add_command = app.subcommand("add", "hand something on by hand");
  add_command.option("--to", options->receivers, "agents or streams: E2, or several: E2,G")
      .required()
      .called("NAMES");
  add_command.option("--new", options->interfaces, "a new interface");
  add_command.option("--breaking", options->breaking, "a change that others must follow");
  add_command.option("--task", options->tasks, "a task that is done").called("TASK");
  add_command.option("--tests", options->tests, "how the tests stand");
  options->add = add_command;
  return [options](Context& context) {
    return options->add.given() ? add(*options, context) : list(*options, context);
  };
}

}  // namespace gs::command
