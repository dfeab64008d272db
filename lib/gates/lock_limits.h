#pragma once
// What may be locked by whom (contract, section 6): an agent locks what it may change, no more.

#include <span>
#include <string>
#include <vector>

#include "lib/session/session.h"

namespace gs::gates {

struct LockRefusal {
  std::string path;
  std::string why;   // "belongs to agent-F1 (stream F)"
  std::string next;  // how to ask the owner; may be empty
};

// Of paths and patterns, each checked with pattern_fault: those that reach into another agent's
// scope or are protected. People, who work in no stream, may lock everything.
std::vector<LockRefusal> refused_locks(session::Session& session,
                                       std::span<const std::string> paths);

// Those that are neither in this worktree nor in its index nor in HEAD, as a path or as what a
// pattern matches.
std::vector<std::string> not_here(const session::Session& session,
                                  std::span<const std::string> paths);

}  // namespace gs::gates
