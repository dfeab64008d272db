#pragma once
// `.aiignore` at a worktree's top: in the syntax of gitignore(5), what its stream's agents may not
// touch. For tools that look there; the gates judge by the policy.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "lib/core/policy.h"
#include "lib/git/repository.h"

namespace gs::streams {

// Other streams' agents' files but for what is in the stream's own scope or shared, then what is
// protected. Every pattern matches the files that it matches in the policy; folders are never
// ignored as such. Only where negated patterns of several agents overlap may it say less, or more,
// than the gates. `is_folder`: whether a path without wildcards names one, as far as is known.
std::string ai_ignore(const core::Policy& policy, const core::StreamSpec& stream, bool ignore_case,
                      const std::function<bool(std::string_view)>& is_folder);

enum class AiIgnore {
  written,
  unchanged,
  tracked,  // the repository has one of its own: left as it is
  foreign,  // somebody else's file stands there: left as it is
};
// Writes it into the worktree (`layout` is that worktree's) and keeps it out of commits.
AiIgnore write_ai_ignore(const git::Layout& layout, const std::string& text);

}  // namespace gs::streams
