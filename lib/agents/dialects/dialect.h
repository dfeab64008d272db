#pragma once
// The agents' programs: how each says what it is about to do, and how it is told no. One row each.

#include <span>
#include <string>
#include <string_view>

namespace gs::agents {

// When a program calls us.
enum class Moment { none, before_tool, after_tool, session_start, turn_end };
// `server`: perhaps a tool of an MCP server's, which names its files in its own way.
enum class ToolKind { none, edit, patch, shell, powershell, server };

struct NamedEvent {
  std::string_view name;
  Moment moment;
  std::string_view tool = {};  // of an event that is about one tool and does not name it
};
struct NamedTool {
  std::string_view name;
  ToolKind kind;
};

// What we can say. `ask`: a person is to decide; `remark`: a word beside a tool call that goes on.
enum class Speech { deny, ask, remark, context, go_on };

struct Dialect {
  std::string_view name;       // of --dialect
  std::string_view program;    // for people
  std::string_view arguments;  // of a tool, all below this member
  // Where a call has what, as read_fields names it.
  std::string_view session, cwd, event, tool, again;
  std::span<const std::string_view> paths;     // of an edit
  std::span<const std::string_view> commands;  // of a shell call or a patch
  std::span<const std::string_view> folders;   // where a shell call runs, when not in cwd
  std::span<const NamedEvent> events;
  std::span<const NamedTool> tools;
  // What goes to stdout; empty where the program has no way to hear it.
  std::string (*say)(Speech speech, std::string_view event, std::string_view text);
  bool asks;             // the program knows `ask`; others get a remark
  bool failure_as_json;  // a failure of ours is said on stdout too, beside exit 2 and stderr
};

std::span<const Dialect> dialects();
const Dialect* find_dialect(std::string_view name);  // null: none of that name

const NamedEvent* find_event(const Dialect& dialect, std::string_view name);
ToolKind kind_of(const Dialect& dialect, std::string_view tool);

}  // namespace gs::agents
