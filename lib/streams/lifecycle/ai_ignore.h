#pragma once
// `.aiignore` at a worktree's top: in the syntax of gitignore(5), what its stream's agents may not
// touch. For tools that look there; the gates judge by the policy.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "lib/core/policy.h"
#include "lib/git/repository.h"
#include "lib/session/session.h"

namespace gs::streams {

// Whose worktree it stands in: an agent's own, or that of all agents of a stream.
struct AiIgnoreReader {
  const core::StreamSpec& stream;
  const core::AgentSpec* agent = nullptr;
};

// Others' files but for what is in the reader's own scope or shared, then what is protected; where
// the policy refuses changes of files in nobody's scope, all but what is its own or shared. Every
// pattern matches the files that it matches in the policy; folders are never ignored as such. Only
// where negated patterns of several agents overlap may it say less, or more, than the gates.
// `is_folder`: whether a path without wildcards names one, as far as is known.
std::string ai_ignore(const core::Policy& policy, const AiIgnoreReader& reader, bool ignore_case,
                      const std::function<bool(std::string_view)>& is_folder);

enum class AiIgnore {
  written,
  unchanged,
  tracked,  // the repository has one of its own: left as it is
  foreign,  // somebody else's file stands there: left as it is
};
// Writes it into the worktree (`layout` is that worktree's) and keeps it out of commits. Without
// `may_be_tracked` git is only asked about a file that is there.
AiIgnore write_ai_ignore(const git::Layout& layout, const std::string& text,
                         bool may_be_tracked = true);
// Both for the policy in force; what is a folder is seen in the tree of `base`. `base_only`: the
// worktree was just made, with all that is in that tree.
AiIgnore renew_ai_ignore(session::Session& session, const git::Layout& layout,
                         const AiIgnoreReader& reader, const core::ObjectId& base,
                         bool base_only = false);

// Whether one that was written so stands at a worktree's top, and is not tracked. Asks git.
bool has_own_ai_ignore(const std::filesystem::path& worktree);
// Takes the line that keeps it out of commits out again.
void unexclude_ai_ignore(const git::Layout& layout);

}  // namespace gs::streams
