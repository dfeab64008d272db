#include "lib/streams/lifecycle/worktree_location.h"

#include <algorithm>

#include "lib/conflicts/stream_branches.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using git::Worktree;
using State = WorktreeLocation::State;

std::string shown(const fs::path& path) {
  return core::quote_path(path.string());
}

// A worktree, and what tells whether it is the one that is looked for.
struct Candidate {
  Worktree worktree;
  std::optional<core::BranchName> branch;  // a rebase's or bisection's too
  session::Enrolment enrolled;             // empty: it is not
  std::optional<std::string> locked;
};

std::vector<Candidate> candidates(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  std::vector<Candidate> found;
  for (Worktree& worktree : session.repository().worktrees()) {
    Candidate candidate{std::move(worktree), {}, {}, {}};
    const fs::path& git_dir = candidate.worktree.git_dir;
    try {
      candidate.branch = git::branch_worked_on(git_dir, layout);
    } catch (const core::Error&) {  // a damaged HEAD is no branch
    }
    candidate.enrolled = enrolment_of(session.policy(), git_dir).value_or(session::Enrolment{});
    if (!candidate.worktree.main) candidate.locked = lock_reason(git_dir);
    if (candidate.locked == kAtWork) candidate.locked.reset();  // a run that was killed leaves it
    found.push_back(std::move(candidate));
  }
  return found;
}

bool holds_something(const fs::path& folder) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(folder, ignored);
  if (!fs::exists(status)) return false;
  return !git::is_folder(folder) || !fs::is_empty(folder, ignored);
}

// What is looked for, and what is known of it so far.
struct Wanted {
  session::Session& session;
  const WorktreeOwner& owner;
  WorktreeLocation location;

  bool is_enrolled(const Candidate& candidate) const {
    return candidate.enrolled.stream == owner.stream.id &&
           (owner.agent == nullptr || candidate.enrolled.agent == owner.agent->id);
  }
  bool is_own(const Candidate& candidate) const {
    return is_enrolled(candidate) || candidate.locked == making_reason(owner);
  }
};

std::string switch_command(const Worktree& worktree, const std::string& arguments) {
  return "git -C " + core::quote_shell(worktree.path.string()) + " switch " + arguments;
}

// A worktree in another folder that has the branch: it is the stream's, or gone, or in the way.
std::optional<Refusal> use_other_folder(Wanted& wanted, const Candidate& candidate) {
  WorktreeLocation& location = wanted.location;
  const Worktree& worktree = candidate.worktree;
  if (wanted.is_own(candidate) && !worktree.prunable) {
    location.path = worktree.path;
    return std::nullopt;
  }
  if (worktree.prunable && !candidate.locked) {
    location.stale.push_back(worktree.git_dir);
    return std::nullopt;
  }
  const std::string what =
      "its branch " + location.branch.str() + " is checked out in " + shown(worktree.path);
  if (worktree.prunable)
    return Refusal{what + ", which is not there but locked",
                   "git worktree unlock " + core::quote_shell(worktree.path.string())};
  return Refusal{
      what,
      switch_command(
          worktree, worktree.main ? wanted.session.policy().integration_branch.str() : "--detach")};
}

// git cannot have the branches a and a/b.
std::optional<Refusal> branch_name_taken(const Wanted& wanted) {
  if (wanted.location.tip) return std::nullopt;
  const std::string& name = wanted.location.branch.str();
  for (const auto& [branch, tip] : git::branches(wanted.session.repository())) {
    const std::string& other = branch.str();
    if (!name.starts_with(other + '/') && !other.starts_with(name + '/')) continue;
    return Refusal{"git cannot have its branch " + name + " beside the branch " + other,
                   "git branch -m " + core::quote_shell(other) + " NEW-NAME"};
  }
  return std::nullopt;
}

std::optional<Refusal> use_free_folder(Wanted& wanted) {
  wanted.location.state = State::absent;
  if (!holds_something(wanted.location.path)) return branch_name_taken(wanted);
  return Refusal{
      shown(wanted.location.path) + " is in the way: it is no worktree of this repository",
      "move it elsewhere"};
}

std::optional<Refusal> use_without_folder(Wanted& wanted, const Candidate& candidate) {
  WorktreeLocation& location = wanted.location;
  const std::string where = shown(location.path);
  if (holds_something(location.path)) {
    location.state = State::unlinked;
    if (candidate.branch == location.branch || wanted.is_enrolled(candidate)) return std::nullopt;
    return Refusal{where + " is in the way: it is no worktree of this stream", "move it elsewhere"};
  }
  location.state = State::missing;
  if (!candidate.locked) return branch_name_taken(wanted);
  return Refusal{"its worktree " + where + " is not there but locked" +
                     (candidate.locked->empty() ? "" : ": " + core::printable(*candidate.locked)),
                 "git worktree unlock " + core::quote_shell(location.path.string())};
}

// A worktree whose folder is there, in its place.
std::optional<Refusal> use_present(Wanted& wanted, const Candidate& candidate) {
  WorktreeLocation& location = wanted.location;
  const std::string where = shown(location.path);
  location.state = State::present;
  if (candidate.branch == location.branch) {
    if (location.tip) return std::nullopt;
    return Refusal{"its branch " + location.branch.str() + " is gone, but checked out in " + where,
                   "git -C " + core::quote_shell(location.path.string()) + " reflog"};
  }
  if (!wanted.is_enrolled(candidate))
    return Refusal{where + " is a worktree " +
                       (candidate.branch ? "on branch " + candidate.branch->str()
                                         : std::string("without a branch")) +
                       " already",
                   switch_command(candidate.worktree, core::quote_shell(location.branch.str()))};
  const core::Policy& policy = wanted.session.policy();
  if (candidate.branch &&
      core::stream_of_branch(policy, *candidate.branch) == wanted.owner.stream.id) {
    location.branch = *candidate.branch;
    location.tip = wanted.session.repository().resolve("refs/heads/" + location.branch.str());
    return std::nullopt;
  }
  location.other = candidate.branch;
  location.detached = !candidate.branch;
  return std::nullopt;
}

// What is registered for the folder.
std::optional<Refusal> use_registered(Wanted& wanted, const Candidate& candidate) {
  const Worktree& worktree = candidate.worktree;
  const std::string where = shown(worktree.path);
  if (worktree.main && !wanted.is_own(candidate))
    return Refusal{where + " is the main worktree", "let 'worktree' in the policy name others"};
  const auto& enrolled = candidate.enrolled;
  if (enrolled.stream && !wanted.is_enrolled(candidate))
    return Refusal{
        where + " belongs to " +
            (enrolled.agent ? enrolled.agent->full() : "stream " + enrolled.stream->str()),
        "let 'worktree' in the policy make other names"};
  wanted.location.git_dir = worktree.git_dir;
  if (candidate.locked == making_reason(wanted.owner)) {
    wanted.location.state = State::partial;
    return std::nullopt;
  }
  return worktree.prunable ? use_without_folder(wanted, candidate) : use_present(wanted, candidate);
}

std::variant<WorktreeLocation, Refusal> locate(Wanted wanted) {
  const std::vector<Candidate> all = candidates(wanted.session);
  WorktreeLocation& location = wanted.location;
  for (const Candidate& candidate : all) {
    if (candidate.branch != location.branch || candidate.worktree.path == location.path) continue;
    if (auto refusal = use_other_folder(wanted, candidate)) return *refusal;
  }
  const Candidate* there = nullptr;
  for (const Candidate& candidate : all) {
    if (candidate.worktree.path != location.path) continue;
    if (there == nullptr || there->worktree.prunable) there = &candidate;
  }
  auto refusal = there != nullptr ? use_registered(wanted, *there) : use_free_folder(wanted);
  if (refusal) return *refusal;
  return std::move(location);
}

}  // namespace

std::string WorktreeOwner::key() const {
  return stream.id.str() + (agent != nullptr ? "@" + agent->id.short_name() : "");
}

std::string WorktreeOwner::title() const {
  return agent != nullptr ? agent->id.full() : "stream " + stream.id.str();
}

std::string WorktreeOwner::start() const {
  return "git stream start " + stream.id.str() + (agent != nullptr ? " --per-agent" : "");
}

session::Enrolment WorktreeOwner::enrolment() const {
  return {stream.id, agent != nullptr ? std::optional(agent->id) : std::nullopt};
}

std::variant<WorktreeLocation, Refusal> locate_worktree(session::Session& session,
                                                        const WorktreeOwner& owner,
                                                        const state::StreamRecord* record) {
  const git::Repository& repository = session.repository();
  const core::Policy& policy = session.policy();
  WorktreeLocation location;
  std::string worktree;
  if (owner.agent != nullptr) {
    location.branch = conflicts::agent_branch_for(policy, owner.stream, *owner.agent);
    for (const state::BranchRecord& branch :
         record != nullptr ? record->branches : std::vector<state::BranchRecord>{}) {
      if (branch.agent != owner.agent->id || branch.worktree.empty()) continue;
      location.branch = branch.branch;
      worktree = branch.worktree;
    }
    if (worktree.empty())
      worktree =
          conflicts::agent_worktree_for(repository.layout(), policy, owner.stream, *owner.agent);
  } else {
    location.branch = record != nullptr ? record->branch : core::BranchName();
    if (location.branch.str().empty())
      location.branch = conflicts::branch_for(policy, owner.stream);
    worktree = record != nullptr ? record->worktree : "";
    if (worktree.empty())
      worktree = conflicts::worktree_for(repository.layout(), policy, owner.stream);
  }
  location.path = git::real_path(conflicts::absolute_worktree(repository.layout(), worktree));
  location.tip = repository.resolve("refs/heads/" + location.branch.str());
  return locate({session, owner, std::move(location)});
}

std::string making_reason(const WorktreeOwner& owner) {
  return owner.start() + " is making it" +
         (owner.agent != nullptr ? " for " + owner.agent->id.full() : "");
}

std::optional<std::string> lock_reason(const fs::path& git_dir) {
  return git::read_line(git_dir / "locked");
}

std::optional<session::Enrolment> enrolment_of(const core::Policy& policy,
                                               const fs::path& git_dir) {
  try {
    auto record = session::read_enrolment(git_dir);
    if (!record || record->stream) return record;
    const core::StreamSpec* stream = policy.stream_of(*record->agent);
    if (stream == nullptr) return std::nullopt;
    record->stream = stream->id;
    return record;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

}  // namespace gs::streams
