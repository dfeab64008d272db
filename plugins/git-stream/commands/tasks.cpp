// git stream tasks: the task matrix, and what becomes of it.

#include "lib/streams/lifecycle/tasks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/core.h>
#include <utility>

#include "lib/core/text.h"
#include "lib/session/identity.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using core::Error;
using core::ExitCode;
using streams::Task;

constexpr char kStatusNames[] = "todo|in_progress|done|blocked|dropped";

struct TasksOptions {
  std::string stream, agent, status;
  CommandLine add, assign, set;
  std::string title, priority, for_agent, for_stream;  // add
  std::string which, value;                            // assign, set
};

std::string stream_of(const Task& task) {
  return task.task.stream ? task.task.stream->str() : "";
}

std::string agent_of(const Task& task) {
  return task.task.agent ? task.task.agent->short_name() : "";
}

std::string known_status(const std::string& text) {
  if (const auto status = streams::task_status(text)) return std::string(*status);
  std::vector<std::string> words;
  std::string all;
  for (const std::string_view word : streams::kTaskStatuses) {
    words.emplace_back(word);
    all += (all.empty() ? "" : ", ") + words.back();
  }
  const auto nearest = core::nearest_word(text, words);
  throw Error(ExitCode::usage, "'" + core::printable(text) + "' is no status of a task",
              nearest ? "did you mean " + *nearest + "?" : "one of " + all);
}

// By number, by title, or by the beginning of the title that only one has.
std::vector<Task*> matching(std::vector<Task>& tasks, const std::string& which) {
  std::vector<Task*> same, begun;
  for (Task& task : tasks) {
    if (std::to_string(task.number) == which) return {&task};
    if (task.task.title == which) same.push_back(&task);
    if (!which.empty() && task.task.title.starts_with(which)) begun.push_back(&task);
  }
  return same.empty() ? begun : same;
}

Task& find_task(std::vector<Task>& tasks, const std::string& which) {
  const std::vector<Task*> found = matching(tasks, which);
  if (found.size() == 1) return *found.front();
  const std::string shown = core::quote_shell(core::printable(which));
  if (found.empty()) throw Error(ExitCode::usage, "there is no task " + shown, "git stream tasks");
  const std::string numbers =
      core::joined(found, [](const Task* task) { return std::to_string(task->number); });
  throw Error(ExitCode::usage, "several tasks begin with " + shown + ": " + numbers,
              "name it by its number");
}

void write(core::JsonWriter& json, const Task& task) {
  json.begin_object().member("number", task.number).member("title", task.task.title);
  if (task.task.stream) json.member("stream", task.task.stream->str());
  if (task.task.agent) json.member("agent", task.task.agent->short_name());
  if (!task.task.priority.empty()) json.member("priority", task.task.priority);
  json.member("status", task.task.status).member("added", task.added).end_object();
}

std::string sums(const std::vector<Task>& tasks) {
  std::string text = core::counted(tasks.size(), "task");
  const char* before = ": ";
  for (const std::string_view status : streams::kTaskStatuses) {
    const auto count = std::count_if(tasks.begin(), tasks.end(),
                                     [&](const Task& task) { return task.task.status == status; });
    if (count > 0) text += std::exchange(before, ", ") + fmt::format("{} {}", count, status);
  }
  return text;
}

// Characters, not bytes: titles are in UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

void print_table(const std::vector<Task>& tasks) {
  using Cells = std::array<std::string, 6>;
  std::vector<Cells> rows{{"#", "stream", "task", "priority", "agent", "status"}};
  for (const Task& task : tasks) {
    rows.push_back({std::to_string(task.number), stream_of(task), core::printable(task.task.title),
                    core::printable(task.task.priority), agent_of(task), task.task.status});
  }
  std::array<std::size_t, 6> widths{};
  for (const Cells& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  for (const Cells& row : rows) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    std::printf("%s%s\n", line.c_str(), row.back().c_str());
  }
  std::printf("%s\n", sums(tasks).c_str());
}

void print(const std::vector<Task>& tasks, const char* name, bool as_json) {
  if (!as_json) return print_table(tasks);
  core::JsonWriter json = Context::begin_json();
  json.key(name).begin_array();
  for (const Task& task : tasks) write(json, task);
  json.end_array();
  Context::print_json(json);
}

ExitCode list(const TasksOptions& options, Context& context) {
  session::Session& session = context.session();
  const core::Policy& policy = session.policy();
  std::vector<Task> tasks = streams::task_list(session);
  const auto keep = [&](const auto& member, const auto& wanted) {
    std::erase_if(tasks, [&](const Task& task) { return task.task.*member != wanted; });
  };
  if (!options.stream.empty())
    keep(&core::TaskSpec::stream, std::optional(session::known_stream(policy, options.stream)));
  if (!options.agent.empty())
    keep(&core::TaskSpec::agent, std::optional(session::known_agent(policy, options.agent)));
  if (!options.status.empty()) keep(&core::TaskSpec::status, known_status(options.status));
  print(tasks, "tasks", context.json);
  return ExitCode::clean;
}

// What was done, for people, programs and the log.
ExitCode tell(Context& context, const Task& task, const char* what) {
  session::Session& session = context.session();
  std::vector<std::pair<std::string, std::string>> fields{
      {"task", state::json_text(task.task.title)}, {"change", state::json_text(what)}};
  if (task.task.agent) fields.emplace_back("for", state::json_text(task.task.agent->full()));
  fields.emplace_back("status", state::json_text(task.task.status));
  session.log("task", std::move(fields));
  if (context.json) {
    print({task}, "tasks", true);
  } else {
    const std::string agent = agent_of(task);
    std::printf("%s task %zu: %s (%s%s)\n", what, task.number,
                core::printable(task.task.title).c_str(),
                agent.empty() ? "" : (agent + ", ").c_str(), task.task.status.c_str());
  }
  return ExitCode::clean;
}

ExitCode add(const TasksOptions& options, Context& context) {
  session::Session& session = context.session();
  const core::Policy& policy = session.policy();
  core::TaskSpec spec{options.title, options.priority, "todo", {}, {}};
  if (options.title.empty() || !core::is_utf8(options.title))
    throw Error(ExitCode::usage, "a task has a title, in UTF-8");
  if (!options.for_agent.empty()) {
    spec.agent = session::known_agent(policy, options.for_agent);
    spec.stream = policy.stream_of(*spec.agent)->id;
  }
  if (!options.for_stream.empty()) {
    const core::StreamId stream = session::known_stream(policy, options.for_stream);
    if (spec.stream && *spec.stream != stream) {
      throw Error(ExitCode::usage, spec.agent->full() + " is not in stream " + stream.str(),
                  "leave --stream out");
    }
    spec.stream = stream;
  }
  if (!spec.stream) throw Error(ExitCode::usage, "whose task is it?", "--agent F1, or --stream F");
  session.state().create();
  std::size_t place = 0;
  const std::vector<Task> after = streams::change_tasks(session, [&](std::vector<Task>& tasks) {
    for (const Task& task : tasks) {
      if (task.task.title != spec.title || task.task.stream != spec.stream) continue;
      throw Error(ExitCode::usage, "that is task " + std::to_string(task.number) + " already",
                  "git stream tasks");
    }
    place = tasks.size();
    tasks.push_back({place + 1, spec, true});
  });
  return tell(context, after.at(place), "added");
}

ExitCode change(Context& context, const std::string& which, const char* what,
                const std::function<void(core::TaskSpec&)>& alter) {
  session::Session& session = context.session();
  session.state().create();
  std::size_t number = 0;
  const std::vector<Task> after = streams::change_tasks(session, [&](std::vector<Task>& tasks) {
    Task& task = find_task(tasks, which);
    alter(task.task);
    number = task.number;
  });
  return tell(context, after.at(number - 1), what);
}

ExitCode assign(const TasksOptions& options, Context& context) {
  const core::Policy& policy = context.session().policy();
  const core::AgentId agent = session::known_agent(policy, options.value);
  const core::StreamId home = policy.stream_of(agent)->id;
  return change(context, options.which, "assigned", [&](core::TaskSpec& task) {
    if (task.stream && *task.stream != home) {
      throw Error(ExitCode::usage,
                  agent.full() + " is not in stream " + task.stream->str() + ", where the task is",
                  "git stream tasks add " + core::quote_shell(task.title) + " --agent " +
                      agent.short_name());
    }
    task.agent = agent;
  });
}

ExitCode set(const TasksOptions& options, Context& context) {
  const std::string status = known_status(options.value);
  return change(context, options.which, "set", [&](core::TaskSpec& task) { task.status = status; });
}

}  // namespace

Action declare_tasks(CommandLine& app) {
  auto options = std::make_shared<TasksOptions>();
  app.option("--stream", options->stream, "only this stream's").called("STREAM");
  app.option("--agent", options->agent, "only this agent's").called("AGENT");
  app.option("--status", options->status, "only these").called(kStatusNames);
  options->add = app.subcommand("add", "add a task");
  options->add.option("TITLE", options->title, "what is to be done").required();
  options->add.option("--agent", options->for_agent, "whose it is").called("AGENT");
  options->add.option("--stream", options->for_stream, "for any agent of this stream")
      .called("STREAM");
  options->add.option("--priority", options->priority, "P0 is the most urgent")
      .one_of({"P0", "P1", "P2", "P3", "P4"});
  options->assign = app.subcommand("assign", "give a task to an agent of its stream");
  options->set = app.subcommand("set", "set a task's status");
  for (CommandLine* one : {&options->assign, &options->set})
    one->option("TASK", options->which, "its number, or how its title begins").required();
  options->assign.option("AGENT", options->value, "F2").required();
  options->set.option("STATUS", options->value, "doing is in_progress")
      .required()
      .called(kStatusNames);
  return [options](Context& context) {
    if (options->add.given()) return add(*options, context);
    if (options->assign.given()) return assign(*options, context);
    return options->set.given() ? set(*options, context) : list(*options, context);
  };
}

}  // namespace gs::command
