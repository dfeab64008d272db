#include "lib/policy/check.h"

#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <set>
#include <string_view>
#include <vector>

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

namespace {

struct Edge {
  std::size_t to = 0;
  const YamlNode* at = nullptr;  // null where it follows from an agent being in its stream
};

struct Vertex {
  std::string_view name;  // empty for a stream's start, which no message names
  std::vector<Edge> waits_for;
  std::vector<std::size_t> awaited_by;
  std::size_t open = 0;  // of waits_for, those that are not known to end
};

using Graph = std::vector<Vertex>;

void connect(Graph& graph, std::size_t from, std::size_t to, const YamlNode* at) {
  graph[from].waits_for.push_back({to, at});
  graph[to].awaited_by.push_back(from);
  ++graph[from].open;
}

Graph build(const References& references) {
  Graph graph;
  std::map<std::string_view, std::size_t> streams, agents;  // a stream's end; its start is next
  for (const Reference& stream : references.streams) {
    streams.emplace(stream.from, graph.size());
    graph.push_back({stream.from, {}, {}, 0});
    graph.push_back({});
    connect(graph, graph.size() - 2, graph.size() - 1, nullptr);
  }
  for (const Reference& edge : references.depends_on) {
    connect(graph, streams.at(edge.from) + 1, streams.at(edge.to), edge.at);
  }
  for (const Reference& agent : references.agents) {
    agents.emplace(agent.from, graph.size());
    graph.push_back({agent.from, {}, {}, 0});
    connect(graph, streams.at(agent.to), graph.size() - 1, nullptr);
  }
  for (const Reference& edge : references.after) {
    connect(graph, agents.at(edge.from), agents.at(edge.to), edge.at);
  }
  for (const Reference& agent : references.agents) {
    connect(graph, agents.at(agent.from), streams.at(agent.to) + 1, nullptr);
  }
  return graph;
}

// Whatever waits for nothing ends; then what waits only for that. What stays open is on a cycle or
// waits for one. Without recursion: a policy may chain thousands.
void settle(Graph& graph) {
  std::vector<std::size_t> ended;
  for (std::size_t i = 0; i < graph.size(); ++i) {
    if (graph[i].open == 0) ended.push_back(i);
  }
  while (!ended.empty()) {
    const std::size_t vertex = ended.back();
    ended.pop_back();
    for (const std::size_t waiting : graph[vertex].awaited_by) {
      if (--graph[waiting].open == 0) ended.push_back(waiting);
    }
  }
}

std::vector<std::size_t> walk_cycle(const Graph& graph, std::size_t start) {
  std::vector<std::size_t> path, position(graph.size(), graph.size());
  for (std::size_t vertex = start;;) {
    if (position[vertex] < graph.size()) {
      path.erase(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(position[vertex]));
      return path;
    }
    position[vertex] = path.size();
    path.push_back(vertex);
    vertex = std::ranges::find_if(graph[vertex].waits_for, [&](const Edge& edge) {
               return graph[edge.to].open > 0;
             })->to;
  }
}

// A cycle of thousands is shown by its beginning.
void append(std::string& names, std::string_view name) {
  constexpr std::size_t kLongest = 400;
  constexpr std::string_view kMore = "… → ";
  if (names.size() < kLongest) {
    names += std::string(name) + " → ";
  } else if (!names.ends_with(kMore)) {
    names += kMore;
  }
}

Cycle describe(const Graph& graph, std::vector<std::size_t> path) {
  const auto named = [&](std::size_t vertex) { return !graph[vertex].name.empty(); };
  std::size_t first = graph.size();
  for (const std::size_t vertex : path) {
    if (named(vertex)) first = std::min(first, vertex);
  }
  std::rotate(path.begin(), std::find(path.begin(), path.end(), first), path.end());
  Cycle cycle;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (named(path[i])) append(cycle.names, graph[path[i]].name);
    const std::size_t next = path[(i + 1) % path.size()];
    const auto edge = std::ranges::find(graph[path[i]].waits_for, next, &Edge::to);
    if (cycle.at == nullptr) cycle.at = edge->at;
  }
  cycle.names += graph[first].name;
  return cycle;
}

}  // namespace

std::optional<Cycle> find_cycle(const References& references) {
  Graph graph = build(references);
  settle(graph);
  const auto open = std::ranges::find_if(graph, [](const Vertex& v) { return v.open > 0; });
  if (open == graph.end()) return std::nullopt;
  return describe(graph, walk_cycle(graph, static_cast<std::size_t>(open - graph.begin())));
}

std::optional<std::string> branch_fault(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.starts_with("refs/")) return "starts with 'refs/'";
  if (name.starts_with('-')) return "starts with '-'";
  if (name == "@" || name == "HEAD") return "is a name of git's own";
  if (name.ends_with('.')) return "ends with '.'";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "holds a control character";
    if (std::string_view(" ~^:?*[\\").find(c) != std::string_view::npos) {
      return fmt::format("holds '{}'", c);
    }
  }
  for (const std::string_view pair : {"..", "@{"}) {
    if (name.find(pair) != std::string_view::npos) return fmt::format("holds '{}'", pair);
  }
  for (std::string_view rest = name;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty()) return "has an empty part between '/'";
    if (part.starts_with('.')) return "has a part that starts with '.'";
    if (part.ends_with(".lock")) return "has a part that ends with '.lock'";
    if (part.size() == rest.size()) return std::nullopt;
    rest.remove_prefix(part.size() + 1);
  }
}

std::optional<std::string> unknown_placeholder(std::string_view text,
                                               std::span<const std::string_view> known) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string_view::npos) break;
    const std::string_view word = text.substr(at + 1, end - at - 1);
    if (word.empty() || !std::ranges::all_of(word, letter)) continue;
    if (std::ranges::find(known, word) == known.end()) return std::string(word);
  }
  return std::nullopt;
}

std::string filled(std::string_view text, std::string_view key, std::string_view value) {
  std::string out;
  const std::string placeholder = fmt::format("{{{}}}", key);
  for (;;) {
    const std::size_t at = text.find(placeholder);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += value;
    text.remove_prefix(at + placeholder.size());
  }
}

bool stays_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return false;
  for (std::string_view rest = path;;) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part == "..") return false;
    if (part.size() == rest.size()) return true;
    rest.remove_prefix(part.size() + 1);
  }
}

}  // namespace gs::policy
