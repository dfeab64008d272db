#pragma once
// Who may say whose a worktree is, and the log of it (contract, section 3).

#include <optional>
#include <string>
#include <vector>

#include "lib/git/repository.h"
#include "lib/session/session.h"

namespace gs::install {

// A worktree of this repository that is to be enrolled, and as whom.
struct EnrolmentRequest {
  std::filesystem::path git_dir, worktree;
  session::Enrolment as;
};

// From an owner's worktree everything is allowed; from one that is nobody's, enrolling itself. From
// an agent's worktree or session only a stream's worktree becomes that of one of its agents. Where
// no worktree is an owner's, one that is enrolled may be enrolled anew or taken out from inside, as
// long as nothing else says that an agent is at work. Throw core::Error (findings), which is
// logged, for what is not allowed.
void require_may_enrol(session::Session& session, const EnrolmentRequest& request);
void require_may_record_owner(session::Session& session);
void require_may_uninstall(session::Session& session);
// `git stream start`: its worktree becomes the stream's; `git_dir` is empty where there is none
// yet.
void require_may_start(session::Session& session, const core::StreamId& stream,
                       const std::filesystem::path& git_dir);

// `enrolled`, `unenrolled` and `uninstalled` lines: who did it, from where, to which worktree.
void log_enrolment(session::Session& session, const std::string& action,
                   const std::filesystem::path& worktree, const std::string& as = {});

// What is recorded for the gates to believe, as far as whoever runs this may say it: the
// integration branch; the remotes, by `start` only while there are none; and with `init` that this
// worktree is an owner's. What was done, a line each.
enum class Occasion { start, install, init };
std::vector<std::string> record_believed(session::Session& session, Occasion occasion);

}  // namespace gs::install
