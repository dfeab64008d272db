// git stream plan: what can be done side by side, and what there is to do.

#include "lib/streams/lifecycle/plan.h"

#include <cstdio>

#include "lib/state/streams.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/plan_text.h"
#include "plugins/git-stream/output/stream_graph.h"
#include "plugins/git-stream/output/stream_names.h"

namespace gs::command {

namespace {

using core::ExitCode;
using core::JsonWriter;

void write_tasks(JsonWriter& json, const std::vector<streams::Task>& tasks) {
  json.key("tasks").begin_array();
  for (const streams::Task& task : tasks) {
    json.begin_object().member("number", task.number).member("title", task.task.title);
    json.member("priority", task.task.priority).member("status", task.task.status).key("agent");
    task.task.agent ? json.value(task.task.agent->full()) : json.null();
    json.end_object();
  }
  json.end_array();
}

void write_agents(JsonWriter& json, const streams::PlannedStream& stream) {
  json.key("agents").begin_array();
  for (std::size_t wave = 0; wave < stream.waves.size(); ++wave) {
    for (const streams::PlannedAgent& agent : stream.waves[wave]) {
      json.begin_object().member("agent", agent.id.full()).member("scope", agent.scope);
      json.member("wave", wave + 1).member("done", agent.done).key("after").begin_array();
      for (const core::AgentId& before : agent.after) json.value(before.full());
      json.end_array().end_object();
    }
  }
  json.end_array();
}

void print_json(const streams::Plan& plan) {
  JsonWriter json = Context::begin_json();
  json.key("phases").begin_array();
  for (std::size_t i = 0; i < plan.phases.size(); ++i) {
    json.begin_object().member("phase", i + 1).key("streams").begin_array();
    for (const streams::PlannedStream& stream : plan.phases[i]) {
      json.begin_object().member("stream", stream.id.str()).member("name", stream.name);
      json.member("status", core::status_name(stream.status)).member("ready", stream.ready());
      write_streams(json, "depends_on", stream.depends_on);
      write_streams(json, "missing", stream.missing);
      write_agents(json, stream);
      write_tasks(json, stream.tasks);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  write_tasks(json, plan.tasks);
  json.key("circle").begin_array();
  for (const conflicts::StreamWait& wait : plan.circle) {
    json.begin_object().member("stream", wait.stream.str()).member("on", wait.on.str());
    json.member("reason", wait.reason).end_object();
  }
  json.end_array();
  Context::print_json(json);
}

ExitCode plan(const std::string& format, Context& context) {
  const Picture picture = picture_named(format);
  session::Session& session = context.session();
  const streams::Plan plan = streams::plan_of(
      session.policy(), state::read_streams(session.state()), streams::task_list(session));
  if (picture != nullptr) {
    std::fputs(picture(plan_graph(plan)).c_str(), stdout);
  } else if (format == "json" || (context.json && format.empty())) {
    print_json(plan);
  } else {
    std::fputs(plan_text(plan, Ink::for_stdout()).c_str(), stdout);
  }
  return ExitCode::clean;
}

}  // namespace

Action declare_plan(CommandLine& app) {
  auto format = std::make_shared<std::string>();
  app.option("--format", *format, "text, mermaid, dot or json");
  return [format](Context& context) { return plan(*format, context); };
}

}  // namespace gs::command
