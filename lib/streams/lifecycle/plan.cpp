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

class Planner {
 public:
  Planner(const Policy& policy, const store::Streams& streams, const std::vector<Task>& tasks)
      : policy_(policy), streams_(streams), waits_(policy) {
    for (const Task& task : tasks) {
      const StreamSpec* stream = nullptr;
      if (task.task.agent) stream = policy.stream_of(*task.task.agent);
      if (stream == nullptr && task.task.stream) stream = policy.find_stream(*task.task.stream);
      (stream != nullptr ? tasks_[stream->id] : unassigned_).push_back(task);
    }
    if (const auto circle = waits_.circle(); !circle.empty()) refuse(circle);
  }

  std::vector<Task>& unassigned() { return unassigned_; }

  PlannedStream stream(std::size_t number) {
    const StreamSpec& spec = policy_.streams[number];
    PlannedStream planned;
    planned.id = spec.id;
    planned.name = spec.name;
    planned.status = streams_.status(spec.id);
    planned.parallel = spec.parallel;
    planned.depends_on = spec.depends_on;
    planned.missing = conflicts::missing_dependencies(policy_, streams_, spec);
    for (const auto& wave : waves_of(spec, waits_.within(number))) {
      std::vector<PlannedAgent>& agents = planned.waves.emplace_back();
      for (const std::size_t agent : wave) agents.push_back(this->agent(spec, spec.agents[agent]));
    }
    planned.tasks = std::move(tasks_[spec.id]);
    sort_tasks(planned);
    return planned;
  }

 private:
  PlannedAgent agent(const StreamSpec& stream, const AgentSpec& spec) const {
    PlannedAgent planned{
        spec.id, spec.scope, conflicts::agent_done(policy_, streams_, spec.id), spec.after, {}};
    for (const core::AgentId& before : conflicts::missing_agents(policy_, streams_, spec)) {
      if (policy_.stream_of(before) != &stream) planned.awaited.push_back(before);
    }
    return planned;
  }

  static void sort_tasks(PlannedStream& stream) {
    std::map<core::AgentId, std::size_t> turns;
    for (const auto& wave : stream.waves) {
      for (const PlannedAgent& agent : wave) turns.emplace(agent.id, turns.size());
    }
    const auto turn = [&](const core::TaskSpec& task) {
      const auto found = task.agent ? turns.find(*task.agent) : turns.end();
      return found != turns.end() ? found->second : turns.size();
    };
    std::ranges::sort(stream.tasks, {}, [&](const Task& task) {
      const std::string& priority = task.task.priority;
      return std::tuple(turn(task.task), priority.empty(), priority, task.number);
    });
  }

  const Policy& policy_;
  const store::Streams& streams_;
  const AgentWaits waits_;
  std::map<core::StreamId, std::vector<Task>> tasks_;
  std::vector<Task> unassigned_;
};

}  // namespace

Plan plan_of(const Policy& policy, const store::Streams& streams, const std::vector<Task>& tasks) {
  const StreamNumbers numbers = numbers_of(policy);
  const std::vector<conflicts::StreamWait> waits = conflicts::stream_waits(policy);
  const std::size_t count = policy.streams.size();
  const auto phases = analyzers::phases_of(count, dependencies(numbers, waits, true));
  if (!phases.cycle.empty()) refuse(phases.cycle);
  Plan plan;
  Planner planner(policy, streams, tasks);
  for (const auto& phase : phases.phases) {
    auto& planned = plan.phases.emplace_back();
    for (const std::size_t stream : phase) planned.push_back(planner.stream(stream));
  }
  plan.tasks = std::move(planner.unassigned());
  for (const Dependency& edge :
       analyzers::phases_of(count, dependencies(numbers, waits, false)).cycle) {
    const auto wait = std::ranges::find_if(waits, [&](const conflicts::StreamWait& candidate) {
      return numbers.at(candidate.stream) == edge.node && numbers.at(candidate.on) == edge.on &&
             candidate.reason == edge.reason;
    });
    plan.circle.push_back(*wait);
  }
  return plan;
}

}  // namespace gs::streams
