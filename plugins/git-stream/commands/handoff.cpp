// git stream handoff: what agents hand on to those who come after them.

#include <algorithm>
#include <cstdio>

#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "lib/state/clock.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/handoff_text.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using state::Handoff;
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
  for (const core::StreamSpec& stream : policy.streams) {
    if (name == stream.id.str() || name == "stream-" + stream.id.str()) return names_of(stream);
  }
  return {session::known_agent(policy, name).full()};
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

std::vector<Handoff> chosen(session::Session& session, const HandoffOptions& options) {
  const core::Policy& policy = session.policy();
  const Names from = options.from.empty() ? Names{} : known_names(policy, options.from);
  Names to = options.to.empty() ? Names{} : known_names(policy, options.to);
  if (options.to.empty() && options.from.empty() && !options.all)
    to = own_names(policy, session.identity());
  std::vector<Handoff> handoffs = state::read_handoffs(session.state());
  std::erase_if(handoffs, [&](const Handoff& handoff) {
    const auto& receivers = handoff.to_agents;
    const bool addressed =
        to.empty() || std::any_of(receivers.begin(), receivers.end(),
                                  [&](const std::string& name) { return among(to, name); });
    return !addressed || (!from.empty() && !among(from, handoff.from_agent));
  });
  if (options.last > 0 && handoffs.size() > options.last)
    handoffs.erase(handoffs.begin(), handoffs.end() - static_cast<std::ptrdiff_t>(options.last));
  return handoffs;
}

void print_list(session::Session& session, const std::vector<Handoff>& handoffs, bool as_json) {
  if (!as_json) {
    for (const Handoff& handoff : handoffs) {
      const std::string when =
          core::format_local(handoff.timestamp, session.now(), &state::offset_at);
      std::printf("%s", handoff_text(session.policy(), handoff, when, "").c_str());
    }
    return;
  }
  core::JsonWriter json = Context::begin_json();
  json.key("handoffs").begin_array();
  for (const Handoff& handoff : handoffs) write_handoff(json, handoff);
  json.end_array();
  Context::print_json(json);
}

ExitCode list(const HandoffOptions& options, Context& context) {
  session::Session& session = context.session();
  print_list(session, chosen(session, options), context.json);
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
  core::JsonWriter to;
  to.begin_array();
  for (const std::string& name : handoff.to_agents) to.value(name);
  session.log("handoff", {{"to", to.end_array().take()}, {"by_hand", "true"}});
  if (context.json) {
    print_list(session, added, true);
  } else {
    std::printf("%s", handoff_text(session.policy(), handoff, {}, "").c_str());
  }
  return ExitCode::clean;
}

}  // namespace

Action declare_handoff(CommandLine& app) {
  auto options = std::make_shared<HandoffOptions>();
  app.option("--to", options->to, "only what is addressed to this agent or stream");
  app.option("--from", options->from, "only what this agent or stream handed on");
  app.option("--last", options->last, "only the last N");
  app.flag("--all", options->all, "also what is addressed to others");
  CommandLine add_command = app.subcommand("add", "hand something on by hand");
  add_command.option("--to", options->receivers, "agents or streams: E2, or several: E2,G")
      .required();
  add_command.option("--new", options->interfaces, "a new interface");
  add_command.option("--breaking", options->breaking, "a change that others must follow");
  add_command.option("--task", options->tasks, "a task that is done");
  add_command.option("--tests", options->tests, "how the tests stand");
  options->add = add_command;
  return [options](Context& context) {
    return options->add.given() ? add(*options, context) : list(*options, context);
  };
}

}  // namespace gs::command
