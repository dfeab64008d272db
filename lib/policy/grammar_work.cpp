// validate, agent_hooks and tasks.

#include <fmt/core.h>

#include "lib/policy/grammar.h"

namespace gs::policy {

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
  keys.push_back(key_set("tasks[]", kTask));
  words.push_back(word_set("validate.mode", kMode));
  words.push_back(word_set("agent_hooks[]", kAgentHooks));
  words.push_back(word_set("tasks[].priority", kPriority));
  words.push_back(word_set("tasks[].status", kStatus));
}

}  // namespace gs::policy
