#pragma once
// One call of ours by an agent's program, from its first byte to our exit.

#include <string>
#include <string_view>

#include "lib/agents/dialects/dialect.h"

namespace gs::agents {

// Exit codes: 0, what is to be said is on stdout; 2, a tool call is blocked, by a failure of ours;
// 1, a failure of ours that blocks nothing.
struct Answer {
  int status = 0;
  std::string output, errors;
};

// `event`: what the settings say we were called for; may be empty.
Answer answer(const Dialect& dialect, std::string_view event, std::string_view json);

// The whole of agent-hook's main(): agent-hook --dialect NAME [--event NAME], the call on stdin.
int run_agent_hook(int argc, char** argv);

// The same for `git stream agent-hook`.
int run_agent_hook(const std::string& dialect, const std::string& event);

}  // namespace gs::agents
