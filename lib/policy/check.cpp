#include "lib/policy/check.h"

#include <fmt/core.h>
#include <map>
#include <set>

#include "lib/policy/cycle.h"
#include "lib/policy/names.h"

namespace gs::policy {

namespace {

using core::Policy;

using Names = std::map<std::string, const Reference*, std::less<>>;

Names declared(const std::vector<Reference>& references) {
  Names names;
  for (const Reference& reference : references) names.emplace(reference.from, &reference);
  return names;
}

void check_known(const Reader& reader, const Names& known, const std::string& name,
                 const YamlNode& at, std::string_view what) {
  if (known.contains(name)) return;
  std::vector<std::string> all;
  for (const auto& [other, reference] : known) all.push_back(other);
  reader.fail(at, fmt::format("there is no {} {}", what, in_quotes(name)), word_hint(name, all));
}

// "E1" and "agent-E1" are one agent, so keys of one map can be twins, too.
void check_agents(const Reader& reader, const Names& agents) {
  for (const Reference& agent : reader.references.agents) {
    const Reference& first = *agents.find(agent.from)->second;
    if (first.at == agent.at && first.to == agent.to) continue;
    reader.fail(*agent.at, fmt::format("agent '{}' is given twice", agent.from),
                fmt::format("first in stream '{}' on line {}", first.to, first.at->place.line));
  }
}

void check_twice(const Reader& reader, const std::vector<Reference>& edges) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Reference& edge : edges) {
    if (seen.emplace(edge.from, edge.to).second) continue;
    reader.fail(*edge.at, fmt::format("{} is named twice", in_quotes(edge.to)));
  }
}

void check_modules(const Reader& reader) {
  std::map<std::string_view, const Reference*> home;
  for (const Reference& module : reader.references.modules) {
    const auto [first, fresh] = home.emplace(module.to, &module);
    if (fresh) continue;
    reader.fail(*module.at, fmt::format("module {} is in a layer already", in_quotes(module.to)),
                fmt::format("in {} on line {}", in_quotes(first->second->from),
                            first->second->at->place.line));
  }
}

void check_tasks(const Reader& reader, const Names& streams, const Names& agents, Policy& policy) {
  for (const TaskReference& reference : reader.references.tasks) {
    core::TaskSpec& task = policy.tasks[reference.task];
    if (task.stream) check_known(reader, streams, task.stream->str(), *reference.stream, "stream");
    if (!task.agent) continue;
    const std::string& agent = task.agent->short_name();
    check_known(reader, agents, agent, *reference.agent, "agent");
    const std::string& home = agents.find(agent)->second->to;
    if (!task.stream) task.stream = core::StreamId(home);
    if (task.stream->str() == home) continue;
    reader.fail(*reference.agent,
                fmt::format("agent '{}' is not in stream '{}'", agent, task.stream->str()),
                fmt::format("it is in stream '{}'", home));
  }
}

// Branches of streams must be names git takes, and leave the integration branch alone.
void check_branches(const Reader& reader, const Policy& policy) {
  const std::string& integration = policy.integration_branch.str();
  for (const Reference& stream : reader.references.streams) {
    const std::string branch = filled(filled(policy.branch, "stream", stream.from), "slug", "x");
    const YamlNode& at =
        reader.references.branch != nullptr ? *reader.references.branch : *stream.at;
    if (const auto fault = branch_fault(branch)) {
      reader.fail(*stream.at, fmt::format("stream '{}' gets the branch {}, which {}", stream.from,
                                          in_quotes(branch), *fault));
    }
    if (branch.starts_with(integration + '/') || integration.starts_with(branch + '/')) {
      reader.fail(at,
                  fmt::format("git cannot have the branches {} and {} side by side",
                              in_quotes(integration), in_quotes(branch)),
                  "no branch can be another's folder");
    }
  }
  if (const auto stream = core::stream_of_branch(policy, policy.integration_branch)) {
    const References& places = reader.references;
    const YamlNode* at =
        places.integration_branch != nullptr ? places.integration_branch : places.branch;
    reader.fail(*at,
                fmt::format("the integration branch {} would belong to stream '{}'",
                            in_quotes(integration), stream->str()),
                "let 'branch' make other names");
  }
}

}  // namespace

void check_references(const Reader& reader, Policy& policy) {
  const References& all = reader.references;
  const Names streams = declared(all.streams), agents = declared(all.agents);
  check_agents(reader, agents);
  for (const Reference& edge : all.depends_on) {
    check_known(reader, streams, edge.to, *edge.at, "stream");
  }
  for (const Reference& edge : all.after) check_known(reader, agents, edge.to, *edge.at, "agent");
  check_twice(reader, all.depends_on);
  check_twice(reader, all.after);
  if (const std::optional<Cycle> cycle = find_cycle(all)) {
    reader.fail(*cycle->at, "dependency cycle: " + cycle->names, "none of them could ever start");
  }
  check_modules(reader);
  check_tasks(reader, streams, agents, policy);
  check_branches(reader, policy);
}

}  // namespace gs::policy
