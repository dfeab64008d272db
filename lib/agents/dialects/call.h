#pragma once
// One call of ours by an agent's program: what it is about to do, or has done.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/dialects/dialect.h"

namespace gs::agents {

struct Call {
  Moment moment = Moment::none;  // none: nothing that we look at
  ToolKind kind = ToolKind::none;
  std::string event, tool, session;
  std::string cwd;                 // may be empty: the process's own
  std::vector<std::string> paths;  // of an edit or a patch, as they were given
  const Dialect* dialect = nullptr;
  std::string_view json;    // what it was read from, for as long as that lives
  std::string command;      // of a shell call
  bool background = false;  // a shell call goes on when the program says that it is over
  bool again = false;       // the end of a turn that we had go on
};

// `event` is what the settings say we were called for; the call's own word goes before it. Throws
// Unreadable when it is no JSON, names no event, or lacks what a known tool must say.
Call read_call(const Dialect& dialect, std::string_view event, std::string_view json);

// The texts, and the items of lists, that arguments of the call's tool with these names hold.
std::vector<std::string> arguments_of(const Call& call, std::span<const std::string_view> names);

// What the Add, Update and Delete headers of a patch in the form of Codex's apply_patch name, and
// where files are moved to, in order.
std::vector<std::string> patch_paths(std::string_view patch);

}  // namespace gs::agents
