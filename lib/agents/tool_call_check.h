#pragma once
// The verdict on what an agent is about to do, and what follows from it.

#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/dialects/call.h"
#include "lib/agents/path_location.h"
#include "lib/app/session.h"
#include "lib/core/finding.h"

namespace gs::agents {

// What to do with what is no agent's business.
inline constexpr char kPerson[] = "leave it to a person";

// What a call would change, and what is wrong with it whatever it changes.
struct Intent {
  std::vector<PathLocation> locations;
  std::vector<core::Finding> findings;
};

// Throws core::Error (usage) when a relative path is relative to a folder that is gone.
Intent intent_of(app::Session& session, const Call& call);

struct Decision {
  bool denied = false;
  std::string text;  // why, or what to mind; may be empty
};

// Judges, notes a refusal in the log with the tool's name, takes and renews locks when it goes on.
Decision check_tool_call(app::Session& session, const Call& call);

}  // namespace gs::agents
