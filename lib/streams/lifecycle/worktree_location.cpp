#include "lib/streams/lifecycle/worktree_location.h"

#include <algorithm>

#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"

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
  std::optional<core::StreamId> stream;    // as which it is enrolled
  std::optional<std::string> locked;
};

std::vector<Candidate> candidates(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  std::vector<Candidate> found;
  for (Worktree& worktree : session.repository().worktrees()) {
    Candidate candidate{std::move(worktree), {}, {}, {}};
    const fs::path& git_dir = candidate.worktree.git_dir;
    try {
      candidate.branch = git::branch_worked_on(git_dir, layout.common_dir);
    } catch (const core::Error&) {  // a damaged HEAD is no branch
    }
    candidate.stream = enrolled_stream(session.policy(), git_dir);
    if (!candidate.worktree.main) candidate.locked = lock_reason(git_dir);
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
  const core::StreamSpec& stream;
  WorktreeLocation location;

  bool is_own(const Candidate& candidate) const {
    return candidate.stream == stream.id || candidate.locked == making_reason(stream.id);
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
    if (candidate.branch == location.branch || candidate.stream == wanted.stream.id)
      return std::nullopt;
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
  if (candidate.stream != wanted.stream.id)
    return Refusal{where + " is a worktree " +
                       (candidate.branch ? "on branch " + candidate.branch->str()
                                         : std::string("without a branch")) +
                       " already",
                   switch_command(candidate.worktree, core::quote_shell(location.branch.str()))};
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
  if (candidate.stream && candidate.stream != wanted.stream.id)
    return Refusal{where + " belongs to stream " + candidate.stream->str(),
                   "let 'worktree' in the policy make other names"};
  wanted.location.git_dir = worktree.git_dir;
  if (candidate.locked == making_reason(wanted.stream.id)) {
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

std::variant<WorktreeLocation, Refusal> locate_worktree(session::Session& session,
                                                        const core::StreamSpec& stream,
                                                        const state::StreamRecord* record) {
  const git::Repository& repository = session.repository();
  WorktreeLocation location;
  location.branch = record != nullptr ? record->branch : core::BranchName();
  if (location.branch.str().empty())
    location.branch = conflicts::branch_for(session.policy(), stream);
  std::string worktree = record != nullptr ? record->worktree : "";
  if (worktree.empty())
    worktree = conflicts::worktree_for(repository.layout(), session.policy(), stream);
  location.path = git::real_path(conflicts::absolute_worktree(repository.layout(), worktree));
  location.tip = repository.resolve("refs/heads/" + location.branch.str());
  return locate({session, stream, std::move(location)});
}

std::string making_reason(const core::StreamId& stream) {
  return "git stream start " + stream.str() + " is making it";
}

std::optional<std::string> lock_reason(const fs::path& git_dir) {
  return git::read_line(git_dir / "locked");
}

std::optional<core::StreamId> enrolled_stream(const core::Policy& policy, const fs::path& git_dir) {
  try {
    const auto record = session::read_enrolment(git_dir);
    if (!record) return std::nullopt;
    if (record->stream) return record->stream;
    const core::StreamSpec* stream = policy.stream_of(*record->agent);
    return stream != nullptr ? std::optional(stream->id) : std::nullopt;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

}  // namespace gs::streams
