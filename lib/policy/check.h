#pragma once
// What can be judged only once the whole policy is read.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/core/policy.h"
#include "lib/policy/reader.h"

namespace gs::policy {

// Throws core::Error, as the reader words it, on names of nobody, agents and modules at home
// twice, dependency cycles, tasks of the wrong stream, and branches that get in each other's way.
// Fills in the stream of a task that names only its agent.
void check_references(const Reader& reader, core::Policy& policy);

// ---- Who waits for whom: streams for streams, agents for agents, and both across each other.

struct Cycle {
  std::string names;             // "E → F → E", starting with the one first in the file
  const YamlNode* at = nullptr;  // the `depends_on` or `after` entry that leaves it
};

// A cycle among the declared references; nothing when everybody can start some day. An agent waits
// for the agents in its `after` and for every stream that its own depends on; a stream is done
// when all its agents are.
std::optional<Cycle> find_cycle(const References& references);

// ---- Rules for names that a policy gives to branches, folders and commands.

// Why git would not take this as a branch's name (git-check-ref-format(1)): "holds '..'", …;
// nothing when it would.
std::optional<std::string> branch_fault(std::string_view name);

// The first `{word}` of a template that is not among the known ones; braces around anything else
// than lower-case letters and '_' are plain text.
std::optional<std::string> unknown_placeholder(std::string_view text,
                                               std::span<const std::string_view> known);

// The template with every `{key}` replaced.
std::string filled(std::string_view text, std::string_view key, std::string_view value);

// Whether a path stays below where it starts: relative, not empty, no "..".
bool stays_inside(std::string_view path);

}  // namespace gs::policy
