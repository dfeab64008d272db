// The one moment of a merge that others see: the integration branch moves.

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <thread>

#include "lib/app/git_command.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/git/refs/history.h"
#include "lib/streams/merge/after_merge.h"
#include "lib/streams/merge/merge_task.h"
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

// Nothing where it was not noted to the end: then git had not begun.
std::optional<Move> read_move(const std::string& noted) {
  constexpr std::size_t kId = 40, kPlace = 2 * (kId + 1);
  if (noted.size() <= kPlace || noted[kId] != ' ' || noted[kPlace - 1] != '\0' ||
      noted.back() != '\0')
    return std::nullopt;
  const std::string_view text = noted;
  const auto from = ObjectId::from_hex(text.substr(0, kId)),
             to = ObjectId::from_hex(text.substr(kId + 1, kId));
  if (!from || !to) return std::nullopt;
  return Move{*from, *to, noted.substr(kPlace, noted.size() - kPlace - 1)};
}

class Mending {
 public:
  Mending(const MergeTask& task, const git::Worktree& place, const Move& move)
      : task_(task), repository_(task.repository()), place_(place), move_(move) {}

  void run() const {
    // git writes the files, then the index, then the branch.
    if (index_holds(move_.to)) {
      move_by_swap(task_, move_.from, move_.to);
    } else if (index_holds(move_.from)) {
      go_back();
    }
  }

 private:
  enum class Now { before, on_the_way, other };

  bool index_holds(const ObjectId& commit) const {
    return run_git_in(place_.path, {"diff-index", "--cached", "--quiet", commit.hex(), "--"})
               .status == 0;
  }

  void go_back() const {
    std::vector<std::string> added;
    std::string rewritten;
    for (const Change& change : git::changes_between(repository_, move_.from, move_.to)) {
      const Now now = state_of(change);
      if (now == Now::other) return;  // somebody has been there since
      if (now == Now::before) continue;
      if (change.old_mode == core::mode::none) {
        added.push_back(change.path);
      } else {
        rewritten += change.path + '\0';
      }
    }
    if (added.empty() && rewritten.empty()) return remove_empty_lock();
    // Files change only while git holds this, and it has not come to its index: it is its own.
    std::error_code ignored;
    fs::remove(place_.git_dir / "index.lock", ignored);
    for (const std::string& path : added) fs::remove(place_.path / path, ignored);
    run_git_in(place_.path, {"checkout-index", "-f", "-u", "-q", "-z", "--stdin"}, {}, rewritten);
  }

  // A git that was killed before the first file leaves it empty; one that is alive soon fills it.
  void remove_empty_lock() const {
    constexpr auto kPause = std::chrono::milliseconds(50);
    constexpr int kTries = 20;
    const fs::path lock = place_.git_dir / "index.lock";
    std::error_code none;
    for (int i = 0; i < kTries; ++i) {
      if (fs::file_size(lock, none) != 0 || none) return;
      std::this_thread::sleep_for(kPause);
    }
    fs::remove(lock, none);
  }

  Now state_of(const Change& change) const {
    const fs::path file = place_.path / change.path;
    std::error_code ignored;
    const fs::file_status status = fs::symlink_status(file, ignored);
    const bool link = fs::is_symlink(status);
    if (!fs::exists(status))
      return change.old_mode == core::mode::none ? Now::before : Now::on_the_way;
    if (!link && !fs::is_regular_file(status)) return Now::other;
    const std::string content =
        link ? fs::read_symlink(file, ignored).string() : git::read_file(file).value_or("");
    const auto is_side = [&](const ObjectId& id, std::uint32_t mode, bool begun) {
      const bool kind = link ? mode == core::mode::symlink : core::mode::is_regular(mode);
      if (!kind) return false;
      const std::string blob = repository_.blob(id);
      return begun ? blob.starts_with(content) : blob == content;
    };
    const ObjectId cleaned = link ? ObjectId{} : as_git_would_store(change.path);
    if (is_side(change.old_id, change.old_mode, false) ||
        (!link && core::mode::is_regular(change.old_mode) && cleaned == change.old_id))
      return Now::before;
    if (is_side(change.new_id, change.new_mode, true) ||
        (!link && core::mode::is_regular(change.new_mode) && cleaned == change.new_id))
      return Now::on_the_way;
    return Now::other;
  }

  // Through the filters that attributes and settings name.
  ObjectId as_git_would_store(const std::string& path) const {
    const std::string id =
        run_git_in(place_.path, {"hash-object", "--path", path, "--", path}).output;
    return ObjectId::from_hex(std::string_view(id).substr(0, id.find('\n'))).value_or(ObjectId{});
  }

  const MergeTask& task_;
  const git::Repository& repository_;
  const git::Worktree& place_;
  const Move& move_;
};

}  // namespace

void mend_interrupted(MergeTask& task) {
  if (!RecoveryRecord::pending(task.repository().layout(), BranchMoveRecord::kName)) return;
  BranchMoveRecord mark(task);
  if (task.options.dry_run) return;
  const auto move = read_move(mark.noted());
  if (move && task.repository().resolve(branch_ref(task.report.into)) == move->from) {
    for (const git::Worktree& place : integration_worktrees(task)) {
      if (place.path == move->place) Mending(task, place, *move).run();
    }
  }
  mark.finish();
}

namespace {

using core::ObjectId;

constexpr int kLastOfGits = 128;  // "fatal: …"; beyond it are the signals that ended git

// The commit's first parent is the tip: this moves branch, index and files, or none of them.
process::Result forward(const MergeTask& task, const git::Worktree& place, const ObjectId& merge) {
  BranchMoveRecord mark(task);
  mark.note(task.integration.hex() + ' ' + merge.hex() + '\0' + place.path.string() + '\0');
  const InheritedRecord handed(mark);
  process::Result result =
      run_git_in(place.path,
                 {"-c", "gc.auto=0", "-c", "maintenance.auto=false", "merge", "--ff-only",
                  "--no-squash", "--no-autostash", "--no-stat", "--quiet", merge.hex()},
                 // Validated once, after all merges, by whoever asked for them.
                 {std::string(kMerging) + "=1"});
  if (result.status <= kLastOfGits) mark.finish();
  return result;
}

}  // namespace

// By compare-and-swap: whoever moved it meanwhile wins, and the merge is made anew.
process::Result move_by_swap(const MergeTask& task, const ObjectId& from, const ObjectId& to) {
  const std::string& branch = task.report.branch.str();
  return run_git_in(working_folder(task.repository().layout()),
                    {"update-ref", "-m", fmt::format("merge {}: git stream merge", branch),
                     branch_ref(task.report.into), to.hex(), from.hex()});
}

Moved move_integration(MergeTask& task, const ObjectId& merge) {
  const auto places = integration_worktrees(task);
  const process::Result result = places.empty() ? move_by_swap(task, task.integration, merge)
                                                : forward(task, places.front(), merge);
  const auto tip = task.repository().resolve(branch_ref(task.report.into));
  if (tip && (*tip == merge || task.repository().is_ancestor(merge, *tip))) {
    task.report.hook_output = result.output + result.errors;
    return Moved::yes;
  }
  if (tip != task.integration) return Moved::overtaken;
  task.report.reason = fmt::format(
      "git did not move {}: {}", core::printable(task.report.into.str()), app::in_one_line(result));
  return Moved::refused;
}

std::optional<ObjectId> find_merge(const MergeTask& task) {
  const std::string tip = task.tip().hex();
  std::string lines = git_output_in(
      working_folder(task.repository().layout()),
      {"rev-list", "--first-parent", "--merges", "--parents", task.integration.hex(), "^" + tip});
  constexpr std::size_t kId = 40;
  for (std::string_view rest = lines; rest.size() > kId;) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    // "COMMIT FIRST SECOND …": merged are the parents after the first.
    const std::size_t second = 2 * (kId + 1);
    if (line.size() > second && line.substr(second).find(tip) != line.npos)
      return ObjectId::from_hex(line.substr(0, kId));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return std::nullopt;
}

}  // namespace gs::streams
