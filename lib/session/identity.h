#pragma once
// Who acts here: the environment, this worktree's record, the branch (contract, section 3).

#include <filesystem>
#include <optional>
#include <string>

#include "lib/core/identity.h"
#include "lib/core/policy.h"
#include "lib/git/repository.h"

namespace gs::session {

inline constexpr char kAgentVariable[] = "GIT_STREAM_AGENT";
inline constexpr char kBypassVariable[] = "GIT_STREAM_BYPASS";

// What `git stream install --agent` or `--stream` recorded in the worktree's own git directory.
struct Enrolment {
  std::optional<core::StreamId> stream;
  std::optional<core::AgentId> agent;
};

// Throws core::Error (broken) when the record is damaged.
std::optional<Enrolment> read_enrolment(const std::filesystem::path& git_dir);
void write_enrolment(const std::filesystem::path& git_dir, const Enrolment& enrolment);
void remove_enrolment(const std::filesystem::path& git_dir);

// First answer wins. Throws core::Error (usage) for a name in the environment that is no agent of
// the policy (an outsider by a slip of the keyboard would be let through), or a record the policy
// no longer knows. Without a policy names are taken as they are and branches say nothing.
core::Identity find_identity(const git::Repository& repository, const core::Policy* policy);

// Whether the environment or this worktree's record claims an identity, valid or not.
bool claims_identity(const git::Repository& repository);

// The agent of the policy, or an error with the nearest one.
core::AgentId known_agent(const core::Policy& policy, const std::string& name);
core::StreamId known_stream(const core::Policy& policy, const std::string& name);

}  // namespace gs::session
