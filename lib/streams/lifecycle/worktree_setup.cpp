#include "lib/streams/lifecycle/worktree_setup.h"

#include <algorithm>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/git/worktrees/worktrees.h"
#include "lib/install/git_config.h"

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
         git::checked_out_branch(location.git_dir, layout) == location.branch;
}

// What the steps have in common. Each brings the setup's location one state further.
struct SetupContext {
  session::Session& session;
  const WorktreeOwner& owner;
  const core::ObjectId& base;
  const WorktreeRecord& record;
  const StepWatch& watch;

  const git::Layout& layout() const { return session.repository().layout(); }
};

// What a git that was killed left: nobody else makes this branch or its worktree.
void clear_locks(const SetupContext& context, const WorktreeLocation& location) {
  const fs::path& common = context.layout().common_dir;
  std::error_code ignored;
  fs::remove(common / (ref_of(location) + ".lock"), ignored);
  for (const auto& entry : fs::directory_iterator(common / "worktrees", ignored)) {
    if (lock_reason(entry.path()) != making_reason(context.owner)) continue;
    for (const char* name : {"HEAD.lock", "index.lock"}) fs::remove(entry.path() / name, ignored);
    if (!fs::exists(entry.path() / "gitdir")) fs::remove_all(entry.path());
  }
}

// As `git worktree remove` does it for a worktree without a folder.
void remove_registration(const SetupContext& context, const fs::path& git_dir) {
  fs::remove_all(git_dir);
  std::error_code not_empty;
  fs::remove(git_dir.parent_path(), not_empty);
  step_done(context.watch, "registration of a worktree without a folder removed");
}

std::optional<core::BranchName> head_branch(const git::Layout& layout, const fs::path& git_dir) {
  try {
    return git::checked_out_branch(git_dir, layout);
  } catch (const Error&) {
    return std::nullopt;  // git was killed while it wrote HEAD
  }
}

void check_out_rest(const SetupContext& context, const git::Layout& worktree,
                    WorktreeSetup& setup) {
  fs::remove(setup.location.git_dir / "index");
  const InheritedRecord inherited(context.record);
  install::git_output(worktree, {"reset", "-q", "--hard", "--no-recurse-submodules"});
  const std::string none(core::hex_digits(setup.location.tip->format), '0');
  const auto hook = install::run_git(worktree, {"hook", "run", "--ignore-missing", "post-checkout",
                                                "--", none, setup.location.tip->hex(), "1"});
  if (hook.status != 0) setup.notes.push_back("post-checkout: " + last_line(hook.errors));
}

void finish_partial(const SetupContext& context, WorktreeSetup& setup) {
  WorktreeLocation& location = setup.location;
  const bool begun =
      fs::exists(location.path / ".git") && fs::exists(location.git_dir / "commondir") &&
      head_branch(context.layout(), location.git_dir) == location.branch && location.tip;
  if (!begun) {  // git has put nothing there yet but its own file
    std::error_code ignored;
    if (fs::is_regular_file(fs::symlink_status(location.path / ".git", ignored)))
      fs::remove(location.path / ".git");
    fs::remove(location.path, ignored);
    remove_registration(context, location.git_dir);
    location.state = State::absent;
    return;
  }
  if (!is_whole(context.layout(), location))
    check_out_rest(context, worktree_layout(context.layout(), location), setup);
  location.state = State::present;
  setup.notes.emplace_back("finished the worktree that git had half made");
  step_done(context.watch, "half-made worktree finished");
}

void link_again(const SetupContext& context, WorktreeSetup& setup) {
  install::git_output(home_layout(context.layout()), {"worktree", "repair"});
  const fs::path& path = setup.location.path;
  if (!fs::exists(path / ".git"))
    throw Error(ExitCode::broken, "git worktree repair did not mend " + path.string());
  setup.location.state = State::present;
  setup.notes.emplace_back("tied the worktree to the repository again");
  step_done(context.watch, "worktree tied again");
}

// The branch is nobody's yet, or was started before: it begins where others begin now.
void move_up(const SetupContext& context, WorktreeSetup& setup) {
  const git::Repository& repository = context.session.repository();
  WorktreeLocation& location = setup.location;
  if (*location.tip == context.base) return;
  if (!repository.is_ancestor(*location.tip, context.base)) {
    const auto own = git::commits_between(repository, {context.base}, *location.tip).size();
    setup.notes.push_back("branch " + location.branch.str() + " was there with " +
                          core::counted(own, "commit") + " of its own, which stay");
    return;
  }
  install::git_output(home_layout(context.layout()),
                      {"update-ref", "-m", "git stream start", ref_of(location), context.base.hex(),
                       location.tip->hex()});
  location.tip = context.base;
  step_done(context.watch, "branch moved up");
}

// Where git has made the worktree; without a git_dir: it has not.
WorktreeLocation find_made(session::Session& session, WorktreeLocation location) {
  location.path = git::real_path(location.path);
  location.git_dir.clear();
  for (const git::Worktree& worktree : git::list_worktrees(session.repository().layout())) {
    if (worktree.path == location.path && !worktree.prunable) location.git_dir = worktree.git_dir;
  }
  location.tip = session.repository().resolve(ref_of(location));
  return location;
}

void make_worktree(const SetupContext& context, WorktreeSetup& setup) {
  WorktreeLocation& location = setup.location;
  if (fs::exists(fs::symlink_status(location.path)) && !git::is_folder(location.path))
    throw Error(ExitCode::broken, location.path.string() + " is in the way");
  std::vector<std::string> words{"worktree", "add", "--lock", "--reason",
                                 making_reason(context.owner)};
  if (location.tip) {
    move_up(context, setup);
    words.insert(words.end(), {location.path.string(), location.branch.str()});
  } else {
    words.insert(words.end(), {"--no-track", "-b", location.branch.str(), location.path.string(),
                               context.base.hex()});
  }
  process::Result result;
  {
    const InheritedRecord inherited(context.record);
    result = install::run_git(home_layout(context.layout()), words);
  }
  location = find_made(context.session, std::move(location));
  if (location.git_dir.empty() || !is_whole(context.layout(), location)) {
    throw Error(ExitCode::broken, "git worktree add failed: " + last_line(result.errors),
                context.owner.start());
  }
  if (result.status != 0)  // a hook of the user's: git has done its part
    setup.notes.push_back("git worktree add: " + last_line(result.errors));
  location.state = State::present;
  step_done(context.watch, "worktree added");
}

}  // namespace

WorktreeSetup set_up_worktree(session::Session& session, const WorktreeOwner& owner,
                              const WorktreeLocation& planned, const core::ObjectId& base,
                              const WorktreeRecord& record, const StepWatch& watch) {
  const SetupContext context{session, owner, base, record, watch};
  WorktreeSetup setup{planned};
  WorktreeLocation& location = setup.location;
  if (record.interrupted()) clear_locks(context, location);
  for (const fs::path& git_dir : location.stale) {
    remove_registration(context, git_dir);
    location.state = State::absent;
  }
  if (location.state == State::partial) finish_partial(context, setup);
  if (location.state == State::unlinked) link_again(context, setup);
  if (location.state == State::missing) remove_registration(context, location.git_dir);
  if (location.state != State::present) make_worktree(context, setup);
  if (lock_reason(location.git_dir) == making_reason(owner)) {
    fs::remove(location.git_dir / "locked");
    step_done(watch, "worktree unlocked");
  }
  return setup;
}

WorktreeSetup catch_up(session::Session& session, const WorktreeLocation& location,
                       const core::ObjectId& base, const StepWatch& watch) {
  const git::Repository& repository = session.repository();
  if (location.other || location.detached || !location.tip || *location.tip == base)
    return {location};
  const std::string branch = "branch " + location.branch.str();
  if (!repository.is_ancestor(*location.tip, base))
    return {location, {branch + " has commits of its own: they stay"}};
  const auto result = install::run_git(worktree_layout(repository.layout(), location),
                                       {"merge", "-q", "--ff-only", base.hex()});
  if (result.status != 0)
    return {location, {branch + " stays where it was: " + last_line(result.errors)}};
  WorktreeSetup setup{location};
  setup.location.tip = base;
  step_done(watch, "worktree moved up");
  return setup;
}

git::Layout home_layout(const git::Layout& layout) {
  return {layout.common_dir, layout.common_dir, layout.main_worktree, layout.main_worktree,
          layout.ref_storage};
}

git::Layout worktree_layout(const git::Layout& layout, const WorktreeLocation& location) {
  return {location.git_dir, layout.common_dir, location.path, layout.main_worktree,
          layout.ref_storage};
}

}  // namespace gs::streams
