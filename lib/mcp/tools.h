#pragma once
// The tools that agents are offered, and the command lines that calls of them are.

#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/json.h"

namespace gs::mcp {

enum class ValueKind { text, texts, flag };

// An argument of a tool: an option of the command, or its operands where it names none.
struct Parameter {
  std::string_view name;
  ValueKind kind;
  std::string_view option;  // "--task"; empty: operands
  std::string_view description;
  bool required = false;
};

struct Tool {
  std::string_view name;  // of the command, too
  std::string_view description;
  std::span<const Parameter> parameters;
  bool read_only = false;
  bool reports = false;  // exit code 1 is an answer, not a refusal
};

std::span<const Tool> tools();
const Tool* find_tool(std::string_view name);  // null: none

// Arguments that a tool does not take, in words for the model that gave them.
class ArgumentError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a call asks for.
struct ToolCall {
  std::vector<std::string> words;  // `git stream …`: options as "--task=TEXT", operands after "--"
  bool changes = false;            // state, and thus needs to know for whom
  std::optional<std::string> worktree, agent;
};

// `arguments`: an object, or null. Throws ArgumentError.
ToolCall read_call(const Tool& tool, const core::Json& arguments);

// The member "tools" of the answer to tools/list: names, descriptions, input schemas, annotations.
void write_tools(core::JsonWriter& json);

}  // namespace gs::mcp
