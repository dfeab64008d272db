#pragma once
// Sessions of agents' programs in a stream's worktree, and the agent that each works as. Kept in
// the worktree's own git directory, in stream/sessions: a line each, "AGENT TIME SESSION".

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/time.h"
#include "lib/git/repository.h"

namespace gs::session {

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

}  // namespace gs::session
