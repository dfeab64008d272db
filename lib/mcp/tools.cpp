#include "lib/mcp/tools.h"

#include <algorithm>

#include "lib/core/text.h"

namespace gs::mcp {

using core::Json;
using core::JsonWriter;

namespace {

constexpr Parameter kLock[] = {
    {"paths", ValueKind::texts, "", "files, folders or patterns, from the worktree's top", true},
    {"task", ValueKind::text, "--task", "what for; shown to others"},
    {"ttl", ValueKind::text, "--ttl", "for how long: 30m, 2h"},
    {"wait", ValueKind::text, "--wait", "wait so long for others' locks: 90s"},
};
constexpr Parameter kUnlock[] = {
    {"paths", ValueKind::texts, "", "as they were locked"},
    {"all", ValueKind::flag, "--all", "all of yours"},
};
constexpr Parameter kCheck[] = {
    {"range", ValueKind::text, "--range", "commits A..B instead of what is staged"},
    {"all", ValueKind::flag, "--all", "every import of the whole tree"},
};
constexpr Parameter kConflicts[] = {
    {"streams", ValueKind::texts, "", "only these"},
    {"dirty", ValueKind::flag, "--dirty", "with uncommitted work"},
};
constexpr std::string_view kReceivers = "to";
constexpr Parameter kHandoff[] = {
    {kReceivers, ValueKind::texts, "--to", "agents or streams: hands the rest on to them"},
    {"new", ValueKind::texts, "--new", "new interfaces"},
    {"breaking", ValueKind::texts, "--breaking", "changes that others must follow"},
    {"tasks", ValueKind::texts, "--task", "what is done"},
    {"tests", ValueKind::text, "--tests", "how the tests stand"},
};
// Of every tool: who acts, and where.
constexpr std::string_view kWorktree = "worktree", kAgent = "agent";
constexpr Parameter kCommon[] = {
    {kWorktree, ValueKind::text, "", "path of your git worktree, if not the server's"},
    {kAgent, ValueKind::text, "", "your agent id, where a worktree serves several"},
};

constexpr Tool kTools[] = {
    {"status", "Who you act as; streams, worktrees, locks, what is damaged.", {}, true, true},
    {"lock",
     "Lock paths before you edit them, for a limited time. Refused if another agent holds or owns "
     "them: the answer says who, and what to do.",
     kLock},
    {"unlock", "Release your locks.", kUnlock},
    {"check", "Judge what is staged, as the commit will be: scopes, locks, layers.", kCheck, true},
    {"conflicts", "What would break if all streams were merged now.", kConflicts, true, true},
    {"handoff", "Without `to`: what others handed on to you, and ask of you. With `to`: hand on.",
     kHandoff},
};

[[noreturn]] void fail(const std::string& what) {
  throw ArgumentError(what);
}

std::string quoted(std::string_view name) {
  return "'" + core::printable(name) + "'";
}

std::vector<const Parameter*> parameters_of(const Tool& tool) {
  std::vector<const Parameter*> all;
  for (const Parameter& parameter : tool.parameters) all.push_back(&parameter);
  for (const Parameter& parameter : kCommon) all.push_back(&parameter);
  return all;
}

const Parameter& parameter_named(const Tool& tool, std::string_view name) {
  std::vector<std::string> known;
  for (const Parameter* parameter : parameters_of(tool)) {
    if (parameter->name == name) return *parameter;
    known.emplace_back(parameter->name);
  }
  const auto nearest = core::nearest_word(name, known);
  fail(std::string(tool.name) + " takes no " + quoted(name) +
       (nearest ? "; did you mean '" + *nearest + "'?" : ""));
}

// A command line has no place for it.
const std::string& text_of(const Parameter& parameter, const Json& value) {
  const std::string* const text = value.string();
  if (text == nullptr) fail(quoted(parameter.name) + " must be a string");
  if (text->empty() || text->find('\0') != text->npos)
    fail(quoted(parameter.name) + " must not be empty, nor hold a null character");
  return *text;
}

std::vector<std::string> texts_of(const Parameter& parameter, const Json& value) {
  if (value.array() == nullptr) fail(quoted(parameter.name) + " must be an array of strings");
  std::vector<std::string> texts;
  for (const Json& item : *value.array()) texts.push_back(text_of(parameter, item));
  return texts;
}

std::vector<std::string> values_of(const Parameter& parameter, const Json& value) {
  switch (parameter.kind) {
    case ValueKind::text:
      return {text_of(parameter, value)};
    case ValueKind::texts:
      return texts_of(parameter, value);
    case ValueKind::flag:
      break;
  }
  const auto yes = value.boolean();
  if (!yes) fail(quoted(parameter.name) + " must be true or false");
  return *yes ? std::vector<std::string>{""} : std::vector<std::string>{};
}

struct Words {
  std::vector<std::string> options, operands;

  void add(const Parameter& parameter, const Json& value) {
    for (std::string& text : values_of(parameter, value)) {
      const std::string option(parameter.option);
      if (option.empty())
        operands.push_back(std::move(text));
      else
        options.push_back(parameter.kind == ValueKind::flag ? option : option + "=" + text);
    }
  }
};

void require_all(const Tool& tool, const Json& arguments) {
  for (const Parameter& parameter : tool.parameters) {
    if (parameter.required && arguments.find(parameter.name) == nullptr)
      fail(std::string(tool.name) + " needs " + quoted(parameter.name));
  }
}

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

const Tool* find_tool(std::string_view name) {
  const auto tool = std::find_if(std::begin(kTools), std::end(kTools),
                                 [&](const Tool& one) { return one.name == name; });
  return tool == std::end(kTools) ? nullptr : tool;
}

ToolCall read_call(const Tool& tool, const Json& arguments) {
  if (!arguments.is_null() && arguments.object() == nullptr)
    fail("the arguments must be an object");
  require_all(tool, arguments);
  ToolCall call;
  Words words;
  const Json::Object none;
  for (const auto& [name, value] : arguments.is_null() ? none : *arguments.object()) {
    const Parameter& parameter = parameter_named(tool, name);
    if (value.is_null()) continue;  // as some clients write what was left out
    if (parameter.name == kWorktree)
      call.worktree = text_of(parameter, value);
    else if (parameter.name == kAgent)
      call.agent = text_of(parameter, value);
    else
      words.add(parameter, value);
  }
  const bool adds = tool.parameters.data() == kHandoff && !words.options.empty();
  call.changes = !tool.read_only && (tool.parameters.data() != kHandoff || adds);
  call.words.emplace_back(tool.name);
  if (adds) call.words.emplace_back("add");
  call.words.insert(call.words.end(), words.options.begin(), words.options.end());
  if (!words.operands.empty()) call.words.emplace_back("--");
  call.words.insert(call.words.end(), words.operands.begin(), words.operands.end());
  return call;
}

namespace {

void write_parameter(JsonWriter& json, const Parameter& parameter) {
  json.key(parameter.name).begin_object();
  switch (parameter.kind) {
    case ValueKind::text:
      json.member("type", "string");
      break;
    case ValueKind::texts:
      json.member("type", "array").key("items").begin_object().member("type", "string");
      json.end_object();
      break;
    case ValueKind::flag:
      json.member("type", "boolean");
      break;
  }
  json.member("description", parameter.description).end_object();
}

void write_schema(JsonWriter& json, const Tool& tool) {
  json.key("inputSchema").begin_object().member("type", "object");
  json.key("properties").begin_object();
  for (const Parameter* parameter : parameters_of(tool)) write_parameter(json, *parameter);
  json.end_object();
  const auto required = std::find_if(tool.parameters.begin(), tool.parameters.end(),
                                     [](const Parameter& one) { return one.required; });
  if (required != tool.parameters.end())
    json.key("required").begin_array().value(required->name).end_array();
  json.member("additionalProperties", false).end_object();
}

// All hints are given: what a client takes where they are missing is the worst.
void write_annotations(JsonWriter& json, const Tool& tool) {
  json.key("annotations").begin_object().member("readOnlyHint", tool.read_only);
  json.member("destructiveHint", false).member("idempotentHint", true);
  json.member("openWorldHint", false).end_object();
}

}  // namespace

void write_tools(JsonWriter& json) {
  json.key("tools").begin_array();
  for (const Tool& tool : kTools) {
    json.begin_object().member("name", tool.name).member("description", tool.description);
    write_schema(json, tool);
    write_annotations(json, tool);
    json.end_object();
  }
  json.end_array();
}

}  // namespace gs::mcp
