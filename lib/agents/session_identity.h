#pragma once
// Which agent a session is, where a worktree belongs to a stream and not to one of its agents: the
// session of an agent's program is bound to an agent by its first edit (contract, section 3).

#include <optional>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/session/session.h"

namespace gs::agents {

// Makes the session act as the agent that `program_session` is bound to. Where it is bound to none
// and one of `changes` is in the scope of an agent whom no other session works as, it acts as that
// one, and settle() binds it.
class SessionIdentity {
 public:
  SessionIdentity(session::Session& session, const std::string& program_session,
                  const core::ChangeSet& changes);

  // What belongs to agents whom other sessions work as.
  void add_refusals(std::vector<core::Finding>& findings) const;
  void settle() const;

 private:
  void choose(const core::ChangeSet& changes);

  session::Session& session_;
  std::string program_session_;
  std::optional<core::AgentId> chosen_;
  std::vector<core::Finding> refusals_;
};

}  // namespace gs::agents
