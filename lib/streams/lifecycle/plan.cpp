#include "lib/streams/lifecycle/plan.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "analyzers/phases.h"
#include "lib/conflicts/dependencies.h"
#include "lib/core/error.h"
#include "lib/streams/lifecycle/agent_waits.h"

namespace gs::streams {

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
                                     const std::vector<StreamWait>& waits, bool only_declared) {
  std::vector<Dependency> all;
  for (const StreamWait& wait : waits) {
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
      (stream != nullptr ? tasks_[stream->id] : homeless_).push_back(task);
    }
    if (const auto circle = waits_.circle(); !circle.empty()) refuse(circle);
  }

  std::vector<Task>& homeless() { return homeless_; }

  PlannedStream stream(std::size_t number) {
    const StreamSpec& spec = policy_.streams[number];
    PlannedStream planned;
    planned.id = spec.id;
    planned.name = spec.name;
    planned.status = streams_.status(spec.id);
    planned.parallel = spec.parallel;
    planned.depends_on = spec.depends_on;
    planned.missing = missing_dependencies(policy_, streams_, spec);
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
        spec.id, spec.scope, agent_done(policy_, streams_, spec.id), spec.after, {}};
    for (const core::AgentId& before : missing_agents(policy_, streams_, spec)) {
      if (policy_.stream_of(before) != &stream) planned.elsewhere.push_back(before);
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
  std::vector<Task> homeless_;
};

}  // namespace

Plan plan_of(const Policy& policy, const store::Streams& streams, const std::vector<Task>& tasks) {
  const StreamNumbers numbers = numbers_of(policy);
  const std::vector<StreamWait> waits = stream_waits(policy);
  const std::size_t count = policy.streams.size();
  const auto phases = analyzers::phases_of(count, dependencies(numbers, waits, true));
  if (!phases.cycle.empty()) refuse(phases.cycle);
  Plan plan;
  Planner planner(policy, streams, tasks);
  for (const auto& phase : phases.phases) {
    auto& planned = plan.phases.emplace_back();
    for (const std::size_t stream : phase) planned.push_back(planner.stream(stream));
  }
  plan.tasks = std::move(planner.homeless());
  for (const Dependency& edge :
       analyzers::phases_of(count, dependencies(numbers, waits, false)).cycle) {
    const auto wait = std::ranges::find_if(waits, [&](const StreamWait& candidate) {
      return numbers.at(candidate.stream) == edge.node && numbers.at(candidate.on) == edge.on &&
             candidate.reason == edge.reason;
    });
    plan.circle.push_back(*wait);
  }
  return plan;
}

}  // namespace gs::streams
