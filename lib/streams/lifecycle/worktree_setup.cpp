#include "lib/streams/lifecycle/worktree_setup.h"

#include <algorithm>

#include "lib/app/git_command.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using State = WorktreeLocation::State;

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return core::printable(text.substr(text.rfind('\n') + 1));
}

std::string ref_of(const WorktreeLocation& location) {
  return "refs/heads/" + location.branch.str();
}

// Whether HEAD leads to the branch, and every file has been written: git writes the index last.
bool is_whole(const git::Layout& layout, const WorktreeLocation& location) {
  std::error_code missing;
  const auto size = fs::file_size(location.git_dir / "index", missing);
  return !missing && size > 0 && git::is_folder(location.path) &&
         git::checked_out_branch(location.git_dir, layout.common_dir) == location.branch;
}

class Setup {
 public:
  Setup(app::Session& session, const core::StreamId& stream, WorktreeLocation& location,
        const core::ObjectId& base, WorktreeRecord& making, const StepWatch& watch)
      : session_(session),
        stream_(stream),
        location_(location),
        base_(base),
        making_(making),
        watch_(watch),
        layout_(session.repository().layout()),
        home_(home_layout(layout_)) {}

  std::vector<std::string> run() {
    if (making_.interrupted()) clear_locks();
    for (const fs::path& git_dir : location_.stale) forget(git_dir);
    if (location_.state == State::partial) finish_half_made();
    if (location_.state == State::unlinked) tie_again();
    if (location_.state == State::missing) forget(location_.git_dir);
    if (location_.state != State::present) make();
    if (lock_reason(location_.git_dir) == making_reason(stream_)) {
      fs::remove(location_.git_dir / "locked");
      step_done(watch_, "worktree unlocked");
    }
    return std::move(notes_);
  }

 private:
  // What a git that was killed left: nobody else makes this branch or its worktree.
  void clear_locks() const {
    std::error_code ignored;
    fs::remove(layout_.common_dir / (ref_of(location_) + ".lock"), ignored);
    for (const auto& entry : fs::directory_iterator(layout_.common_dir / "worktrees", ignored)) {
      if (lock_reason(entry.path()) != making_reason(stream_)) continue;
      for (const char* name : {"HEAD.lock", "index.lock"}) fs::remove(entry.path() / name, ignored);
      if (!fs::exists(entry.path() / "gitdir")) fs::remove_all(entry.path());
    }
  }

  // As `git worktree remove` does it for a worktree without a folder.
  void forget(const fs::path& git_dir) {
    fs::remove_all(git_dir);
    std::error_code not_empty;
    fs::remove(git_dir.parent_path(), not_empty);
    location_.state = State::absent;
    step_done(watch_, "registration of a worktree without a folder removed");
  }

  void finish_half_made() {
    const git::Layout place = worktree_layout(layout_, location_);
    const bool begun = fs::exists(location_.path / ".git") &&
                       fs::exists(location_.git_dir / "commondir") &&
                       head_branch() == location_.branch && location_.tip;
    if (!begun) {  // git has put nothing there yet but its own file
      std::error_code ignored;
      if (fs::is_regular_file(fs::symlink_status(location_.path / ".git", ignored)))
        fs::remove(location_.path / ".git");
      fs::remove(location_.path, ignored);
      return forget(location_.git_dir);
    }
    if (!is_whole(layout_, location_)) {
      fs::remove(location_.git_dir / "index");
      const InheritedRecord handed(making_);
      app::git_output(place, {"reset", "-q", "--hard", "--no-recurse-submodules"});
      const std::string none(40, '0');
      const auto hook = app::run_git(place, {"hook", "run", "--ignore-missing", "post-checkout",
                                             "--", none, location_.tip->hex(), "1"});
      if (hook.status != 0) notes_.push_back("post-checkout: " + last_line(hook.errors));
    }
    location_.state = State::present;
    notes_.emplace_back("finished the worktree that git had half made");
    step_done(watch_, "half-made worktree finished");
  }

  std::optional<core::BranchName> head_branch() const {
    try {
      return git::checked_out_branch(location_.git_dir, layout_.common_dir);
    } catch (const Error&) {
      return std::nullopt;  // git was killed while it wrote HEAD
    }
  }

  void tie_again() {
    app::git_output(home_, {"worktree", "repair"});
    if (!fs::exists(location_.path / ".git"))
      throw Error(ExitCode::broken, "git worktree repair did not mend " + location_.path.string());
    location_.state = State::present;
    notes_.emplace_back("tied the worktree to the repository again");
    step_done(watch_, "worktree tied again");
  }

  void make() {
    if (fs::exists(fs::symlink_status(location_.path)) && !git::is_folder(location_.path))
      throw Error(ExitCode::broken, location_.path.string() + " is in the way");
    std::vector<std::string> words{"worktree", "add", "--lock", "--reason", making_reason(stream_)};
    if (location_.tip) {
      move_up();
      words.insert(words.end(), {location_.path.string(), location_.branch.str()});
    } else {
      words.insert(words.end(), {"--no-track", "-b", location_.branch.str(),
                                 location_.path.string(), base_.hex()});
    }
    const process::Result result = run(words);
    find_made();
    const bool whole = !location_.git_dir.empty() && is_whole(layout_, location_);
    if (!whole) {
      throw Error(ExitCode::broken, "git worktree add failed: " + last_line(result.errors),
                  "git stream start " + stream_.str());
    }
    if (result.status != 0)  // a hook of the user's: git has done its part
      notes_.push_back("git worktree add: " + last_line(result.errors));
    location_.state = State::present;
    step_done(watch_, "worktree added");
  }

  process::Result run(const std::vector<std::string>& words) const {
    const InheritedRecord handed(making_);
    return app::run_git(home_, words);
  }

  // The branch is nobody's yet, or was started before: it begins where others begin now.
  void move_up() {
    const git::Repository& repository = session_.repository();
    if (*location_.tip == base_) return;
    if (!repository.is_ancestor(*location_.tip, base_)) {
      const auto own = git::commits_between(repository, {base_}, *location_.tip).size();
      notes_.push_back("branch " + location_.branch.str() + " was there with " +
                       core::counted(own, "commit") + " of its own, which stay");
      return;
    }
    app::git_output(home_, {"update-ref", "-m", "git stream start", ref_of(location_), base_.hex(),
                            location_.tip->hex()});
    location_.tip = base_;
    step_done(watch_, "branch moved up");
  }

  void find_made() {
    const fs::path path = git::real_path(location_.path);
    location_.git_dir.clear();
    for (const git::Worktree& worktree : git::list_worktrees(layout_)) {
      if (worktree.path == path && !worktree.prunable) location_.git_dir = worktree.git_dir;
    }
    location_.path = path;
    location_.tip = session_.repository().resolve(ref_of(location_));
  }

  app::Session& session_;
  const core::StreamId& stream_;
  WorktreeLocation& location_;
  const core::ObjectId& base_;
  WorktreeRecord& making_;
  const StepWatch& watch_;
  const git::Layout& layout_;
  const git::Layout home_;
  std::vector<std::string> notes_;
};

}  // namespace

std::vector<std::string> set_up_worktree(app::Session& session, const core::StreamId& stream,
                                         WorktreeLocation& location, const core::ObjectId& base,
                                         WorktreeRecord& making, const StepWatch& watch) {
  return Setup(session, stream, location, base, making, watch).run();
}

std::vector<std::string> catch_up(app::Session& session, WorktreeLocation& location,
                                  const core::ObjectId& base, const StepWatch& watch) {
  const git::Repository& repository = session.repository();
  if (location.other || location.detached || !location.tip || *location.tip == base) return {};
  const std::string branch = "branch " + location.branch.str();
  if (!repository.is_ancestor(*location.tip, base))
    return {branch + " has commits of its own: they stay"};
  const auto result = app::run_git(worktree_layout(repository.layout(), location),
                                   {"merge", "-q", "--ff-only", base.hex()});
  if (result.status != 0) return {branch + " stays where it was: " + last_line(result.errors)};
  location.tip = base;
  step_done(watch, "worktree moved up");
  return {};
}

git::Layout home_layout(const git::Layout& layout) {
  return {layout.common_dir, layout.common_dir, layout.main_worktree, layout.main_worktree};
}

git::Layout worktree_layout(const git::Layout& layout, const WorktreeLocation& location) {
  return {location.git_dir, layout.common_dir, location.path, layout.main_worktree};
}

}  // namespace gs::streams
