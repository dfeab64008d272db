// The one moment of a merge that others see: the integration branch moves.

#include <chrono>
#include <filesystem>
#include <fmt/core.h>
#include <thread>

#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/install/git_config.h"
#include "lib/streams/merge/after_merge.h"
#include "lib/streams/merge/merge_steps.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

namespace fs = std::filesystem;
using core::Change;
using core::ObjectId;

struct Move {
  ObjectId from, to;
  fs::path place;
};

// Nothing where it was not written to the end: then git had not begun.
std::optional<Move> read_move(const std::string& text) {
  if (!text.ends_with('\0')) return std::nullopt;
  std::string_view rest = text;
  const auto from = ObjectId::from_hex(core::take_part(rest, ' ')),
             to = ObjectId::from_hex(core::take_part(rest, '\0'));
  if (!from || !to || rest.empty()) return std::nullopt;
  rest.remove_suffix(1);
  return Move{*from, *to, std::string(rest)};
}

// By compare-and-swap: whoever moved it meanwhile wins, and the merge is made anew.
process::Result move_by_swap(const MergeTask& task, const ObjectId& from, const ObjectId& to) {
  return run_git_in(
      working_folder(task.repository().layout()),
      {"update-ref", "-m", fmt::format("merge {}: git stream merge", task.branch.str()),
       branch_ref(task.into), to.hex(), from.hex()});
}

bool index_holds(const git::Worktree& worktree, const ObjectId& commit) {
  return run_git_in(worktree.path, {"diff-index", "--cached", "--quiet", commit.hex(), "--"})
             .status == 0;
}

// The id that git would store the file under, through the filters that attributes and settings
// name.
ObjectId stored_id(const git::Worktree& worktree, const std::string& path) {
  const std::string id =
      run_git_in(worktree.path, {"hash-object", "--path", path, "--", path}).output;
  return ObjectId::from_hex(std::string_view(id).substr(0, id.find('\n'))).value_or(ObjectId{});
}

// A file of the worktree between two commits, of which git has written some.
enum class FileState { before, written, other };  // written: to its end or in part

FileState state_of(const git::Repository& repository, const git::Worktree& worktree,
                   const Change& change) {
  const fs::path file = worktree.path / change.path;
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(file, ignored);
  const bool link = fs::is_symlink(status);
  if (!fs::exists(status))
    return change.old_mode == core::mode::none ? FileState::before : FileState::written;
  if (!link && !fs::is_regular_file(status)) return FileState::other;
  const std::string content =
      link ? fs::read_symlink(file, ignored).string() : git::read_file(file).value_or("");
  const auto is_side = [&](const ObjectId& id, std::uint32_t mode, bool in_part) {
    const bool kind = link ? mode == core::mode::symlink : core::mode::is_regular(mode);
    if (!kind) return false;
    const std::string blob = repository.blob(id);
    return in_part ? blob.starts_with(content) : blob == content;
  };
  const ObjectId stored = link ? ObjectId{} : stored_id(worktree, change.path);
  if (is_side(change.old_id, change.old_mode, false) ||
      (!link && core::mode::is_regular(change.old_mode) && stored == change.old_id))
    return FileState::before;
  if (is_side(change.new_id, change.new_mode, true) ||
      (!link && core::mode::is_regular(change.new_mode) && stored == change.new_id))
    return FileState::written;
  return FileState::other;
}

// A git that was killed before the first file leaves it empty; one that is alive soon fills it.
void remove_empty_lock(const fs::path& lock) {
  constexpr auto kPause = std::chrono::milliseconds(50);
  constexpr int kTries = 20;
  std::error_code none;
  for (int i = 0; i < kTries; ++i) {
    if (fs::file_size(lock, none) != 0 || none) return;
    std::this_thread::sleep_for(kPause);
  }
  fs::remove(lock, none);
}

void restore_files(const git::Repository& repository, const git::Worktree& worktree,
                   const Move& move) {
  std::vector<std::string> added;
  std::string rewritten;  // each with a NUL at its end
  for (const Change& change : git::changes_between(repository, move.from, move.to)) {
    const FileState state = state_of(repository, worktree, change);
    if (state == FileState::other) return;  // somebody has been there since
    if (state == FileState::before) continue;
    if (change.old_mode == core::mode::none) {
      added.push_back(change.path);
    } else {
      rewritten += change.path + '\0';
    }
  }
  const fs::path lock = worktree.git_dir / "index.lock";
  if (added.empty() && rewritten.empty()) return remove_empty_lock(lock);
  // Files change only while git holds this, and it has not come to its index: it is its own.
  std::error_code ignored;
  fs::remove(lock, ignored);
  for (const std::string& path : added) fs::remove(worktree.path / path, ignored);
  run_git_in(worktree.path, {"checkout-index", "-f", "-u", "-q", "-z", "--stdin"}, {}, rewritten);
}

// git has written files and index, and could not move the branch (a hook refused it, another git
// held it or moved it): they go where the branch is now. What somebody has changed stays.
void roll_back(const MergeTask& task, const git::Worktree& worktree, const ObjectId& merge) {
  const auto tip = task.repository().resolve(branch_ref(task.into));
  if (!tip || task.repository().is_ancestor(merge, *tip) || !index_holds(worktree, merge)) return;
  run_git_in(worktree.path, {"read-tree", "-m", "-u", merge.hex(), tip->hex()});
}

// git writes the files, then the index, then the branch.
void recover(const MergeTask& task, const git::Worktree& worktree, const Move& move) {
  if (index_holds(worktree, move.to)) {
    move_by_swap(task, move.from, move.to);
    roll_back(task, worktree, move.to);
  } else if (index_holds(worktree, move.from)) {
    restore_files(task.repository(), worktree, move);
  }
}

// Of a branch that git moves where it is checked out; its text is "FROM TO\0PLACE\0".
class BranchMoveRecord : public RecoveryRecord {
 public:
  explicit BranchMoveRecord(const MergeTask& task)
      : RecoveryRecord(task.repository().layout(), kName, "moving a branch for an earlier merge",
                       "git stream merge " + task.spec.id.str()) {}
  static constexpr char kName[] = "merge";
};

constexpr int kLastOfGits = 128;  // "fatal: …"; beyond it are the signals that ended git

// The commit's first parent is the tip: this moves branch, index and files, or none of them.
process::Result fast_forward(const MergeTask& task, const git::Worktree& worktree,
                             const ObjectId& integration, const ObjectId& merge) {
  BranchMoveRecord record(task);
  record.write(integration.hex() + ' ' + merge.hex() + '\0' + worktree.path.string() + '\0');
  const InheritedRecord inherited(record);
  process::Result result =
      run_git_in(worktree.path,
                 {"-c", "gc.auto=0", "-c", "maintenance.auto=false", "merge", "--ff-only",
                  "--no-squash", "--no-autostash", "--no-stat", "--quiet", merge.hex()},
                 // Validated once, after all merges, by whoever asked for them.
                 {std::string(kMerging) + "=1"});
  if (result.status <= kLastOfGits) record.finish();
  return result;
}

}  // namespace

void recover_interrupted(const MergeTask& task) {
  if (!RecoveryRecord::pending(task.repository().layout(), BranchMoveRecord::kName)) return;
  BranchMoveRecord record(task);
  if (task.options.dry_run) return;
  if (const auto move = read_move(record.text())) {
    for (const git::Worktree& worktree : integration_worktrees(task)) {
      if (worktree.path == move->place) recover(task, worktree, *move);
    }
  }
  record.finish();
}

MoveResult move_integration(const MergeTask& task, const ObjectId& integration,
                            const ObjectId& merge) {
  const auto worktrees = integration_worktrees(task);
  const process::Result result = worktrees.empty()
                                     ? move_by_swap(task, integration, merge)
                                     : fast_forward(task, worktrees.front(), integration, merge);
  // Of a git that was killed the next merge makes what can be made.
  if (!worktrees.empty() && result.status <= kLastOfGits) roll_back(task, worktrees.front(), merge);
  const auto tip = task.repository().resolve(branch_ref(task.into));
  if (tip && (*tip == merge || task.repository().is_ancestor(merge, *tip)))
    return {Moved::yes, {}, result.output + result.errors};
  if (tip != integration) return {Moved::overtaken, {}, {}};
  return {Moved::refused,
          fmt::format("git did not move {}: {}", core::printable(task.into.str()),
                      install::in_one_line(result)),
          {}};
}

std::optional<ObjectId> find_merge(const MergeTask& task, const ObjectId& integration,
                                   const ObjectId& tip) {
  const std::string lines = git_output_in(
      working_folder(task.repository().layout()),
      {"rev-list", "--first-parent", "--merges", "--parents", integration.hex(), "^" + tip.hex()});
  for (std::string_view rest = lines; !rest.empty();) {
    // "COMMIT FIRST SECOND …": merged are the parents after the first.
    std::string_view line = core::take_line(rest);
    const std::string_view merge = core::take_part(line, ' ');
    core::take_part(line, ' ');
    if (line.find(tip.hex()) != line.npos) return ObjectId::from_hex(merge);
  }
  return std::nullopt;
}

}  // namespace gs::streams
