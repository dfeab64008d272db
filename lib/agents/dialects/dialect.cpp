#include "lib/agents/dialects/dialect.h"

#include <algorithm>
#include <array>

#include "lib/core/json.h"

namespace gs::agents {

namespace {

using core::JsonWriter;
using Moment::after_tool, Moment::before_tool, Moment::session_start, Moment::turn_end;
using ToolKind::edit, ToolKind::patch, ToolKind::powershell, ToolKind::shell;

std::string members(std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [name, text] : all) json.member(name, text);
  return json.end_object().take();
}

std::string specific(std::string_view event,
                     std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  JsonWriter json;
  json.begin_object().key("hookSpecificOutput").begin_object().member("hookEventName", event);
  for (const auto& [name, text] : all) json.member(name, text);
  return json.end_object().end_object().take();
}

// Claude Code's, and Codex's, which took it over.
std::string say_as_claude(Speech speech, std::string_view event, std::string_view text) {
  switch (speech) {
    case Speech::deny:
      return specific(event, {{"permissionDecision", "deny"}, {"permissionDecisionReason", text}});
    case Speech::ask:
      return specific(event, {{"permissionDecision", "ask"}, {"permissionDecisionReason", text}});
    case Speech::remark:
    case Speech::context:
      return specific(event, {{"additionalContext", text}});
    case Speech::go_on:
      return members({{"decision", "block"}, {"reason", text}});
  }
  return {};
}

std::string say_as_gemini(Speech speech, std::string_view event, std::string_view text) {
  switch (speech) {
    case Speech::deny:
    case Speech::go_on:
      return members({{"decision", "deny"}, {"reason", text}});
    case Speech::ask:
    case Speech::remark:
      return members({{"systemMessage", text}});
    case Speech::context:
      return specific(event, {{"additionalContext", text}});
  }
  return {};
}

std::string say_as_cursor(Speech speech, std::string_view, std::string_view text) {
  switch (speech) {
    case Speech::deny:
      return members({{"permission", "deny"}, {"user_message", text}, {"agent_message", text}});
    case Speech::ask:
      return members({{"permission", "ask"}, {"user_message", text}, {"agent_message", text}});
    case Speech::remark:
      return {};
    case Speech::context:
      return members({{"additional_context", text}});
    case Speech::go_on:
      return members({{"followup_message", text}});
  }
  return {};
}

std::string say_as_copilot(Speech speech, std::string_view, std::string_view text) {
  switch (speech) {
    case Speech::deny:
      return members({{"permissionDecision", "deny"}, {"permissionDecisionReason", text}});
    case Speech::ask:
    case Speech::remark:
      return {};
    case Speech::context:
      return members({{"additionalContext", text}});
    case Speech::go_on:
      return members({{"decision", "block"}, {"reason", text}});
  }
  return {};
}

constexpr std::string_view kInputPaths[] = {"tool_input.file_path", "tool_input.notebook_path",
                                            "tool_input.path"};
constexpr std::string_view kInputCommands[] = {"tool_input.command", "tool_input.command[]",
                                               "tool_input.input", "tool_input.patch",
                                               "tool_input"};
constexpr NamedEvent kClaudeEvents[] = {{"PreToolUse", before_tool},
                                        {"PostToolUse", after_tool},
                                        {"SessionStart", session_start},
                                        {"Stop", turn_end}};
constexpr NamedTool kClaudeTools[] = {
    {"Edit", edit}, {"Write", edit}, {"MultiEdit", edit}, {"NotebookEdit", edit}, {"Bash", shell}};
constexpr NamedTool kCodexTools[] = {{"apply_patch", patch},  {"Bash", shell}, {"shell", shell},
                                     {"exec_command", shell}, {"Edit", edit},  {"Write", edit}};

constexpr NamedEvent kGeminiEvents[] = {{"BeforeTool", before_tool},
                                        {"AfterTool", after_tool},
                                        {"SessionStart", session_start},
                                        {"AfterAgent", turn_end}};
constexpr NamedTool kGeminiTools[] = {
    {"write_file", edit}, {"replace", edit}, {"run_shell_command", shell}};

constexpr std::string_view kCursorPaths[] = {"tool_input.file_path",       "tool_input.path",
                                             "tool_input.target_file",     "tool_input.filePath",
                                             "tool_input.target_notebook", "file_path"};
constexpr std::string_view kCursorCommands[] = {"command", "tool_input.command",
                                                "tool_input.patch"};
constexpr NamedEvent kCursorEvents[] = {{"preToolUse", before_tool},
                                        {"beforeShellExecution", before_tool, "Shell"},
                                        {"postToolUse", after_tool},
                                        {"sessionStart", session_start},
                                        {"stop", turn_end}};
constexpr NamedTool kCursorTools[] = {
    {"Write", edit},  {"Edit", edit},         {"StrReplace", edit},   {"MultiEdit", edit},
    {"Delete", edit}, {"EditNotebook", edit}, {"NotebookEdit", edit}, {"TabWrite", edit},
    {"Shell", shell}, {"Bash", shell},        {"ApplyPatch", patch}};

constexpr std::string_view kCopilotPaths[] = {"toolArgs.path", "toolArgs.file_path",
                                              "toolArgs.filePath"};
constexpr std::string_view kCopilotCommands[] = {"toolArgs.command", "toolArgs.input",
                                                 "toolArgs.patch", "toolArgs"};
constexpr NamedEvent kCopilotEvents[] = {{"preToolUse", before_tool},
                                         {"postToolUse", after_tool},
                                         {"sessionStart", session_start},
                                         {"agentStop", turn_end}};
constexpr NamedTool kCopilotTools[] = {
    {"create", edit},       {"edit", edit},  {"str_replace_editor", edit},
    {"apply_patch", patch}, {"bash", shell}, {"powershell", powershell}};

constexpr std::string_view kCodexFolders[] = {"tool_input.workdir"};
constexpr std::string_view kGeminiFolders[] = {"tool_input.dir_path", "tool_input.directory"};
constexpr std::string_view kCursorFolders[] = {"tool_input.working_directory"};

constexpr Dialect kDialects[] = {
    {"claude",
     "Claude Code",
     "tool_input.",
     "session_id",
     "cwd",
     "hook_event_name",
     "tool_name",
     "stop_hook_active",
     kInputPaths,
     kInputCommands,
     {},
     kClaudeEvents,
     kClaudeTools,
     say_as_claude,
     true,
     false},
    {"codex", "Codex", "tool_input.", "session_id", "cwd", "hook_event_name", "tool_name",
     "stop_hook_active", kInputPaths, kInputCommands, kCodexFolders, kClaudeEvents, kCodexTools,
     say_as_claude, false, false},
    {"gemini", "Gemini CLI", "tool_input.", "session_id", "cwd", "hook_event_name", "tool_name",
     "stop_hook_active", kInputPaths, kInputCommands, kGeminiFolders, kGeminiEvents, kGeminiTools,
     say_as_gemini, false, false},
    {"cursor", "Cursor", "tool_input.", "conversation_id", "cwd", "hook_event_name", "tool_name",
     "loop_count", kCursorPaths, kCursorCommands, kCursorFolders, kCursorEvents, kCursorTools,
     say_as_cursor, true, true},
    {"copilot",
     "GitHub Copilot CLI",
     "toolArgs.",
     "sessionId",
     "cwd",
     "hook_event_name",
     "toolName",
     "stop_hook_active",
     kCopilotPaths,
     kCopilotCommands,
     {},
     kCopilotEvents,
     kCopilotTools,
     say_as_copilot,
     false,
     true},
};

template <class Row>
const Row* find_row(std::span<const Row> rows, std::string_view name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

std::span<const Dialect> dialects() {
  return kDialects;
}

const Dialect* find_dialect(std::string_view name) {
  return find_row(dialects(), name);
}

const NamedEvent* find_event(const Dialect& dialect, std::string_view name) {
  return find_row(dialect.events, name);
}

ToolKind kind_of(const Dialect& dialect, std::string_view tool) {
  const NamedTool* row = find_row(dialect.tools, tool);
  if (row != nullptr) return row->kind;
  // mcp__SERVER__TOOL, MCP:TOOL, mcp_SERVER_TOOL, SERVER-TOOL
  const bool server = tool.starts_with("mcp") || tool.starts_with("MCP") ||
                      tool.find("__") != tool.npos || tool.find('-') != tool.npos;
  return server ? ToolKind::server : ToolKind::none;
}

}  // namespace gs::agents
