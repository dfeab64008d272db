#include "lib/streams/lifecycle/plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "analyzers/phases.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"

namespace gs::streams {

AgentWaits::AgentWaits(const core::Policy& policy) : policy_(policy) {
  std::map<core::AgentId, std::size_t> agents;
  std::map<core::StreamId, std::size_t> streams;
  for (const core::StreamSpec& stream : policy.streams) {
    streams.emplace(stream.id, first_.size());
    first_.push_back(agents.size());
    for (const core::AgentSpec& agent : stream.agents) agents.emplace(agent.id, agents.size());
  }
  const auto begin = [&](std::size_t stream) { return agents.size() + 2 * stream; };
  waits_for_.resize(begin(policy.streams.size()));
  for (std::size_t i = 0; i < policy.streams.size(); ++i) {
    const core::StreamSpec& stream = policy.streams[i];
    const std::string& id = stream.id.str();
    for (const core::StreamId& on : stream.depends_on) {
      if (const auto found = streams.find(on); found != streams.end())
        add(begin(i), begin(found->second) + 1, id + " depends on " + on.str());
    }
    for (const core::AgentSpec& agent : stream.agents) {
      const std::string& name = agent.id.short_name();
      const std::size_t node = agents.at(agent.id);
      add(begin(i) + 1, node, id + " is complete when " + name + " is");
      add(node, begin(i), name + " starts with " + id);
      for (const core::AgentId& before : agent.after) {
        if (const auto found = agents.find(before); found != agents.end())
          add(node, found->second, name + " comes after " + before.short_name());
      }
    }
  }
}

void AgentWaits::add(std::size_t node, std::size_t on, std::string reason) {
  waits_for_[node].push_back(on);
  all_.push_back({node, on, std::move(reason)});
}

std::vector<analyzers::Dependency> AgentWaits::circle() const {
  return analyzers::phases_of(waits_for_.size(), all_).cycle;
}

std::vector<bool> AgentWaits::reached_from(std::size_t agent) const {
  std::vector<bool> reached(waits_for_.size());
  std::vector<std::size_t> open{agent};
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    for (const std::size_t next : waits_for_[node]) {
      if (reached[next]) continue;
      reached[next] = true;
      open.push_back(next);
    }
  }
  return reached;
}

std::vector<analyzers::Dependency> AgentWaits::within(std::size_t stream) const {
  const std::vector<core::AgentSpec>& agents = policy_.streams[stream].agents;
  std::vector<analyzers::Dependency> waits;
  for (std::size_t i = 0; i < agents.size(); ++i) {
    if (agents[i].after.empty()) continue;
    const std::vector<bool> reached = reached_from(first_[stream] + i);
    for (std::size_t j = 0; j < agents.size(); ++j) {
      if (reached[first_[stream] + j])
        waits.push_back(
            {i, j, agents[i].id.short_name() + " waits for " + agents[j].id.short_name()});
    }
  }
  return waits;
}

namespace {

using analyzers::Dependency;
using core::AgentSpec;
using core::Policy;
using core::StreamSpec;

using StreamNumbers = std::map<core::StreamId, std::size_t>;  // of streams, as the policy has them

StreamNumbers numbers_of(const Policy& policy) {
  StreamNumbers numbers;
  for (std::size_t i = 0; i < policy.streams.size(); ++i) numbers.emplace(policy.streams[i].id, i);
  return numbers;
}

[[noreturn]] void refuse(const std::vector<Dependency>& circle) {
  std::string edges;
  for (const Dependency& edge : circle) edges += (edges.empty() ? "" : "; ") + edge.reason;
  throw core::Error(core::ExitCode::usage, "dependency cycle: " + edges,
                    "none of them could ever start: change depends_on or after in the policy");
}

std::vector<Dependency> dependencies(const StreamNumbers& numbers,
                                     const std::vector<conflicts::StreamWait>& waits,
                                     bool only_declared) {
  std::vector<Dependency> all;
  for (const conflicts::StreamWait& wait : waits) {
    if (wait.declared || !only_declared)
      all.push_back({numbers.at(wait.stream), numbers.at(wait.on), wait.reason});
  }
  return all;
}

std::vector<std::vector<std::size_t>> waves_of(const StreamSpec& stream,
                                               const std::vector<Dependency>& waits) {
  const std::size_t agents = stream.agents.size();
  if (stream.parallel != core::Parallel::none) return analyzers::phases_of(agents, waits).phases;
  std::vector<std::vector<std::size_t>> one_by_one;
  for (const std::size_t agent : analyzers::order_of(agents, waits).order)
    one_by_one.push_back({agent});
  return one_by_one;
}

// What is planned with.
struct PlanInput {
  const Policy& policy;
  const state::Streams& streams;
  const AgentWaits waits;
};

// The tasks of each stream, and those of none.
struct SortedTasks {
  std::map<core::StreamId, std::vector<Task>> by_stream;
  std::vector<Task> unassigned;
};

SortedTasks sort_by_stream(const Policy& policy, const std::vector<Task>& tasks) {
  SortedTasks sorted;
  for (const Task& task : tasks) {
    const StreamSpec* stream = nullptr;
    if (task.task.agent) stream = policy.stream_of(*task.task.agent);
    if (stream == nullptr && task.task.stream) stream = policy.find_stream(*task.task.stream);
    (stream != nullptr ? sorted.by_stream[stream->id] : sorted.unassigned).push_back(task);
  }
  return sorted;
}

PlannedAgent planned_agent(const PlanInput& input, const StreamSpec& stream,
                           const AgentSpec& spec) {
  const auto& [policy, streams, waits] = input;
  PlannedAgent planned{
      spec.id, spec.scope, conflicts::agent_done(policy, streams, spec.id), spec.after, {}};
  for (const core::AgentId& before : conflicts::missing_agents(policy, streams, spec)) {
    if (policy.stream_of(before) != &stream) planned.awaited.push_back(before);
  }
  return planned;
}

// By wave, agent, priority and number; those of no agent last.
std::vector<Task> in_order(std::vector<Task> tasks,
                           const std::vector<std::vector<PlannedAgent>>& waves) {
  std::map<core::AgentId, std::size_t> places;
  for (const auto& wave : waves) {
    for (const PlannedAgent& agent : wave) places.emplace(agent.id, places.size());
  }
  const auto place = [&](const core::TaskSpec& task) {
    const auto found = task.agent ? places.find(*task.agent) : places.end();
    return found != places.end() ? found->second : places.size();
  };
  std::ranges::sort(tasks, {}, [&](const Task& task) {
    const std::string& priority = task.task.priority;
    return std::tuple(place(task.task), priority.empty(), priority, task.number);
  });
  return tasks;
}

PlannedStream planned_stream(const PlanInput& input, std::size_t number, std::vector<Task> tasks) {
  const StreamSpec& spec = input.policy.streams[number];
  PlannedStream planned;
  planned.id = spec.id;
  planned.name = spec.name;
  planned.status = input.streams.status(spec.id);
  planned.parallel = spec.parallel;
  planned.depends_on = spec.depends_on;
  planned.missing = conflicts::missing_dependencies(input.policy, input.streams, spec);
  for (const auto& wave : waves_of(spec, input.waits.within(number))) {
    std::vector<PlannedAgent>& agents = planned.waves.emplace_back();
    for (const std::size_t agent : wave)
      agents.push_back(planned_agent(input, spec, spec.agents[agent]));
  }
  planned.tasks = in_order(std::move(tasks), planned.waves);
  return planned;
}

// The waits of whole streams for each other that make a shortest circle.
std::vector<conflicts::StreamWait> stream_circle(const StreamNumbers& numbers,
                                                 const std::vector<conflicts::StreamWait>& waits) {
  std::vector<conflicts::StreamWait> circle;
  for (const Dependency& edge :
       analyzers::phases_of(numbers.size(), dependencies(numbers, waits, false)).cycle) {
    circle.push_back(*std::ranges::find_if(waits, [&](const conflicts::StreamWait& wait) {
      return numbers.at(wait.stream) == edge.node && numbers.at(wait.on) == edge.on &&
             wait.reason == edge.reason;
    }));
  }
  return circle;
}

// How long the stream takes: its waves one after the other, each as long as its busiest agent; what
// is no agent's goes on beside them.
std::uint32_t length_of(const PlannedStream& stream) {
  std::map<core::AgentId, std::uint32_t> busy;
  std::uint32_t nobodys = 0, all = 0;
  for (const Task& task : stream.tasks) {
    if (is_open(task.task))
      (task.task.agent ? busy[*task.task.agent] : nobodys) += task.task.tenths_of_days;
  }
  for (const auto& wave : stream.waves) {
    std::uint32_t longest = 0;
    for (const PlannedAgent& agent : wave)
      if (const auto found = busy.find(agent.id); !agent.done && found != busy.end())
        longest = std::max(longest, found->second);
    all += longest;
  }
  return core::is_done(stream.status) ? 0 : std::max(all, nobodys);
}

std::vector<PlannedDays> days_of(const std::vector<std::vector<PlannedStream>>& phases) {
  std::vector<PlannedDays> days;
  std::uint32_t at = 0;
  for (const auto& phase : phases) {
    std::uint32_t longest = 0;
    for (const PlannedStream& stream : phase) longest = std::max(longest, length_of(stream));
    days.push_back({at, at + longest});
    at += longest;
  }
  return days;
}

}  // namespace

Plan plan_of(const Policy& policy, const state::Streams& streams, const std::vector<Task>& tasks) {
  const StreamNumbers numbers = numbers_of(policy);
  const std::vector<conflicts::StreamWait> waits = conflicts::stream_waits(policy);
  const auto phases = analyzers::phases_of(numbers.size(), dependencies(numbers, waits, true));
  if (!phases.cycle.empty()) refuse(phases.cycle);
  const PlanInput input{policy, streams, AgentWaits(policy)};
  if (const auto circle = input.waits.circle(); !circle.empty()) refuse(circle);
  SortedTasks sorted = sort_by_stream(policy, tasks);
  Plan plan;
  for (const auto& phase : phases.phases) {
    auto& planned = plan.phases.emplace_back();
    for (const std::size_t number : phase)
      planned.push_back(
          planned_stream(input, number, std::move(sorted.by_stream[policy.streams[number].id])));
  }
  plan.days = days_of(plan.phases);
  plan.tasks = std::move(sorted.unassigned);
  plan.circle = stream_circle(numbers, waits);
  return plan;
}

}  // namespace gs::streams
