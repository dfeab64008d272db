// python, locks, coordination and rules.

#include "lib/policy/grammar.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>

#include "lib/core/policy.h"
#include "lib/core/text.h"
#include "lib/policy/check.h"

namespace gs::policy {

namespace {

using core::Action;
using core::Policy;
using core::Rules;

struct Ignored {};
constexpr Word<Ignored> kIgnore[] = {{"type_checking", {}}, {"dynamic", {}}};

void read_roots(Reader& reader, const YamlNode& node, Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    policy.python_roots.push_back(reader.text(*item));
    if (!stays_inside(policy.python_roots.back())) {
      reader.fail(*item, fmt::format("{} is no folder of the repository", in_quotes(item->text)),
                  "relative to its root, without '..': src");
    }
  }
}

// A word, or a rule "importer -> target".
void read_ignore(Reader& reader, const YamlNode& item, Policy& policy) {
  const std::string text = reader.text(item);
  if (!core::looks_like_edge_rule(text)) {
    reader.word(item, kIgnore);
  } else if (const auto fault = core::edge_rule_fault(text)) {
    reader.fail(item, fmt::format("{} is no rule: {}", in_quotes(text), *fault),
                "importer -> target, where * is one part and ** any number: api.** -> models.*");
  }
  policy.python_ignore.push_back(text);
}

const Field<Policy> kPython[] = {
    {"roots", read_roots},
    {"ignore",
     [](Reader& r, const YamlNode& n, Policy& policy) {
       for (const YamlNode* item : r.list(n)) read_ignore(r, *item, policy);
     }},
};

const Field<Policy> kLocks[] = {
    {"ttl", [](Reader& r, const YamlNode& n, Policy& policy) { policy.lock_ttl = r.duration(n); }},
    {"max_ttl",
     [](Reader& r, const YamlNode& n, Policy& policy) { policy.lock_max_ttl = r.duration(n); }},
    {"auto", [](Reader& r, const YamlNode& n, Policy& policy) { policy.lock_auto = r.boolean(n); }},
};

constexpr Word<Action> kAction[] = {
    {"block", Action::block}, {"warn", Action::warn}, {"off", Action::off}};
constexpr Word<core::Store> kStore[] = {
    {"files", core::Store::files}, {"git", core::Store::git}, {"etcd", core::Store::etcd}};
constexpr Word<Action> kStale[] = {{"warn", Action::warn}, {"block", Action::block}};

// git and curl get it as an argument.
std::string address(Reader& reader, const YamlNode& node) {
  std::string text = reader.text(node);
  const bool plain =
      std::ranges::none_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  if (!plain || text.front() == '-')
    reader.fail(node, fmt::format("{} is no address", in_quotes(text)),
                "without spaces and control characters, and no '-' first");
  return text;
}

std::string endpoint(Reader& reader, const YamlNode& node) {
  std::string text = address(reader, node);
  if (text.find('@') != text.npos)
    reader.fail(node, "an endpoint has no user and no password",
                "git config stream.etcd.user; the password from git's credential helper");
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size()) return text;
  }
  reader.fail(node, fmt::format("{} is no endpoint of etcd", in_quotes(text)),
              "http:// or https://, a host and a port: https://etcd-1.example.com:2379");
}

void read_endpoints(Reader& reader, const YamlNode& node, core::Coordination& coordination) {
  for (const YamlNode* item : reader.list(node))
    coordination.endpoints.push_back(endpoint(reader, *item));
}

// Its keys are PREFIX/NAME.
std::string key_prefix(Reader& reader, const YamlNode& node) {
  std::string text = reader.text(node);
  const bool plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!plain || text.ends_with('/'))
    reader.fail(node, fmt::format("keys in etcd cannot begin with {}", in_quotes(text)),
                "in ASCII, without spaces, and without a '/' at its end");
  return text;
}

using core::Coordination;
const Field<Coordination> kCoordination[] = {
    {"store",
     [](Reader& r, const YamlNode& n, Coordination& all) { all.store = r.word(n, kStore); }},
    {"remote", [](Reader& r, const YamlNode& n, Coordination& all) { all.remote = address(r, n); }},
    {"stale",
     [](Reader& r, const YamlNode& n, Coordination& all) { all.stale = r.word(n, kStale); }},
    {"endpoints", read_endpoints},
    {"prefix",
     [](Reader& r, const YamlNode& n, Coordination& all) { all.prefix = key_prefix(r, n); }},
};

constexpr Word<core::Unowned> kUnowned[] = {{"lock", core::Unowned::lock},
                                            {"allow", core::Unowned::allow},
                                            {"block", core::Unowned::block}};
constexpr Word<core::Outsider> kOutsider[] = {{"allow", core::Outsider::allow},
                                              {"warn", core::Outsider::warn},
                                              {"block", core::Outsider::block}};
constexpr Word<core::Bypass> kBypass[] = {{"allow", core::Bypass::allow},
                                          {"block", core::Bypass::block}};

template <Action Rules::*rule>
void read_action(Reader& reader, const YamlNode& node, Rules& rules) {
  rules.*rule = reader.word(node, kAction);
}

const Field<Rules> kRules[] = {
    {"scope", read_action<&Rules::scope>},
    {"lock", read_action<&Rules::lock>},
    {"unowned",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.unowned = r.word(n, kUnowned); }},
    {"layer", read_action<&Rules::layer>},
    {"import-conflict", read_action<&Rules::import_conflict>},
    {"branch-name", read_action<&Rules::branch_name>},
    {"outsider",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.outsider = r.word(n, kOutsider); }},
    {"bypass",
     [](Reader& r, const YamlNode& n, Rules& rules) { rules.bypass = r.word(n, kBypass); }},
};

}  // namespace

void read_python(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Policy>(node, kPython, "'python'", policy);
}

void read_locks(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Policy>(node, kLocks, "'locks'", policy);
}

void read_coordination(Reader& reader, const YamlNode& node, Policy& policy) {
  Coordination& coordination = policy.coordination;
  reader.fields<Coordination>(node, kCoordination, "'coordination'", coordination);
  if (coordination.store == core::Store::etcd && coordination.endpoints.empty())
    reader.fail(node, "'coordination' needs 'endpoints' for etcd",
                "for example: endpoints: [\"https://etcd-1.example.com:2379\"]");
  if (coordination.store == core::Store::etcd && coordination.prefix.empty())
    reader.fail(node, "'coordination' needs 'prefix' for etcd",
                "a name for this repository in the cluster: prefix: git-stream/my-project");
}

void read_rules(Reader& reader, const YamlNode& node, Policy& policy) {
  reader.fields<Rules>(node, kRules, "'rules'", policy.rules);
}

void add_settings_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words) {
  keys.push_back(key_set("python", kPython));
  keys.push_back(key_set("locks", kLocks));
  keys.push_back(key_set("coordination", kCoordination));
  keys.push_back(key_set("rules", kRules));
  words.push_back(word_set("python.ignore[]", kIgnore));
  for (const std::string rule : {"scope", "lock", "layer", "import-conflict", "branch-name"}) {
    words.push_back(word_set("rules." + rule, kAction));
  }
  words.push_back(word_set("coordination.store", kStore));
  words.push_back(word_set("coordination.stale", kStale));
  words.push_back(word_set("rules.unowned", kUnowned));
  words.push_back(word_set("rules.outsider", kOutsider));
  words.push_back(word_set("rules.bypass", kBypass));
}

// streams and layers.

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

// Whether the folders that it matches are meant as well: "ag*", but neither "*.py" nor a lone "*".
bool may_name_folders(std::string_view pattern) {
  const std::string_view name = pattern.substr(pattern.rfind('/') + 1);
  const bool wild = name.find_first_of("*?[") != std::string_view::npos;
  return wild && name.find('.', 1) == std::string_view::npos &&
         name.find_first_not_of("*?") != std::string_view::npos;
}

// With what is below folders that a name with a wildcard matches: the reference design writes
// ".claude/ag*" for `.claude/agents/`. A name without one has git take all below it.
std::vector<std::string> with_folders(std::vector<std::string> patterns) {
  std::vector<std::string> all;
  for (const std::string& pattern : patterns) {
    all.push_back(pattern);
    const std::string below = pattern + "/**";
    if (may_name_folders(pattern) && std::ranges::find(patterns, below) == patterns.end())
      all.push_back(below);
  }
  return all;
}

const Field<AgentSpec> kAgent[] = {
    {"scope", [](Reader& r, const YamlNode& n, AgentSpec& agent) { agent.scope = r.text(n); }},
    {"files",
     [](Reader& r, const YamlNode& n, AgentSpec& agent) {
       agent.files = with_folders(r.patterns(n));
     },
     "files: [\"config/*.py\"]"},
    {"after", read_after},
    {"pushers", [](Reader& r, const YamlNode& n, AgentSpec& agent) { agent.pushers = r.texts(n); }},
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
    AgentSpec agent{reader.agent_id(*pairs[i]), {}, {}, {}, {}};
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

// validate, agent_hooks, agent_tools and tasks.

namespace {

using core::TaskSpec;
using core::ValidateStep;

const Field<ValidateStep> kStep[] = {
    {"name", [](Reader& r, const YamlNode& n, ValidateStep& step) { step.name = r.text(n); },
     "name: tests"},
    {"run", [](Reader& r, const YamlNode& n, ValidateStep& step) { step.run = r.argv(n); },
     "run: [pytest, tests/]"},
    {"timeout",
     [](Reader& r, const YamlNode& n, ValidateStep& step) { step.timeout = r.duration(n); }},
};

// `inline` as users write it is no name in C++.
constexpr Word<core::ValidateMode> kMode[] = {
    {"inline", core::ValidateMode::foreground},
    {"background", core::ValidateMode::background},
    {"off", core::ValidateMode::off},
};

void read_steps(Reader& reader, const YamlNode& node, core::Policy& policy) {
  policy.validate_given = true;
  for (const YamlNode* item : reader.list(node)) {
    ValidateStep step;
    reader.fields<ValidateStep>(*item, kStep, "a validate step", step);
    for (const ValidateStep& other : policy.validate) {
      if (other.name != step.name) continue;
      reader.fail(*item, fmt::format("a second validate step {}", in_quotes(step.name)),
                  "reports tell steps apart by their names");
    }
    policy.validate.push_back(std::move(step));
  }
}

const Field<core::Policy> kValidate[] = {
    {"mode", [](Reader& r, const YamlNode& n,
                core::Policy& policy) { policy.validate_mode = r.word(n, kMode); }},
    {"steps", read_steps},
};

struct Plain {};
constexpr Word<Plain> kPriority[] = {{"P0", {}}, {"P1", {}}, {"P2", {}}, {"P3", {}}, {"P4", {}}};
constexpr Word<Plain> kStatus[] = {
    {"todo", {}}, {"in_progress", {}}, {"completed", {}}, {"cancelled", {}}};

// As `--dialect` of `git stream agent-hook` names them.
constexpr Word<Plain> kAgentHooks[] = {
    {"claude", {}}, {"codex", {}}, {"gemini", {}}, {"cursor", {}}, {"copilot", {}}};

const Field<core::AgentTool> kTool[] = {
    {"name", [](Reader& r, const YamlNode& n, core::AgentTool& tool) { tool.name = r.text(n); },
     "name: write_file"},
    {"paths",
     [](Reader& r, const YamlNode& n, core::AgentTool& tool) {
       for (const YamlNode* item : r.list(n)) tool.paths.push_back(r.text(*item));
     },
     "paths: [path]"},
};

// A positive number with at most one digit behind the point, below 1,000.
std::uint32_t tenths(Reader& reader, const YamlNode& node) {
  const std::string& text = node.text;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string digits =
      text.substr(0, point) + (point == text.size() ? "0" : text.substr(point + 1));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  const bool shape = point >= 1 && point <= 3 && (point == text.size() || text.size() == point + 2);
  if (node.kind != YamlNode::Kind::scalar || !whole || !shape || value == 0)
    reader.fail(node, "'days' is no number of days", "write 2, or 0.5");
  return value;
}

// A task with the nodes that its cross checks point at.
struct Task {
  TaskSpec spec;
  const YamlNode *stream = nullptr, *agent = nullptr;
};

const Field<Task> kTask[] = {
    {"title", [](Reader& r, const YamlNode& n, Task& task) { task.spec.title = r.text(n); },
     "title: Metrics consolidation"},
    {"stream",
     [](Reader& r, const YamlNode& n, Task& task) {
       task.spec.stream = r.stream_id(n);
       task.stream = &n;
     }},
    {"agent",
     [](Reader& r, const YamlNode& n, Task& task) {
       task.spec.agent = r.agent_id(n);
       task.agent = &n;
     }},
    {"priority",
     [](Reader& r, const YamlNode& n, Task& task) {
       r.word(n, kPriority);
       task.spec.priority = n.text;
     }},
    {"status",
     [](Reader& r, const YamlNode& n, Task& task) {
       r.word(n, kStatus);
       task.spec.status = n.text;
     }},
    {"days",
     [](Reader& r, const YamlNode& n, Task& task) { task.spec.tenths_of_days = tenths(r, n); }},
};

}  // namespace

// The steps alone, or with how they are run.
void read_validate(Reader& reader, const YamlNode& node, core::Policy& policy) {
  if (node.kind == YamlNode::Kind::map) {
    reader.fields<core::Policy>(node, kValidate, "validate", policy);
  } else {
    read_steps(reader, node, policy);
  }
}

void read_agent_hooks(Reader& reader, const YamlNode& node, core::Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    reader.word(*item, kAgentHooks);
    policy.agent_hooks.push_back(item->text);
  }
}

void read_agent_tools(Reader& reader, const YamlNode& node, core::Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    core::AgentTool tool;
    reader.fields<core::AgentTool>(*item, kTool, "an agent's tool", tool);
    policy.agent_tools.push_back(std::move(tool));
  }
}

void read_tasks(Reader& reader, const YamlNode& node, core::Policy& policy) {
  for (const YamlNode* item : reader.list(node)) {
    Task task;
    task.spec.status = kStatus[0].word;
    reader.fields<Task>(*item, kTask, "a task", task);
    if (task.stream != nullptr || task.agent != nullptr) {
      reader.references.tasks.push_back({policy.tasks.size(), task.stream, task.agent});
    }
    policy.tasks.push_back(std::move(task.spec));
  }
}

void add_work_grammar(std::vector<KeySet>& keys, std::vector<WordSet>& words) {
  keys.push_back(key_set("validate", kValidate));
  keys.push_back(key_set("validate.steps[]", kStep));
  keys.push_back(key_set("agent_tools[]", kTool));
  keys.push_back(key_set("tasks[]", kTask));
  words.push_back(word_set("validate.mode", kMode));
  words.push_back(word_set("agent_hooks[]", kAgentHooks));
  words.push_back(word_set("tasks[].priority", kPriority));
  words.push_back(word_set("tasks[].status", kStatus));
}

}  // namespace gs::policy
