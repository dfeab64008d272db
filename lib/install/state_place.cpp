#include "lib/install/state_place.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/install/git_config.h"
#include "lib/state/files.h"
#include "lib/state/flock.h"
#include "lib/state/state_dir.h"
#include "lib/state/streams.h"

namespace gs::install {

namespace {

namespace fs = std::filesystem;
using Kind = StateLink::Kind;

bool is_real_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(path, ignored));
}

bool below(const fs::path& folder, const fs::path& path) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

bool is_tracked(const git::Layout& layout, const fs::path& worktree, const std::string& state_dir) {
  git::Layout there = layout;
  there.worktree = worktree;
  const std::vector<std::string> listing{"-C", worktree.string(),       "ls-files", "-z",
                                         "--", ":(literal)" + state_dir};
  return !git_output(there, listing).empty();
}

// The locks that those who change this state hold: the former version's own file, and the one that
// the reference design's scripts lock.
std::vector<state::Descriptor> lock_all(const fs::path& folder) {
  std::vector<state::Descriptor> locks;
  for (const char* name : {".lock", "file_locks.json"}) {
    state::Descriptor file = state::open_file(folder / name, O_RDONLY);
    if (!file) continue;
    state::take_lock(file.get(), folder / name, state::Hold::exclusive);
    locks.push_back(std::move(file));
  }
  return locks;
}

[[noreturn]] void fail_moving(const fs::path& from, const std::error_code& error) {
  throw core::Error(
      core::ExitCode::broken,
      "cannot move the state from " + core::quote_path(from.native()) + ": " + error.message(),
      "git stream install, when that is mended");
}

// To another file system it is copied, and taken away when the copy is whole.
void move_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  if (error != std::errc::cross_device_link) fail_moving(from, error);
  fs::path copy = to;
  copy += ".moving";
  fs::remove_all(copy, error);
  fs::copy(from, copy, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) fail_moving(from, error);
  sync();
  fs::rename(copy, to, error);
  if (error) fail_moving(from, error);
  fs::remove_all(from, error);
}

// A bare repository's state lay among other files of ours.
void move_files(const fs::path& from, const fs::path& to) {
  fs::path moving = to;
  moving += ".moving";
  std::error_code error;
  fs::create_directories(moving, error);
  for (const auto& entry : fs::directory_iterator(from, error)) {
    const std::string name = entry.path().filename();
    bool ours = name == "logs" || name == "reports";
    for (const char* file :
         {"file_locks.json", "lock_waits.json", "handoffs.json", "tasks.json",
          "orchestrator_state.json", "agent_activity.jsonl", "conflict_warnings.jsonl"})
      ours |= name.starts_with(file);
    if (ours) fs::rename(entry.path(), moving / name, error);
    if (error) fail_moving(entry.path(), error);
  }
  fs::rename(moving, to, error);
  if (error) fail_moving(from, error);
}

// The folder to adopt: the main worktree's, else this one's.
std::optional<fs::path> folder_to_adopt(const git::Layout& layout, const std::string& state_dir) {
  for (const auto& worktree : {layout.main_worktree, layout.worktree}) {
    if (!worktree || !is_real_folder(*worktree / state_dir)) continue;
    const bool inside = below(git::real_path(*worktree), git::real_path(*worktree / state_dir));
    if (inside && !is_tracked(layout, *worktree, state_dir)) return *worktree / state_dir;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> adopt_state(session::Session& session) {
  const git::Layout& layout = session.repository().layout();
  const state::StateDir state(session::state_place(layout));
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(state.root(), ignored)) || state.was_made()) return {};
  const std::string& state_dir = session.policy().state_dir;
  const auto folder = folder_to_adopt(layout, state_dir);
  const bool bare = !layout.main_worktree && session::former_place(layout, session.policy());
  if (!folder && !bare) return {};
  const fs::path from = folder ? *folder : state.root().parent_path();
  fs::create_directories(state.root().parent_path());
  const auto locks = lock_all(from);
  if (folder) {
    move_folder(from, state.root());
  } else {
    move_files(from, state.root());
  }
  fs::remove(state.root() / ".lock", ignored);
  session.forget_state();
  return {"moved the state from " + from.string() + " to " + state.root().string()};
}

namespace {

StateLink look_at_link(const git::Layout& layout, const fs::path& worktree,
                       const std::string& state_dir, bool may_be_tracked) {
  StateLink found{Kind::right, worktree / state_dir, {}};
  const auto is = [&](Kind kind, std::string why) {
    found.kind = kind;
    found.why = std::move(why);
    return found;
  };
  std::error_code ignored;
  const fs::path top = git::real_path(worktree), target = session::state_place(layout);
  const fs::path parent = git::real_path(found.link.parent_path());
  if (parent != top && !below(top, parent))
    return is(Kind::leads_out, "its folder leads out of the worktree, to " + parent.string());
  const auto status = fs::symlink_status(found.link, ignored);
  if (!fs::exists(status)) {
    if (may_be_tracked && is_tracked(layout, worktree, state_dir))
      return is(Kind::tracked, "is tracked by git");
    return is(Kind::missing, "is missing: the reference design's paths lead nowhere");
  }
  if (is_tracked(layout, worktree, state_dir)) return is(Kind::tracked, "is tracked by git");
  if (!fs::is_symlink(status))
    return is(Kind::real_folder, "is no link to the state: what is in it, nobody reads");
  if (git::real_path(found.link) == git::real_path(target)) return found;
  const fs::path text = fs::read_symlink(found.link, ignored);
  const bool former = text.filename() == "state" && text.parent_path().filename() == "stream";
  if (former && !fs::exists(found.link, ignored))
    return is(Kind::stale, "leads to where the state was before, " + text.string());
  return is(Kind::other, "leads elsewhere, to " + text.string());
}

}  // namespace

StateLink look_at_link(const git::Layout& layout, const fs::path& worktree,
                       const std::string& state_dir) {
  return look_at_link(layout, worktree, state_dir, true);
}

bool make_link(const git::Layout& layout, const fs::path& worktree, const std::string& state_dir,
               bool may_be_tracked) {
  const fs::path link = worktree / state_dir;
  std::error_code ignored;  // most often it is there: no git is asked
  if (fs::is_symlink(fs::symlink_status(link, ignored)) &&
      git::real_path(link) == git::real_path(session::state_place(layout)))
    return false;
  const StateLink found = look_at_link(layout, worktree, state_dir, may_be_tracked);
  if (!found.mendable()) return false;
  std::error_code error;
  fs::create_directories(found.link.parent_path(), error);
  const fs::path from = git::real_path(found.link.parent_path());
  const fs::path target = session::state_place(layout);
  // A repository that is moved as a whole takes such a link along.
  const fs::path text =
      below(git::real_path(worktree), target) ? target.lexically_relative(from) : target;
  if (found.kind == Kind::stale) fs::remove(found.link, error);
  if (symlink(text.c_str(), found.link.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  state::fail("make", found.link, errno);
}

void make_links(const session::Session& session, const std::string& state_dir) {
  const git::Layout& layout = session.repository().layout();
  std::error_code missing;
  if (layout.worktree) make_link(layout, *layout.worktree, state_dir);
  for (const git::Worktree& worktree : session.repository().worktrees()) {
    // git writes the index last: before, it takes a folder that is not empty for somebody else's.
    const bool whole = fs::exists(worktree.git_dir / "index", missing);
    if (worktree.prunable || worktree.path == layout.worktree || !whole) continue;
    try {
      make_link(layout, worktree.path, state_dir);
    } catch (const core::Error&) {
      continue;  // another user's worktree; doctor says so there
    }
  }
}

void remove_links(const session::Session& session, const std::string& state_dir) {
  const git::Layout& layout = session.repository().layout();
  std::error_code ignored;
  for (const git::Worktree& worktree : session.repository().worktrees()) {
    const fs::path link = worktree.path / state_dir;
    const bool ours = fs::is_symlink(fs::symlink_status(link, ignored)) &&
                      git::real_path(link) == git::real_path(session::state_place(layout));
    if (ours) fs::remove(link, ignored);
    if (!ours && fs::exists(fs::symlink_status(link, ignored))) continue;
    // Where nothing else is in it; also what a call that was killed has left.
    rmdir(link.parent_path().c_str());
  }
}

std::optional<OldCommits> commits_of_another_hash(const state::Streams& recorded,
                                                  core::ObjectFormat format) {
  const auto is_old = [&](const auto& record) {
    return record.completed_tip && record.completed_tip->format != format;
  };
  std::vector<core::StreamId> streams;
  for (const state::StreamRecord& record : recorded.records) {
    if (!record.merged_at && (is_old(record) || std::ranges::any_of(record.branches, is_old)))
      streams.push_back(record.id);
  }
  if (streams.empty()) return std::nullopt;
  const std::string names = core::joined(streams, [](const auto& id) { return id.str(); });
  const char* const hash = format == core::ObjectFormat::sha1 ? "SHA-1" : "SHA-256";
  return OldCommits{"the repository was converted to " + std::string(hash) + " after stream " +
                        names + " was completed, and its commits have other ids since",
                    "git stream complete " + streams.front().str()};
}

}  // namespace gs::install
