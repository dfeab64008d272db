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

std::vector<Candidate> candidates(app::Session& session) {
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

class SiteSearch {
 public:
  SiteSearch(app::Session& session, const core::StreamSpec& stream, WorktreeLocation location)
      : session_(session), stream_(stream), location_(std::move(location)) {}

  std::variant<WorktreeLocation, Refusal> run() {
    const std::vector<Candidate> all = candidates(session_);
    for (const Candidate& candidate : all) {
      if (candidate.branch != location_.branch || candidate.worktree.path == location_.path)
        continue;
      if (auto refusal = branch_elsewhere(candidate)) return *refusal;
    }
    const Candidate* there = nullptr;
    for (const Candidate& candidate : all) {
      if (candidate.worktree.path != location_.path) continue;
      if (there == nullptr || there->worktree.prunable) there = &candidate;
    }
    auto refusal = there != nullptr ? worktree_there(*there) : nothing_there();
    if (refusal) return *refusal;
    return location_;
  }

 private:
  bool is_own(const Candidate& candidate) const {
    return candidate.stream == stream_.id || candidate.locked == making_reason(stream_.id);
  }

  std::optional<Refusal> branch_elsewhere(const Candidate& candidate) {
    const Worktree& worktree = candidate.worktree;
    if (is_own(candidate) && !worktree.prunable) {
      location_.path = worktree.path;
      return std::nullopt;
    }
    if (worktree.prunable && !candidate.locked) {
      location_.stale.push_back(worktree.git_dir);
      return std::nullopt;
    }
    const std::string where = shown(worktree.path);
    if (worktree.prunable)
      return Refusal{"its branch " + location_.branch.str() + " is checked out in " + where +
                         ", which is not there but locked",
                     "git worktree unlock " + core::quote_shell(worktree.path.string())};
    const std::string git = "git -C " + core::quote_shell(worktree.path.string());
    return Refusal{"its branch " + location_.branch.str() + " is checked out in " + where,
                   worktree.main ? git + " switch " + session_.policy().integration_branch.str()
                                 : git + " switch --detach"};
  }

  std::optional<Refusal> nothing_there() {
    location_.state = State::absent;
    if (holds_something(location_.path))
      return Refusal{shown(location_.path) + " is in the way: it is no worktree of this repository",
                     "move it elsewhere"};
    return branch_name_taken();
  }

  // git cannot have the branches a and a/b.
  std::optional<Refusal> branch_name_taken() const {
    if (location_.tip) return std::nullopt;
    const std::string& name = location_.branch.str();
    for (const auto& [branch, tip] : git::branches(session_.repository())) {
      const std::string& other = branch.str();
      if (!name.starts_with(other + '/') && !other.starts_with(name + '/')) continue;
      return Refusal{"git cannot have its branch " + name + " beside the branch " + other,
                     "git branch -m " + core::quote_shell(other) + " NEW-NAME"};
    }
    return std::nullopt;
  }

  std::optional<Refusal> worktree_there(const Candidate& candidate) {
    const Worktree& worktree = candidate.worktree;
    const std::string where = shown(worktree.path);
    if (worktree.main && !is_own(candidate))
      return Refusal{where + " is the main worktree", "let 'worktree' in the policy name others"};
    if (candidate.stream && candidate.stream != stream_.id)
      return Refusal{where + " belongs to stream " + candidate.stream->str(),
                     "let 'worktree' in the policy make other names"};
    location_.git_dir = worktree.git_dir;
    if (candidate.locked == making_reason(stream_.id)) {
      location_.state = State::partial;
      return std::nullopt;
    }
    if (worktree.prunable) return folder_missing(candidate);
    location_.state = State::present;
    if (candidate.branch == location_.branch) return branch_missing();
    if (candidate.stream != stream_.id)
      return Refusal{where + " is a worktree " +
                         (candidate.branch ? "on branch " + candidate.branch->str()
                                           : std::string("without a branch")) +
                         " already",
                     "git -C " + core::quote_shell(worktree.path.string()) + " switch " +
                         core::quote_shell(location_.branch.str())};
    location_.other = candidate.branch;
    location_.detached = !candidate.branch;
    return std::nullopt;
  }

  std::optional<Refusal> folder_missing(const Candidate& candidate) {
    const std::string where = shown(location_.path);
    if (holds_something(location_.path)) {
      location_.state = State::unlinked;
      if (candidate.branch == location_.branch || candidate.stream == stream_.id)
        return std::nullopt;
      return Refusal{where + " is in the way: it is no worktree of this stream",
                     "move it elsewhere"};
    }
    location_.state = State::missing;
    if (!candidate.locked) return branch_name_taken();
    return Refusal{"its worktree " + where + " is not there but locked" +
                       (candidate.locked->empty() ? "" : ": " + core::printable(*candidate.locked)),
                   "git worktree unlock " + core::quote_shell(location_.path.string())};
  }

  std::optional<Refusal> branch_missing() const {
    if (location_.tip) return std::nullopt;
    return Refusal{"its branch " + location_.branch.str() + " is gone, but checked out in " +
                       shown(location_.path),
                   "git -C " + core::quote_shell(location_.path.string()) + " reflog"};
  }

  app::Session& session_;
  const core::StreamSpec& stream_;
  WorktreeLocation location_;
};

}  // namespace

std::variant<WorktreeLocation, Refusal> locate_worktree(app::Session& session,
                                                        const core::StreamSpec& stream,
                                                        const store::StreamRecord* record) {
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
  return SiteSearch(session, stream, std::move(location)).run();
}

std::string making_reason(const core::StreamId& stream) {
  return "git stream start " + stream.str() + " is making it";
}

std::optional<std::string> lock_reason(const fs::path& git_dir) {
  return git::read_line(git_dir / "locked");
}

std::optional<core::StreamId> enrolled_stream(const core::Policy& policy, const fs::path& git_dir) {
  try {
    const auto record = app::read_enrolment(git_dir);
    if (!record) return std::nullopt;
    if (record->stream) return record->stream;
    const core::StreamSpec* stream = policy.stream_of(*record->agent);
    return stream != nullptr ? std::optional(stream->id) : std::nullopt;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

}  // namespace gs::streams
