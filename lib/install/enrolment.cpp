#include "lib/install/enrolment.h"

#include <algorithm>
#include <cstdlib>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/session/owner.h"
#include "lib/state/clock.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

// Whoever runs this, even where that cannot be told.
std::string actor(session::Session& session) {
  try {
    return session.named().name();
  } catch (const Error&) {
    return "unknown";
  }
}

void log(session::Session& session, const std::string& action,
         std::vector<std::pair<std::string, std::string>> fields) {
  std::error_code ignored;
  const fs::path folder = fs::current_path(ignored);
  fields.emplace_back("from", state::json_path_text(folder.string()));
  if (const std::string program = session::session_in_environment(); !program.empty())
    fields.emplace_back("session", state::json_text(program));
  if (!fs::is_directory(session.state().root(), ignored)) return;
  state::append(session.state().activity(),
                {state::now(), actor(session), "", action, std::move(fields)});
}

[[noreturn]] void refuse(session::Session& session, const std::string& what, const std::string& why,
                         const std::string& command) {
  try {
    log(session, "blocked",
        {{"gate", state::json_text("install")}, {"reason", state::json_text(what + ": " + why)}});
  } catch (const Error&) {
    // It is refused all the same.
  }
  const std::string place = session::owners_place(session.repository());
  const bool known = place.starts_with('/');
  throw Error(ExitCode::findings, what + " is for the owner: " + why,
              known ? "leave it to the owner (in " + core::quote_shell(place) + ": " + command + ")"
                    : "leave it to the owner");
}

bool owner_exists(const git::Repository& repository) {
  return session::owners_place(repository).starts_with('/');
}

// Nothing but this worktree's record speaks of an agent, and there is no owner to turn to.
bool alone(const git::Repository& repository) {
  const auto agent = session::agent_at_work(repository);
  return !owner_exists(repository) && (!agent || session::only_by_record(repository));
}

std::string words_of(const session::Enrolment& enrolment) {
  return enrolment.agent ? "--agent " + enrolment.agent->short_name()
                         : "--stream " + enrolment.stream->str();
}

// A stream's worktree may become that of one of its agents; and staying what one is, is no change.
bool narrows(const std::optional<session::Enrolment>& now, const session::Enrolment& as,
             const std::string& said) {
  if (!now) return as.agent && (said == as.agent->full() || said == as.agent->short_name());
  if (now->agent) return as.agent == now->agent;
  return as.stream == now->stream;
}

std::optional<session::Enrolment> enrolment_of(const fs::path& git_dir) {
  try {
    return session::read_enrolment(git_dir);
  } catch (const Error&) {
    return std::nullopt;  // damaged: nobody's, and for the owner to mend
  }
}

}  // namespace

void require_may_enrol(session::Session& session, const EnrolmentRequest& request) {
  const git::Repository& repository = session.repository();
  if (session::owner_acts(repository)) return;
  const bool itself = request.git_dir == repository.layout().git_dir;
  const auto agent = session::agent_at_work(repository);
  if (itself && (!agent || alone(repository))) return;
  const char* variable = std::getenv(session::kAgentVariable);
  if (itself && narrows(enrolment_of(request.git_dir), request.as, variable ? variable : ""))
    return;
  refuse(session, "enrolling a worktree", agent ? *agent : "this worktree is not the owner's",
         "git stream install " + words_of(request.as) + " " +
             core::quote_shell(request.worktree.string()));
}

void require_may_record_owner(session::Session& session) {
  const git::Repository& repository = session.repository();
  if (session::owner_acts(repository)) return;
  refuse(session, "making a worktree an owner's",
         session::agent_at_work(repository).value_or("this worktree is not the owner's"),
         "git stream install --owner WORKTREE");
}

void require_may_uninstall(session::Session& session) {
  const git::Repository& repository = session.repository();
  if (session::owner_acts(repository) || alone(repository)) return;
  refuse(session, "uninstalling",
         session::agent_at_work(repository).value_or("this worktree is not the owner's"),
         "git stream uninstall");
}

void require_may_start(session::Session& session, const core::StreamId& stream,
                       const fs::path& git_dir) {
  const git::Repository& repository = session.repository();
  const auto agent = session::agent_at_work(repository);
  if (!agent || (git_dir == repository.layout().git_dir && session.identity().stream == stream))
    return;
  refuse(session, "starting a stream", *agent, "git stream start " + stream.str());
}

void log_enrolment(session::Session& session, const std::string& action, const fs::path& worktree,
                   const std::string& as) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"worktree", state::json_path_text(worktree.string())}};
  if (!as.empty()) fields.emplace_back("as", state::json_text(as));
  log(session, action, std::move(fields));
}

namespace {

// Where `init` runs for the first time, or where an owner would be looked for without a record.
bool becomes_owners(session::Session& session, Occasion occasion, bool set_up_before) {
  const git::Repository& repository = session.repository();
  if (!repository.layout().worktree || session::has_recorded_owner(repository)) return false;
  const bool init = occasion == Occasion::init;
  if (session::owner_acts(repository))
    return init || (set_up_before && occasion == Occasion::install);
  return init && !set_up_before && !session::agent_at_work(repository);
}

void record_remotes(session::Session& session, Occasion occasion, std::vector<std::string>& done) {
  const git::Repository& repository = session.repository();
  const auto before = policy::recorded_remotes(repository.layout());
  if (occasion == Occasion::start && before && !before->empty()) return;
  policy::record_remotes(repository);
  const auto after = policy::recorded_remotes(repository.layout());
  if (!before || before->empty()) return;
  for (const policy::RecordedRemote& remote :
       after.value_or(std::vector<policy::RecordedRemote>())) {
    if (std::find(before->begin(), before->end(), remote) == before->end())
      done.push_back("recorded the remote " + remote.name + ": " + remote.url);
  }
}

// Where the branch is now counts, whatever moved it there.
void record_tip(session::Session& session, std::vector<std::string>& done) {
  const git::Repository& repository = session.repository();
  const policy::IntegrationRecord record = policy::read_integration(repository.layout());
  const auto tip = repository.resolve("refs/heads/" + record.branch.str());
  const auto known = policy::recorded_integration_tip(repository);
  if (!record.recorded || !record.symbolic.empty() || !tip || tip == known) return;
  policy::record_integration_tip(repository.layout(), *tip);
  if (!known) return;
  session.forget();
  done.push_back("recorded that " + record.branch.str() + " is at " + core::short_id(*tip));
}

// `start` only records what nothing is known of.
void record_integration(session::Session& session, Occasion occasion,
                        std::vector<std::string>& done) {
  const bool anew =
      occasion != Occasion::start || !policy::recorded_integration_tip(session.repository());
  if (anew) record_tip(session, done);
  if (!session.pinned()) return;
  const core::BranchName before = policy::integration_branch(session.repository().layout());
  const core::BranchName branch = session.policy().integration_branch;
  if (branch != before) policy::forget_integration_tip(session.repository().layout());
  policy::note_integration_branch(session.repository(), branch);
  if (anew || branch != before) record_tip(session, done);
}

}  // namespace

std::vector<std::string> record_believed(session::Session& session, Occasion occasion) {
  const git::Repository& repository = session.repository();
  const git::Layout& layout = repository.layout();
  const bool set_up_before = policy::read_integration(layout).recorded;
  const bool first = !policy::recorded_remotes(layout) && !session::agent_at_work(repository);
  std::vector<std::string> done;
  if (becomes_owners(session, occasion, set_up_before)) {
    session::record_owners(layout.git_dir);
    done.push_back("recorded " + layout.worktree->string() + " as the owner's");
  }
  const bool believed = first || !set_up_before || session::owner_acts(repository);
  if (believed) record_integration(session, occasion, done);
  if (believed) record_remotes(session, occasion, done);
  const auto standing = policy::standing_to_remote(repository);
  const bool asks = occasion != Occasion::start && standing && standing->unasked;
  if (asks && policy::ask_remote(repository))
    done.push_back("asked the remote: " + standing->ref + " is what it has");
  return done;
}

}  // namespace gs::install
