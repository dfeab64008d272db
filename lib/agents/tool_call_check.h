#pragma once
// The verdict on what an agent is about to do, and what follows from it.

#include <string>
#include <vector>

#include "lib/agents/dialects/call.h"
#include "lib/agents/path_location.h"
#include "lib/core/finding.h"
#include "lib/session/session.h"

namespace gs::agents {

// What to do with what is no agent's business.
inline constexpr char kPerson[] = "leave it to a person";

struct FileChange {
  PathLocation location;
  bool removed = false;  // not written
  auto operator<=>(const FileChange&) const = default;
};

// What a call would change, and what is wrong with it whatever it changes.
struct Intent {
  std::vector<FileChange> changes;
  std::vector<core::Finding> findings;
  std::string trouble;  // why not all of a command could be read, where that matters
};

// Throws core::Error (usage) when a relative path is relative to a folder that is gone.
Intent intent_of(session::Session& session, const Call& call);

struct Decision {
  enum class Kind { pass, ask, deny } kind = Kind::pass;
  std::string text;  // why, or what to mind; may be empty
};

// Judges, notes a refusal in the log with the tool's name, takes and renews locks when it goes on.
Decision check_tool_call(session::Session& session, const Call& call);

}  // namespace gs::agents
