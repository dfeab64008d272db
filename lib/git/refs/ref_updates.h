#pragma once
// What git tells the hooks reference-transaction and pre-receive on stdin: "OLD NEW REF" a line.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"

namespace gs::git {

struct RefUpdate {
  std::string ref;       // as git says it
  core::ObjectId id;     // zero: the ref is deleted, or becomes symbolic
  std::string symbolic;  // the ref that it becomes a name of (git 2.46 and later)

  bool deletes() const { return id.is_zero() && symbolic.empty(); }
  // The branch that is moved, however the ref is spelled; nothing for other refs.
  std::optional<core::BranchName> branch() const;
};

// Throws core::Error (broken) for a line that is none. OLD is not kept: it is zero where git was
// not told to compare, so that only the ref itself says what it held.
std::vector<RefUpdate> parse_ref_updates(std::string_view lines);

// Whether a line moves a branch, without a closer look.
bool mentions_branches(std::string_view lines);

}  // namespace gs::git
