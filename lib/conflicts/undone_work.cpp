#include "lib/conflicts/undone_work.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <set>

#include "lib/conflicts/merge_cache.h"
#include "lib/conflicts/path_authors.h"
#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/gates/new_commits.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/history.h"

namespace gs::conflicts {

namespace {

using core::Change;
using core::ObjectId;

class UndoneWork {
 public:
  UndoneWork(session::Session& session, const std::vector<MergeSide>& sides)
      : session_(session),
        repository_(session.repository()),
        sides_(sides),
        authors_(session),
        own_changes_(session.repository()) {}

  std::vector<Conflict> find() {
    const core::Identity own = session_.identity();
    for (std::size_t i = 1; i < sides_.size(); ++i) {
      session_.act_as({sides_[i].stream, std::nullopt, core::Identity::Source::branch});
      for (const git::Commit& commit :
           git::commits_between(repository_, {sides_.front().head}, sides_[i].head)) {
        if (commit.parents.size() > 1 && may_undo(sides_[i], commit)) look_at(i, commit);
      }
    }
    session_.act_as(own);
    return std::move(found_);
  }

 private:
  bool holds(const ObjectId& commit, const Change& change) const {
    return git::has_result(repository_, commit, change);
  }

  // What a merge into the integration branch would bring.
  static bool brings(const MergeSide& side, const Change& change) {
    const Change* const at = core::change_at(side.changes, change.path);
    return at != nullptr && at->new_id == change.new_id && at->new_mode == change.new_mode;
  }

  // Whether one parent has changed a path that the merge has as another parent has it, and the side
  // brings that. Asks git nothing: on a long branch hardly a merge is left.
  bool may_undo(const MergeSide& side, const git::Commit& merge) {
    if (merge.parents.size() != 2) return true;
    std::optional<std::vector<ObjectId>> bases;
    for (const std::size_t parent : {0U, 1U}) {
      core::ChangeSet dropped = git::changes_between(repository_, merge.parents[parent], merge.id);
      std::erase_if(dropped, [&](const Change& change) {
        return !brings(side, change) || !holds(merge.parents[1 - parent], change);
      });
      if (dropped.empty()) continue;
      if (!bases) bases = git::merge_bases(repository_, merge.parents[0], merge.parents[1]);
      const auto has_changed = [&](const Change& change) {
        return std::ranges::any_of(*bases, [&](const ObjectId& base) {
          return !git::has_original(repository_, base, change);
        });
      };
      if (bases->empty() || std::ranges::any_of(dropped, has_changed)) return true;
    }
    return false;
  }

  void look_at(std::size_t side, const git::Commit& merge) {
    core::ChangeSet undone = own_changes_.of(merge);
    std::erase_if(undone, [&](const Change& change) {
      return !brings(sides_[side], change) ||
             std::ranges::none_of(merge.parents, [&](const auto& id) { return holds(id, change); });
    });
    if (undone.empty()) return;
    const core::Verdict verdict = gates::judge_commit(session_, merge).verdict;
    std::set<std::string> refused;
    for (const core::Finding& finding : verdict.findings) {
      if (finding.severity == core::Severity::block) refused.insert(finding.path);
    }
    for (const Change& change : undone) {
      if (refused.contains(change.path)) add(side, merge, change);
    }
  }

  // Who did to the path what is not in the merge.
  std::string author(const git::Commit& merge, const Change& change) {
    for (const ObjectId& parent : merge.parents) {
      if (holds(parent, change)) continue;
      for (const ObjectId& other : merge.parents) {
        const auto base = git::merge_base(repository_, parent, other);
        if (other == parent || !base) continue;
        const auto who = authors_.between(*base, parent, {change.path});
        if (const auto found = who.find(change.path); found != who.end()) return found->second;
      }
    }
    return "others";
  }

  void add(std::size_t side, const git::Commit& merge, const Change& change) {
    Conflict conflict;
    conflict.kind = ConflictKind::undone;
    conflict.first = {side, change.path, {}, 0};
    conflict.second = {0, change.path, {}, 0};
    const std::string id = core::short_id(merge.id);
    conflict.message =
        fmt::format("undoes what {} changed, in the merge {}", author(merge, change), id);
    const MergeSide& on = sides_[side];
    const std::string git =
        on.worktree.empty() ? "git" : "git -C " + core::quote_shell(on.worktree.string());
    conflict.next =
        merge.id == on.head && merge.parents.size() == 2 && !on.worktree.empty()
            ? fmt::format("{} reset --keep {}^ && {} merge {}^2", git, id, git, id)
            : fmt::format("{} diff {}^2 {} -- {}", git, id, id, core::quote_shell(change.path));
    found_.push_back(std::move(conflict));
  }

  session::Session& session_;
  const git::Repository& repository_;
  const std::vector<MergeSide>& sides_;
  PathAuthors authors_;
  OwnChangesCache own_changes_;
  std::vector<Conflict> found_;
};

}  // namespace

std::vector<Conflict> undone_work(session::Session& session, const std::vector<MergeSide>& sides) {
  return UndoneWork(session, sides).find();
}

}  // namespace gs::conflicts
