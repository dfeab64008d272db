#pragma once
// Who acts here: the environment, this worktree's record, the branch (contract, section 3).

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/policy.h"
#include "lib/core/time.h"
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
// the policy (an outsider by a slip of the keyboard would be let through), or in an enrolled
// worktree neither its agent nor one of its stream's; and for a record the policy no longer knows.
// Without a policy names are taken as they are and branches say nothing.
core::Identity find_identity(const git::Repository& repository, const core::Policy* policy);

// Whether the environment or this worktree's record claims an identity, valid or not.
bool claims_identity(const git::Repository& repository);

// ---- Names that somebody gave. One that the policy has not is answered with those that it has,
// and the nearest of them: throws core::Error (usage).

// "F1" or "agent-F1"; "F" or "stream-F".
core::AgentId known_agent(const core::Policy& policy, const std::string& name);
core::StreamId known_stream(const core::Policy& policy, const std::string& name);

// Either of them; a stream where both have the name.
struct KnownName {
  core::StreamId stream;
  std::optional<core::AgentId> agent;  // none: the stream is meant
};
KnownName known_name(const core::Policy& policy, const std::string& name);

enum class NameKind { agent, stream, either };
[[noreturn]] void fail_unknown(const core::Policy& policy, NameKind kind, const std::string& name);

// ---- Sessions of agents' programs in a stream's worktree, and the agent that each works as. Kept
// in the worktree's own git directory, in stream/sessions: a line each, "AGENT TIME SESSION".

struct SessionBinding {
  std::string session;
  std::optional<core::AgentId> agent;  // none: works as the whole stream
  core::Instant seen{};                // last
};

// A session that was not seen for so long has ended.
inline constexpr core::Seconds kSessionEnds{12 * 3600};

// Those that have not ended, in the order in which they were bound; lines that cannot be read are
// passed over.
std::vector<SessionBinding> read_bindings(const std::filesystem::path& git_dir, core::Instant now);
std::optional<SessionBinding> find_binding(const std::filesystem::path& git_dir,
                                           std::string_view session, core::Instant now);

// In the place of what the session was bound to before. Throws core::Error (findings) when another
// one is bound to the agent by now.
void bind_session(const std::filesystem::path& git_dir, const SessionBinding& binding);

// Whether the worktree's record names a stream and no agent, and no agent is in the environment.
bool belongs_to_stream(const git::Repository& repository);

// The session of the agent's program that started this process, as it says in the environment
// (CLAUDE_CODE_SESSION_ID, CODEX_THREAD_ID, …); empty: none.
std::string session_in_environment();

// "agent-F2 (stream F)", "stream F", "Ada Lovelace (owner)", "an outsider"
std::string describe(const core::Identity& identity);

}  // namespace gs::session
