#include "lib/streams/lifecycle/plan.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <utility>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/text.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/output/stream_graph.h"
#include "plugins/git-stream/output/stream_names.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

namespace {

using core::StreamStatus;
using streams::PlannedAgent;
using streams::PlannedStream;
using streams::Task;

constexpr std::size_t kWidth = 100;  // of lines that can be broken

bool is_done(const Task& task) {
  return task.task.status == "done" || task.task.status == "dropped";
}

std::string state_of(const PlannedStream& stream) {
  if (stream.status != StreamStatus::waiting) return status_text(stream.status);
  return stream.ready() ? "ready" : "waits for " + listed(stream.missing);
}

Tone tone_of(const PlannedStream& stream) {
  return stream.ready() ? Tone::fresh : status_tone(stream.status);
}

std::string with_marks(const PlannedStream& stream, const PlannedAgent& agent) {
  std::string text = agent.id.short_name();
  if (agent.done && !core::is_done(stream.status)) text += " ✓";
  const std::string names = core::joined(agent.awaited, std::mem_fn(&core::AgentId::short_name));
  return names.empty() ? text : text + " (after " + names + ")";
}

// Agents of one wave side by side, an arrow before the next wave.
std::vector<Piece> waves(const PlannedStream& stream) {
  std::vector<Piece> pieces;
  for (const auto& wave : stream.waves) {
    std::string arrow = pieces.empty() ? "" : "→ ";
    for (const PlannedAgent& agent : wave) {
      const bool done = agent.done || core::is_done(stream.status);
      pieces.push_back(
          {std::exchange(arrow, "") + with_marks(stream, agent), done ? Tone::faint : Tone::plain});
    }
  }
  return pieces;
}

template <class Rows, class Text>
std::size_t widest(const Rows& rows, const Text& text) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, core::display_width(text(row)));
  return width;
}

// "days 1-2", "day 3"; without an estimate "no days".
std::string days_text(const streams::PlannedDays& days) {
  constexpr std::uint32_t kDay = 10;
  if (days.begin == days.end) return "no days";
  const std::uint32_t first = days.begin / kDay + 1, last = (days.end + kDay - 1) / kDay;
  return first == last ? fmt::format("day {}", first) : fmt::format("days {}-{}", first, last);
}

class Page {
 public:
  Page(const streams::Plan& plan, const Ink& ink, bool days)
      : plan_(plan), ink_(ink), with_days_(days) {
    for (const auto& phase : plan.phases) {
      for (const PlannedStream& stream : phase) {
        streams_.push_back(&stream);
        for (const Task& task : stream.tasks) tasks_.push_back(&task);
      }
    }
    for (const Task& task : plan.tasks) tasks_.push_back(&task);
    phase_ = std::to_string(plan.phases.size()).size();
    id_ = widest(streams_, [](const auto* stream) { return stream->id.str(); });
    name_ = widest(streams_, [](const auto* stream) { return name_of(*stream); });
    state_ = widest(streams_, [](const auto* stream) { return state_of(*stream); });
    number_ = widest(tasks_, [](const Task* task) { return number_of(*task); });
    agent_ = widest(tasks_, [](const Task* task) { return agent_of(*task); });
    priority_ = widest(tasks_, [](const Task* task) { return priority_of(*task); });
    status_ = widest(tasks_, [](const Task* task) { return task_status(*task); });
    for (const streams::PlannedDays& one : plan.days)
      days_ = std::max(days_, days_text(one).size());
  }

  std::string text() {
    overview();
    out_ += '\n';
    for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
      std::string number = std::to_string(i + 1);
      for (const PlannedStream& stream : plan_.phases[i]) row(std::exchange(number, ""), stream);
    }
    if (!plan_.tasks.empty()) out_ += "\ntasks of no stream\n";
    for (const Task& task : plan_.tasks) row(task);
    circle();
    next();
    return out_;
  }

 private:
  static std::string name_of(const PlannedStream& stream) {
    return stream.name == stream.id.str() ? "" : core::printable(stream.name);
  }
  static std::string number_of(const Task& task) { return "#" + std::to_string(task.number); }
  static std::string agent_of(const Task& task) {
    return task.task.agent ? task.task.agent->short_name() : "-";
  }
  static std::string priority_of(const Task& task) {
    return task.task.priority.empty() ? "-" : core::printable(task.task.priority);
  }
  static std::string task_status(const Task& task) {
    return task.task.status.empty() ? "todo" : core::printable(task.task.status);
  }

  void overview() {
    for (std::size_t i = 0; i < plan_.phases.size(); ++i) {
      const std::string head = "phase " + padded(std::to_string(i + 1), phase_) +
                               (with_days_ ? "   " + padded(days_text(plan_.days[i]), days_) : "") +
                               "   ";
      std::vector<Piece> pieces;
      for (const PlannedStream& stream : plan_.phases[i]) {
        const bool done = core::is_done(stream.status);
        pieces.push_back(
            {stream_title(stream.id, stream.name) + (done ? " ✓" : ""), tone_of(stream)});
      }
      out_ += ink_(Tone::strong, head) +
              flowed(pieces, " · ", core::display_width(head), kWidth, ink_) + '\n';
    }
  }

  void row(const std::string& number, const PlannedStream& stream) {
    const std::string state = state_of(stream);
    std::string line =
        padded(number, phase_) + "  " + ink_(Tone::strong, padded(stream.id.str(), id_));
    std::size_t at = phase_ + 2 + id_;
    if (name_ > 0) {
      line += "  " + padded(name_of(stream), name_);
      at += 2 + name_;
    }
    line += "  " + ink_(tone_of(stream), state);
    at += 2 + state_ + 2;
    const std::vector<Piece> agents = waves(stream);
    if (!agents.empty()) {
      line += std::string(state_ - core::display_width(state) + 2, ' ') +
              flowed(agents, " ", at, kWidth, ink_);
    }
    out_ += line + '\n';
    for (const Task& task : stream.tasks) row(task);
  }

  void row(const Task& task) {
    const std::string text =
        std::string(phase_ + 2 + id_ + 2, ' ') + padded(number_of(task), number_) + "  " +
        padded(agent_of(task), agent_) + "  " + padded(priority_of(task), priority_) + "  " +
        padded(task_status(task), status_) + "  " + core::printable(task.task.title);
    out_ += ink_(is_done(task) ? Tone::faint : Tone::plain, text) + '\n';
  }

  void circle() {
    if (plan_.circle.empty()) return;
    out_ +=
        "\n" + ink_(Tone::bad, "circle") +
        ": each of these has agents that wait for the next one's, so none of them can be complete\n"
        "before the others\n";
    for (const conflicts::StreamWait& wait : plan_.circle)
      out_ += "  " + wait.stream.str() + " → " + wait.on.str() + "   " + wait.reason + '\n';
  }

  void next() {
    std::vector<core::StreamId> ready;
    for (const PlannedStream* stream : streams_) {
      if (stream->ready()) ready.push_back(stream->id);
    }
    if (ready.empty()) return;
    out_ += "\n" + ink_(Tone::strong, "next") + ": git stream start --ready (" + listed(ready, 8) +
            ")\n";
  }

  const streams::Plan& plan_;
  const Ink& ink_;
  bool with_days_;
  std::size_t days_ = 0;
  std::vector<const PlannedStream*> streams_;
  std::vector<const Task*> tasks_;
  std::size_t phase_ = 0, id_ = 0, name_ = 0, state_ = 0;           // columns of streams
  std::size_t number_ = 0, agent_ = 0, priority_ = 0, status_ = 0;  // and of tasks
  std::string out_;
};

}  // namespace

// The plan for a screen.
std::string plan_text(const streams::Plan& plan, const Ink& ink, bool days) {
  if (plan.phases.empty() && plan.tasks.empty()) return "the policy has no streams\n";
  return Page(plan, ink, days).text();
}

// git stream plan: what can be done side by side, and what there is to do.

namespace {

using core::ExitCode;
using core::JsonWriter;

void write_days(JsonWriter& json, std::string_view name, std::uint32_t tenths) {
  constexpr std::uint32_t kDay = 10;
  json.key(name);
  tenths % kDay == 0 ? json.value(tenths / kDay)
                     : json.raw(fmt::format("{}.{}", tenths / kDay, tenths % kDay));
}

void write_tasks(JsonWriter& json, const std::vector<streams::Task>& tasks) {
  json.key("tasks").begin_array();
  for (const streams::Task& task : tasks) {
    json.begin_object().member("number", task.number).member("title", task.task.title);
    json.member("priority", task.task.priority).member("status", task.task.status).key("agent");
    task.task.agent ? json.value(task.task.agent->full()) : json.null();
    write_days(json, "days", task.task.tenths_of_days);
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
    json.begin_object().member("phase", i + 1);
    write_days(json, "begin_day", plan.days[i].begin);
    write_days(json, "end_day", plan.days[i].end);
    json.key("streams").begin_array();
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

struct PlanOptions {
  std::string format;
  bool days = false;
};

ExitCode plan(const PlanOptions& options, Context& context) {
  const std::string& format = options.format;
  const Picture picture = picture_named(format);
  session::Session& session = context.session();
  const streams::Plan plan = streams::plan_of(
      session.policy(), conflicts::streams_now(session).streams, streams::task_list(session));
  if (picture != nullptr) {
    std::fputs(picture(plan_graph(plan)).c_str(), stdout);
  } else if (format == "json" || (context.json && format.empty())) {
    print_json(plan);
  } else {
    std::fputs(plan_text(plan, Ink::for_stdout(), options.days).c_str(), stdout);
  }
  return ExitCode::clean;
}

}  // namespace

Action declare_plan(CommandLine& app) {
  auto options = std::make_shared<PlanOptions>();
  app.option("--format", options->format, "how it is printed").called("text|mermaid|dot|json");
  app.flag("--days", options->days, "in which days each phase falls, by the tasks' estimates");
  return [options](Context& context) { return plan(*options, context); };
}

}  // namespace gs::command
