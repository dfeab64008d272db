#pragma once
// Who acts. An identity is found by lib/app and only passed around below it.

#include <optional>
#include <string>

#include "lib/core/ids.h"

namespace gs::core {

struct Identity {
  // Which answer won (contract, section 3).
  enum class Source { none, environment, worktree, branch };

  std::optional<StreamId> stream;
  std::optional<AgentId> agent;  // implies stream
  Source source = Source::none;

  bool outsider() const { return !stream && !agent; }

  // The name under which locks are held and lines are logged: "agent-F1"; "stream-F" for a stream
  // without an agent; "outsider".
  std::string name() const {
    if (agent) return agent->full();
    return stream ? "stream-" + stream->str() : std::string("outsider");
  }
};

}  // namespace gs::core
