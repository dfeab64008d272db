#pragma once
// How a verdict is spoken to a person or an agent on a terminal.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/finding.h"
#include "lib/core/identity.h"

namespace gs::gates {

// "git-stream: commit blocked for agent-F2 (stream F)", then each finding with its next command; at
// most `most` findings are spelled out. Warnings alone say "warnings for" instead of "blocked for".
// `remarks`, one a finding or none at all, follow the messages: "in 1a2b3c4d5e".
std::string verdict_text(const core::Verdict& verdict, const core::Identity& identity,
                         std::string_view what, const std::vector<std::string>& remarks = {},
                         std::size_t most = 20);

// "agent-F2 (stream F)", "stream F", "an outsider"
std::string describe(const core::Identity& identity);

}  // namespace gs::gates
