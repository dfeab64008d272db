#include "lib/gates/integration_moves.h"

#include <algorithm>
#include <set>

#include "lib/core/change.h"
#include "lib/core/pattern.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/git/refs/history.h"
#include "lib/session/owner.h"

namespace gs::gates {

namespace {

using core::BranchName;
using core::Change;
using core::Finding;
using core::ObjectId;
using core::Rule;
using core::Severity;

// A move of a branch on which the policy stands, or may stand next.
struct Move {
  BranchName branch;
  std::optional<ObjectId> old, tip;  // old none: it is made; tip none: it is taken away
};

// `git pack-refs` takes away the file of a branch that it has packed: nothing changes then. Of one
// that is deleted, git says first that it goes from the packed ones, and compares with nothing.
bool is_packed_only(const git::RefUpdate& update) {
  return update.deletes() && update.compares;
}

// What an update makes of the branch: the commit that it moves to, or none.
std::optional<ObjectId> new_tip(const git::Repository& repository, const git::RefUpdate& update) {
  if (!update.symbolic.empty()) return repository.resolve(update.symbolic);
  return update.deletes() ? std::nullopt : std::optional(update.id);
}

// They begin where the branch was by the gates' leave.
std::vector<Move> moves_of(session::Session& session, const std::vector<git::RefUpdate>& updates) {
  const git::Repository& repository = session.repository();
  const std::set<BranchName> wanted{policy::integration_branch(repository.layout()),
                                    session.policy().integration_branch};
  std::vector<Move> moves;
  for (const git::RefUpdate& update : updates) {
    const auto branch = update.branch();
    if (!branch || !wanted.contains(*branch)) continue;
    const std::string ref = "refs/heads/" + branch->str();
    const auto old = repository.resolve(ref), tip = new_tip(repository, update);
    if (tip == old || (is_packed_only(update) && git::packed_ref(repository, ref) == old)) continue;
    const bool elsewhere = old && session.pinned() && session.pinned()->moved_to == old;
    Move move{*branch, elsewhere ? session.pinned()->commit : old, tip};
    if (move.old != move.tip) moves.push_back(std::move(move));
  }
  return moves;
}

// What moving one branch does to the protected paths on it.
class ProtectedPaths {
 public:
  ProtectedPaths(session::Session& session, const Move& move, const ObjectId& before)
      : repository_(session.repository()),
        patterns_(session.policy().protect, session.repository().ignore_case()),
        before_(before),
        after_(*move.tip),
        remote_(policy::believed_remote_tip(repository_)) {}

  // Those that change otherwise than the recorded remote's branch has changed them.
  std::vector<Change> changed() {
    std::vector<Change> found;
    for (Change& change : git::changes_between(repository_, before_, after_)) {
      const bool is_protected = change.path == core::kPolicyFile || patterns_.matches(change.path);
      if (is_protected && !comes_from_remote(change)) found.push_back(std::move(change));
    }
    return found;
  }

 private:
  bool comes_from_remote(const Change& change) {
    if (!remote_) return false;
    if (repository_.is_ancestor(before_, after_) && repository_.is_ancestor(after_, *remote_))
      return true;
    // As it is there, and was left as it is by everybody here.
    const auto parted = git::merge_base(repository_, before_, *remote_);
    return parted && git::has_result(repository_, *remote_, change) &&
           git::has_original(repository_, *parted, change);
  }

  const git::Repository& repository_;
  core::PatternList patterns_;
  ObjectId before_, after_;
  std::optional<ObjectId> remote_;
};

Finding gone(session::Session& session, const Move& move) {
  return {
      Rule::protected_path,
      Severity::block,
      "refs/heads/" + move.branch.str(),
      0,
      "is the integration branch, and the policy stands on it; only the owner may take it away (" +
          core::quote_path(session::owners_place(session.repository())) + ")",
      "git stream status"};
}

Finding changed(session::Session& session, const Move& move, const Change& change) {
  return {Rule::protected_path,
          Severity::block,
          change.path,
          0,
          "changes on " + move.branch.str() + " only from an owner's worktree (" +
              core::quote_path(session::owners_place(session.repository())) + ")",
          "git show " + core::short_id(*move.tip) + " -- " + path_word(change.path)};
}

}  // namespace

std::vector<Finding> judge_integration_moves(session::Session& session,
                                             const std::vector<git::RefUpdate>& updates) {
  std::vector<Finding> findings;
  const auto& pinned = session.pinned();
  if (!pinned || pinned->origin != policy::PinnedPolicy::Origin::integration) return findings;
  const std::vector<Move> moves = moves_of(session, updates);
  if (moves.empty() || session::owner_acts(session.repository())) return findings;
  for (const Move& move : moves) {
    if (!move.tip) {
      findings.push_back(gone(session, move));
      continue;
    }
    const ObjectId before = move.old.value_or(*pinned->commit);
    for (const Change& change : ProtectedPaths(session, move, before).changed())
      findings.push_back(changed(session, move, change));
  }
  return findings;
}

namespace {

// `git pack-refs` packs what a file held when it was read, which may be an old value by now, and
// compares with nothing. To move a branch, git locks its file.
bool moves_nothing(const git::Repository& repository, const BranchName& branch,
                   const git::RefUpdate& update) {
  const git::Layout& layout = repository.layout();
  const std::string ref = "refs/heads/" + branch.str();
  if (update.id == repository.resolve(ref)) return true;
  const bool files = layout.ref_storage.kind == git::RefStorage::Kind::files;
  return files && !update.compares && !git::is_locked(layout, ref);
}

}  // namespace

void note_integration_moves(const git::Repository& repository,
                            const std::vector<git::RefUpdate>& updates) {
  const BranchName branch = policy::integration_branch(repository.layout());
  if (!policy::read_integration(repository.layout()).recorded) return;
  for (const git::RefUpdate& update : updates) {
    if (update.branch() != branch || moves_nothing(repository, branch, update)) continue;
    if (!update.symbolic.empty()) {
      policy::forget_integration_tip(repository.layout());
    } else if (!update.deletes()) {
      policy::record_integration_tip(repository.layout(), update.id);
    }
  }
}

void note_remote_moves(session::Session& session, const std::vector<git::RefUpdate>& updates) try {
  const bool tracking = std::any_of(updates.begin(), updates.end(), [](const auto& update) {
    return update.ref.starts_with("refs/remotes/");
  });
  const git::Repository& repository = session.repository();
  if (!tracking || !policy::recorded_remotes(repository.layout())) return;
  const std::string ref = policy::remote_integration_ref(repository.layout());
  for (const git::RefUpdate& update : updates) {
    if (update.ref != ref || update.id.is_zero() || !session::owner_acts(repository)) continue;
    policy::record_remote_tip(repository.layout(), update.id);
  }
} catch (const std::exception&) {
  // It is asked for again by `git stream install`.
}

}  // namespace gs::gates
