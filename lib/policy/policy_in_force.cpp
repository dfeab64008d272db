#include "lib/policy/policy_in_force.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

#include "lib/core/error.h"
#include "lib/core/pattern.h"
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

fs::path integration_note(const git::Layout& layout) {
  return layout.common_dir / "stream" / "integration";
}
fs::path cache_file(const git::Layout& layout) {
  return layout.common_dir / "stream" / "policy.cache";
}

// The commit whose policy counts, and the ref it was found at.
struct Tip {
  std::string ref;
  ObjectId commit;
};

std::optional<core::ObjectId> policy_blob(const git::Repository& repository,
                                          const ObjectId& commit) {
  const auto entry = repository.entry(commit, core::kPolicyFile);
  if (!entry) return std::nullopt;
  if (entry->mode == core::mode::symlink || entry->mode == core::mode::gitlink ||
      entry->mode == core::mode::tree) {
    throw core::Error(core::ExitCode::usage, std::string(core::kPolicyFile) + " in commit " +
                                                 commit.hex().substr(0, 10) +
                                                 " is no regular file");
  }
  return entry->id;
}

// The branch, or its upstream where that is ahead; a clone without the branch has only the
// upstream.
std::optional<Tip> tip_of(const git::Repository& repository, const BranchName& branch) {
  const std::string local_ref = "refs/heads/" + branch.str();
  const auto local = repository.resolve(local_ref);
  if (!local) {
    const std::string remote_ref = "refs/remotes/origin/" + branch.str();
    const auto remote = repository.resolve(remote_ref);
    if (!remote) return std::nullopt;
    return Tip{remote_ref, *remote};
  }
  const auto upstream_ref = repository.upstream_ref(branch);
  const auto upstream = upstream_ref ? repository.resolve(*upstream_ref) : std::nullopt;
  if (!upstream || *upstream == *local) return Tip{local_ref, *local};
  const bool same_policy = policy_blob(repository, *upstream) == policy_blob(repository, *local);
  if (!same_policy && repository.is_ancestor(*local, *upstream))
    return Tip{*upstream_ref, *upstream};
  return Tip{local_ref, *local};
}

std::string display(const std::string& ref) {
  constexpr std::string_view kHeads = "refs/heads/", kRemotes = "refs/remotes/";
  const std::string_view name = ref;
  if (name.starts_with(kHeads))
    return std::string(name.substr(kHeads.size())) + ":" + std::string(core::kPolicyFile);
  if (name.starts_with(kRemotes))
    return std::string(name.substr(kRemotes.size())) + ":" + std::string(core::kPolicyFile);
  return ref + ":" + std::string(core::kPolicyFile);
}

// The cache holds one policy: the blob's id in hex, then the frozen bytes.
std::optional<core::Policy> cached(const git::Layout& layout, const ObjectId& blob) {
  try {
    const auto bytes = state::read_file(cache_file(layout), kLargestCache);
    const std::string key = blob.hex();
    if (!bytes || !bytes->starts_with(key)) return std::nullopt;
    return policy::deserialize(std::string_view(*bytes).substr(key.size()));
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
    file.write(policy::serialize(policy));
    file.commit();
  } catch (const core::Error&) {
    // A read-only repository is judged all the same, only slower.
  }
}

std::optional<PinnedPolicy> at_tip(const git::Repository& repository, const BranchName& branch) {
  const auto tip = tip_of(repository, branch);
  const auto blob = tip ? policy_blob(repository, tip->commit) : std::nullopt;
  if (!blob) return std::nullopt;
  PinnedPolicy pinned{{}, PinnedPolicy::Origin::integration, display(tip->ref)};
  if (auto known = cached(repository.layout(), *blob)) {
    pinned.policy = std::move(*known);
  } else {
    pinned.policy = policy::parse_policy(repository.blob(*blob), pinned.source);
    keep(repository.layout(), *blob, pinned.policy);
  }
  return pinned;
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
  return PinnedPolicy{policy::parse_policy(*text, name), PinnedPolicy::Origin::worktree, name};
}

}  // namespace

BranchName integration_branch(const git::Layout& layout) {
  constexpr std::size_t kLongestName = 4096;
  auto text = state::read_file(integration_note(layout), kLongestName).value_or("");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return BranchName(text.empty() ? "develop" : text);
}

void note_integration_branch(const git::Layout& layout, const BranchName& branch) {
  fs::create_directories(integration_note(layout).parent_path());
  state::AtomicFile file(integration_note(layout));
  file.write(branch.str() + "\n");
  file.commit();
}

namespace {

std::optional<PinnedPolicy> find_policy(const git::Repository& repository) {
  const BranchName noted = integration_branch(repository.layout());
  auto pinned = at_tip(repository, noted);
  if (!pinned && !repository.layout().worktree && !repository.layout().main_worktree) {
    // A bare repository's HEAD names its main branch, and nobody can push to that.
    const auto branch = repository.current_branch();
    auto main = branch ? at_tip(repository, *branch) : std::nullopt;
    if (main && main->policy.integration_branch == *branch) return main;
  }
  if (!pinned) {
    auto own = in_worktree(repository.layout());
    if (!own || own->policy.integration_branch == noted) return own;
    // Nothing was noted yet: the worktree's copy may name the branch, but not replace its policy.
    auto named = at_tip(repository, own->policy.integration_branch);
    return named ? std::move(named) : std::move(own);
  }
  if (pinned->policy.integration_branch == noted) return pinned;
  // The policy has moved to another branch: follow it once, and only to a branch that agrees.
  auto moved = at_tip(repository, pinned->policy.integration_branch);
  if (moved && moved->policy.integration_branch == pinned->policy.integration_branch) return moved;
  return pinned;
}

}  // namespace

std::optional<PinnedPolicy> load_policy(const git::Repository& repository) {
  std::optional<PinnedPolicy> pinned = find_policy(repository);
  if (!pinned) return pinned;
  for (std::string& pattern : installed_protection(repository.layout())) {
    std::vector<std::string>& all = pinned->policy.protect;
    if (std::find(all.begin(), all.end(), pattern) == all.end()) all.push_back(std::move(pattern));
  }
  return pinned;
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
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
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
