#include "lib/policy/policy_in_force.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

#include "lib/core/change.h"
#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/git/refs/history.h"
#include "lib/git/refs/refs.h"
#include "lib/policy/policy_cache.h"
#include "lib/policy/policy_file.h"
#include "lib/state/files.h"

namespace gs::policy {

namespace {

namespace fs = std::filesystem;
using core::BranchName;
using core::ObjectId;

constexpr std::size_t kLargestCache = 8 << 20;
constexpr std::size_t kLargestPolicy = 2 << 20;  // the parser's own limit is lower and says more

fs::path cache_file(const git::Layout& layout) {
  return layout.common_dir / "stream" / "policy.cache";
}

// The commit whose policy counts, and the ref it was found at.
struct Tip {
  std::string ref;
  ObjectId commit;
  std::optional<ObjectId> moved_to = {};  // the ref's own, where no gate has let it be moved there
};

std::optional<core::ObjectId> policy_blob(const git::Repository& repository,
                                          const ObjectId& commit) {
  const auto entry = repository.entry(commit, core::kPolicyFile);
  if (!entry) return std::nullopt;
  if (entry->mode == core::mode::symlink || entry->mode == core::mode::gitlink ||
      entry->mode == core::mode::tree) {
    throw core::Error(core::ExitCode::usage, std::string(core::kPolicyFile) + " in commit " +
                                                 core::short_id(commit) + " is no regular file");
  }
  return entry->id;
}

// The last commit that a gate, or else git, has noted for the branch before it was gone or became a
// name of another. git's log goes with a branch that is renamed.
std::string last_commit(const git::Repository& repository, const BranchName& branch) {
  if (const auto recorded = recorded_integration_tip(repository)) return recorded->hex();
  const auto moves = git::Refs(repository.layout()).moves_of("refs/heads/" + branch.str());
  return moves.empty() ? "COMMIT" : moves.back().after.hex();
}

// The local branch. `git symbolic-ref` runs no hook in most versions of git: a branch that has
// become a name of another one is not followed.
std::optional<Tip> local_tip(const git::Repository& repository, const BranchName& branch,
                             const IntegrationRecord& record) {
  const std::string ref = "refs/heads/" + branch.str();
  const std::string target = repository.symbolic_target(ref);
  const bool known = record.branch == branch && record.recorded;
  if (!target.empty() && known && target != record.symbolic) {
    throw core::Error(core::ExitCode::broken,
                      branch.str() + " has become a name of " + core::printable(target) +
                          ", and the policy is not read from there",
                      "git update-ref --no-deref " + ref + " " + last_commit(repository, branch));
  }
  const auto tip = integration_tip(repository, branch);
  if (tip && tip->moved_to && !git::known_commit(repository, tip->commit)) {
    throw core::Error(
        core::ExitCode::broken,
        branch.str() + " was moved past the gates, and the commit that it was at, " +
            core::short_id(tip->commit) + ", is gone",
        "git stream install, in an owner's worktree, if it is meant to be where it is");
  }
  return tip ? std::optional(Tip{ref, tip->commit, tip->moved_to}) : std::nullopt;
}

// In a clone without the branch, what the recorded remote has.
std::optional<Tip> tip_of(const git::Repository& repository, const BranchName& branch,
                          const IntegrationRecord& record) {
  if (auto local = local_tip(repository, branch, record)) return local;
  if (branch == record.branch) {
    const auto remote = believed_remote_tip(repository);
    if (remote) return Tip{remote_integration_ref(repository.layout()), *remote};
    return std::nullopt;
  }
  if (recorded_remotes(repository.layout())) return std::nullopt;
  const std::string ref = "refs/remotes/origin/" + branch.str();
  const auto remote = repository.resolve(ref);
  return remote ? std::optional(Tip{ref, *remote}) : std::nullopt;
}

std::string display(const std::string& ref) {
  std::string name = ref;
  for (const std::string_view start : {"refs/heads/", "refs/remotes/"}) {
    if (name.starts_with(start)) name.erase(0, start.size());
  }
  return name + ":" + std::string(core::kPolicyFile);
}

// The cache holds one policy: the blob's id in hex, then the frozen bytes, whose checksum counts
// the id in: bytes that were kept for another blob are no cache of this one.
std::optional<core::Policy> cached(const git::Layout& layout, const ObjectId& blob) {
  try {
    const auto bytes = state::read_file(cache_file(layout), kLargestCache);
    const std::string key = blob.hex();
    if (!bytes || !bytes->starts_with(key)) return std::nullopt;
    return policy::deserialize(std::string_view(*bytes).substr(key.size()), key);
  } catch (const core::Error&) {
    return std::nullopt;  // a cache that cannot be read is no cache
  }
}

void keep(const git::Layout& layout, const ObjectId& blob, const core::Policy& policy) {
  try {
    std::error_code ignored;
    fs::create_directories(cache_file(layout).parent_path(), ignored);
    state::AtomicFile file(cache_file(layout), state::AtomicFile::Durability::cache);
    file.write(blob.hex());
    file.write(policy::serialize(policy, blob.hex()));
    file.commit();
  } catch (const core::Error&) {
    // A read-only repository is judged all the same, only slower.
  }
}

std::optional<PinnedPolicy> at_tip(const git::Repository& repository, const Tip& tip) {
  const auto blob = policy_blob(repository, tip.commit);
  if (!blob) return std::nullopt;
  PinnedPolicy pinned{
      {}, PinnedPolicy::Origin::integration, display(tip.ref), tip.commit, tip.moved_to};
  if (auto known = cached(repository.layout(), *blob)) {
    pinned.policy = std::move(*known);
  } else {
    pinned.policy = policy::parse_policy(repository.blob(*blob), pinned.source);
    keep(repository.layout(), *blob, pinned.policy);
  }
  return pinned;
}

std::optional<PinnedPolicy> at_branch(const git::Repository& repository, const BranchName& branch,
                                      const IntegrationRecord& record) {
  const auto tip = tip_of(repository, branch, record);
  return tip ? at_tip(repository, *tip) : std::nullopt;
}

std::optional<PinnedPolicy> in_worktree(const git::Layout& layout) {
  if (!layout.worktree) return std::nullopt;
  const fs::path file = *layout.worktree / core::kPolicyFile;
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) {
    throw core::Error(core::ExitCode::usage, file.string() + " is no regular file");
  }
  const auto text = state::read_file(file, kLargestPolicy);
  if (!text) return std::nullopt;
  const std::string name(core::kPolicyFile);
  return PinnedPolicy{
      policy::parse_policy(*text, name), PinnedPolicy::Origin::worktree, name, {}, {}};
}

}  // namespace

namespace {

// A bare repository's HEAD names its main branch, and nobody can push to that.
std::optional<PinnedPolicy> of_bare(const git::Repository& repository,
                                    const IntegrationRecord& record) {
  const auto branch = repository.current_branch();
  auto main = branch ? at_branch(repository, *branch, record) : std::nullopt;
  if (main && main->policy.integration_branch == *branch) return main;
  return std::nullopt;
}

// The worktree's copy, while the integration branch has none yet: it may name the branch, but not
// replace its policy.
std::optional<PinnedPolicy> before_the_first(const git::Repository& repository,
                                             const IntegrationRecord& record) {
  auto own = in_worktree(repository.layout());
  if (!own || own->policy.integration_branch == record.branch || record.had_policy) return own;
  auto named = at_branch(repository, own->policy.integration_branch, record);
  return named ? std::move(named) : std::move(own);
}

std::optional<PinnedPolicy> find_policy(const git::Repository& repository,
                                        const IntegrationRecord& record) {
  const git::Layout& layout = repository.layout();
  const auto tip = tip_of(repository, record.branch, record);
  auto pinned = tip ? at_tip(repository, *tip) : std::nullopt;
  if (!pinned && !layout.worktree && !layout.main_worktree) {
    if (auto main = of_bare(repository, record)) return main;
  }
  if (!pinned) {
    if (!record.had_policy) return before_the_first(repository, record);
    if (tip) return std::nullopt;  // the owner has taken it away
    throw core::Error(
        core::ExitCode::broken,
        "the integration branch " + record.branch.str() + " is gone, and the policy with it",
        "git branch " + record.branch.str() + " " + last_commit(repository, record.branch));
  }
  if (pinned->policy.integration_branch == record.branch) return pinned;
  // The policy has moved to another branch: follow it once, and only to a branch that agrees.
  auto moved = at_branch(repository, pinned->policy.integration_branch, record);
  if (moved && moved->policy.integration_branch == pinned->policy.integration_branch) return moved;
  return pinned;
}

// Once a policy stands on the integration branch, nothing else takes its place.
void note_first_policy(const git::Layout& layout, IntegrationRecord record,
                       const PinnedPolicy& pinned) {
  if (!record.recorded || record.had_policy || pinned.origin != PinnedPolicy::Origin::integration ||
      pinned.policy.integration_branch != record.branch)
    return;
  record.had_policy = true;
  try {
    record_integration(layout, record);
  } catch (const core::Error&) {
    // A read-only repository is judged all the same.
  }
}

}  // namespace

std::optional<PinnedPolicy> load_policy(const git::Repository& repository) {
  const IntegrationRecord record = read_integration(repository.layout());
  std::optional<PinnedPolicy> pinned = find_policy(repository, record);
  if (!pinned) return pinned;
  note_first_policy(repository.layout(), record, *pinned);
  for (std::string& pattern : installed_protection(repository.layout())) {
    std::vector<std::string>& all = pinned->policy.protect;
    if (std::find(all.begin(), all.end(), pattern) == all.end()) all.push_back(std::move(pattern));
  }
  return pinned;
}

std::optional<PinnedPolicy> policy_at(const git::Repository& repository, const ObjectId& commit,
                                      const std::string& name) {
  return at_tip(repository, {name, commit});
}

std::optional<PinnedPolicy> policy_for_range(const git::Repository& repository,
                                             const ObjectId& from, const ObjectId& to) {
  const auto base = git::merge_base(repository, from, to);
  const ObjectId at = base.value_or(from);
  auto pinned = policy_at(repository, at, core::short_id(at));
  if (!pinned) return std::nullopt;
  const auto local = repository.resolve("refs/heads/" + pinned->policy.integration_branch.str());
  if (!local || repository.is_ancestor(to, *local)) return pinned;
  auto here = at_tip(repository, {"refs/heads/" + pinned->policy.integration_branch.str(), *local});
  return here ? here : pinned;
}

bool cache_is_true(const git::Repository& repository) {
  const IntegrationRecord record = read_integration(repository.layout());
  const auto tip = tip_of(repository, record.branch, record);
  const auto blob = tip ? policy_blob(repository, tip->commit) : std::nullopt;
  const auto kept = blob ? cached(repository.layout(), *blob) : std::nullopt;
  return !kept || *kept == policy::parse_policy(repository.blob(*blob), display(tip->ref));
}

namespace {

fs::path protected_file(const git::Layout& layout) {
  return layout.common_dir / "stream" / "protected";
}

}  // namespace

std::vector<std::string> installed_protection(const git::Layout& layout) {
  constexpr std::size_t kLargest = 1 << 16;
  const std::string text = state::read_file(protected_file(layout), kLargest).value_or("");
  std::vector<std::string> patterns;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = core::take_line(rest);
    if (!core::pattern_fault(line)) patterns.emplace_back(line);
  }
  return patterns;
}

void note_protection(const git::Layout& layout, const std::vector<std::string>& patterns) {
  if (patterns == installed_protection(layout)) return;
  if (patterns.empty()) {
    fs::remove(protected_file(layout));
    return;
  }
  fs::create_directories(protected_file(layout).parent_path());
  state::AtomicFile file(protected_file(layout));
  for (const std::string& pattern : patterns) file.write(pattern + "\n");
  file.commit();
}

}  // namespace gs::policy
