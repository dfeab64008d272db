// Called by agents' programs before and after a tool call, and when a session or a turn begins or
// ends: docs/agents.md.
#include "lib/agents/run.h"

int main(int argc, char** argv) {
  return gs::agents::run_agent_hook(argc, argv);
}
