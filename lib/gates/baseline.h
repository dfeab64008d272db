#pragma once
// The file of accepted layer violations, in the tree being judged.

#include <optional>

#include "analyzers/baseline.h"
#include "lib/session/session.h"
#include "lib/core/finding.h"

namespace gs::gates {

// As a blob holds it; nothing that is accepted where there is none. Throws core::Error (usage) when
// it cannot be read; `source` names it in the message.
analyzers::Baseline read_baseline(const git::Repository& repository,
                                  const std::optional<core::ObjectId>& blob,
                                  const std::string& source);

// What is wrong with what a change does to it: streams may only make it shorter, nobody may leave
// it unreadable.
std::optional<core::Finding> judge_baseline_in(session::Session& session, const core::ChangeSet& changes);

}  // namespace gs::gates
