#pragma once
// The policy that judges: the one committed at the tip of the integration branch (contract, section
// 2).

#include <optional>
#include <string>
#include <vector>

#include "lib/core/policy.h"
#include "lib/git/repository.h"
#include "lib/policy/integration_record.h"

namespace gs::policy {

struct PinnedPolicy {
  enum class Origin { integration, worktree };  // worktree: only while the branch has none yet
  core::Policy policy;
  Origin origin = Origin::integration;
  std::string source;  // "develop:.streams.yaml", "origin/develop:.streams.yaml", ".streams.yaml"
  std::optional<core::ObjectId> commit;  // none: the worktree's copy
  // Where the integration branch is by no gate's leave, while the policy is read where it was.
  std::optional<core::ObjectId> moved_to;
};

// Nothing when the repository has no policy at all. Throws core::Error (usage) for one that cannot
// be read, naming file, line and column; (broken) where the integration branch that had one is
// gone, or has become a name of another branch. Keeps the parsed policy in
// COMMONDIR/stream/policy.cache.
std::optional<PinnedPolicy> load_policy(const git::Repository& repository);

// The policy committed there, whatever else stands in the repository; `name` is shown for the
// commit. Nothing when the commit has none.
std::optional<PinnedPolicy> policy_at(const git::Repository& repository,
                                      const core::ObjectId& commit, const std::string& name);

// The one that judges the range A..B in a checkout without a record of `install` (CI): that of the
// merge base, A being on the integration branch; but where that names an integration branch that
// is here and does not hold B, as load_policy() does. Nothing when the merge base has none.
std::optional<PinnedPolicy> policy_for_range(const git::Repository& repository,
                                             const core::ObjectId& from, const core::ObjectId& to);

// Whether the parsed policy that is kept is what the committed text says.
bool cache_is_true(const git::Repository& repository);

// ---- Patterns that what is installed in a repository adds to every policy's `protected`: the
// settings that make agents ask us. In COMMONDIR/stream/protected, a line each.

std::vector<std::string> installed_protection(const git::Layout& layout);
void note_protection(const git::Layout& layout, const std::vector<std::string>& patterns);

}  // namespace gs::policy
