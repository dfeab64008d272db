#pragma once
// The policy that judges: the one committed at the tip of the integration branch (contract, section
// 2).

#include <optional>
#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/git/repository.h"

namespace gs::policy {

struct PinnedPolicy {
  enum class Origin { integration, worktree };  // worktree: only while the branch has none yet
  core::Policy policy;
  Origin origin = Origin::integration;
  std::string source;  // "develop:.streams.yaml", "refs/remotes/origin/develop:.streams.yaml",
                       // ".streams.yaml"
};

// Nothing when the repository has no policy at all. Throws core::Error (usage) for one that cannot
// be read, naming file, line and column. Keeps the parsed policy in COMMONDIR/stream/policy.cache.
std::optional<PinnedPolicy> load_policy(const git::Repository& repository);

// The integration branch as `init` and `install` noted it for this repository; "develop" before
// that.
core::BranchName integration_branch(const git::Layout& layout);
void note_integration_branch(const git::Layout& layout, const core::BranchName& branch);

// ---- Patterns that what is installed in a repository adds to every policy's `protected`: the
// settings that make agents ask us. In COMMONDIR/stream/protected, a line each.

std::vector<std::string> installed_protection(const git::Layout& layout);
void note_protection(const git::Layout& layout, const std::vector<std::string>& patterns);

}  // namespace gs::policy
