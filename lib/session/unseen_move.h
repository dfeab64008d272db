#pragma once
// The integration branch where no gate has let it be moved to, in words: policy::integration_tip().

#include <optional>
#include <string>

#include "lib/session/session.h"

namespace gs::session {

struct UnseenMove {
  std::string what;  // "develop was moved from 1a2b3c4d5e to … past the gates (Branch: copied …)"
  std::string take_back;  // a command that works from any worktree and loses no commit
  std::string repair;     // the same, and how an owner who means the move makes it count
};
// Nothing where the branch is where the gates know it to be, and where the policy is read
// elsewhere.
std::optional<UnseenMove> unseen_move(Session& session);

}  // namespace gs::session
