// streams and layers.

#include <fmt/core.h>

#include "lib/core/text.h"
#include "lib/policy/grammar.h"

namespace gs::policy {

namespace {

using core::AgentSpec;
using core::Layer;
using core::Parallel;
using core::StreamSpec;

constexpr Word<Parallel> kParallel[] = {
    {"full", Parallel::full}, {"partial", Parallel::partial}, {"none", Parallel::none}};

void read_after(Reader& reader, const YamlNode& node, AgentSpec& agent) {
  for (const YamlNode* item : reader.list(node)) {
    const core::AgentId other = reader.agent_id(*item);
    reader.references.after.push_back({agent.id.short_name(), other.short_name(), item});
    agent.after.push_back(other);
  }
}

const Field<AgentSpec> kAgent[] = {
    {"scope", [](Reader& r, const YamlNode& n, AgentSpec& agent) { agent.scope = r.text(n); }},
    {"files", [](Reader& r, const YamlNode& n, AgentSpec& agent) { agent.files = r.patterns(n); },
     "files: [\"config/*.py\"]"},
    {"after", read_after},
};

void read_depends_on(Reader& reader, const YamlNode& node, StreamSpec& stream) {
  for (const YamlNode* item : reader.list(node)) {
    const core::StreamId other = reader.stream_id(*item);
    reader.references.depends_on.push_back({stream.id.str(), other.str(), item});
    stream.depends_on.push_back(other);
  }
}

void read_agents(Reader& reader, const YamlNode& node, StreamSpec& stream) {
  const std::span<const YamlNode* const> pairs = reader.pairs(node);
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    AgentSpec agent{reader.agent_id(*pairs[i]), {}, {}, {}};
    const std::string name = agent.id.short_name();
    reader.references.agents.push_back({name, stream.id.str(), pairs[i]});
    reader.fields<AgentSpec>(*pairs[i + 1], kAgent, "agent '" + name + "'", agent);
    stream.agents.push_back(std::move(agent));
  }
}

const Field<StreamSpec> kStream[] = {
    {"name", [](Reader& r, const YamlNode& n, StreamSpec& stream) { stream.name = r.text(n); }},
    {"parallel", [](Reader& r, const YamlNode& n,
                    StreamSpec& stream) { stream.parallel = r.word(n, kParallel); }},
    {"depends_on", read_depends_on},
    {"agents", read_agents},
};

// A module of a layer is a dotted prefix, as imports spell it.
std::string module_name(Reader& reader, const YamlNode& node) {
  std::string name = reader.text(node);
  const bool dots = name.starts_with('.') || name.ends_with('.') || name.find("..") != name.npos;
  const bool space = name.find_first_of(" \t\r\n/\\*?[") != std::string::npos;
  if (dots || space || name.ends_with(".py")) {
    reader.fail(node, fmt::format("{} is no module", in_quotes(name)),
                "modules are dotted as in an import: models.risk");
  }
  return name;
}

const Field<Layer> kLayer[] = {
    {"name", [](Reader& r, const YamlNode& n, Layer& layer) { layer.name = r.text(n); },
     "name: foundation"},
    {"modules",
     [](Reader& r, const YamlNode& n, Layer& layer) {
       for (const YamlNode* item : r.list(n)) {
         layer.modules.push_back(module_name(r, *item));
         r.references.modules.push_back({{}, layer.modules.back(), item});
       }
     },
     "modules: [config, utils]"},
    {"independent",
     [](Reader& r, const YamlNode& n, Layer& layer) { layer.independent = r.boolean(n); }},
};

}  // namespace

void read_streams(Reader& reader, const YamlNode& node, core::Policy& policy) {
  const std::span<const YamlNode* const> pairs = reader.pairs(node);
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    StreamSpec stream;
    stream.id = reader.stream_id(*pairs[i]);
    stream.name = stream.id.str();
    reader.references.streams.push_back({stream.id.str(), {}, pairs[i]});
    reader.fields<StreamSpec>(*pairs[i + 1], kStream, "stream '" + stream.id.str() + "'", stream);
    policy.streams.push_back(std::move(stream));
  }
}

void read_layers(Reader& reader, const YamlNode& node, core::Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    Layer layer;
    const std::size_t first = reader.references.modules.size();
    reader.fields<Layer>(*item, kLayer, "a layer", layer);
    for (const Layer& other : policy.layers) {
      if (other.name != layer.name) continue;
      reader.fail(*item, fmt::format("a second layer {}", in_quotes(layer.name)),
                  "put its modules in one");
    }
    for (std::size_t i = first; i < reader.references.modules.size(); ++i) {
      reader.references.modules[i].from = layer.name;
    }
    policy.layers.push_back(std::move(layer));
  }
}

void add_stream_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words) {
  keys.push_back(key_set("streams.*", kStream));
  keys.push_back(key_set("streams.*.agents.*", kAgent));
  keys.push_back(key_set("layers[]", kLayer));
  words.push_back(word_set("streams.*.parallel", kParallel));
}

}  // namespace gs::policy
