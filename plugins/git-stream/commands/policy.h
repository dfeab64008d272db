#pragma once

#include <cstddef>
#include <string>

#include "lib/session/session.h"

namespace gs::command {

// A policy for what is in the worktree (a bare repository: in HEAD's tree), with its reasons.
// `scopes`: for how many agents; 0: by the number of files.
std::string detected_policy(const session::Session& session, std::size_t scopes);

// Prints it; with --json as the member "policy".
void print_policy(const std::string& text, bool as_json);

}  // namespace gs::command
