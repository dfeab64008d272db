#include "lib/session/unseen_move.h"

#include <algorithm>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/git/refs/refs.h"
#include "lib/session/owner.h"

namespace gs::session {

namespace {

// What git has noted of the move, unless its log was cut since.
std::string noted_by_git(const git::Repository& repository, const std::string& ref,
                         const core::ObjectId& moved_to) {
  const auto moves = git::Refs(repository.layout()).moves_of(ref);
  return !moves.empty() && moves.back().after == moved_to ? moves.back().message : "";
}

// The name that a branch had before it was renamed to this one, while it is free: "Branch: renamed
// refs/heads/OLD to refs/heads/NEW".
std::string former_name(const git::Repository& repository, std::string_view noted) {
  constexpr std::string_view kStart = "Branch: renamed refs/heads/", kFree = "saved";
  std::string name(kFree);
  if (noted.starts_with(kStart)) {
    noted.remove_prefix(kStart.size());
    name = noted.substr(0, noted.find(' '));
  }
  while (repository.resolve("refs/heads/" + name)) name += "-saved";
  return name;
}

// git moves no branch by force that is checked out. An agent's work stays on a branch of its own.
std::string command_to_take_back(const git::Repository& repository, const std::string& branch,
                                 const core::ObjectId& commit, std::string_view noted) {
  const auto worktrees = repository.worktrees();
  const auto there = std::ranges::find_if(worktrees, [&](const git::Worktree& worktree) {
    return !worktree.prunable && worktree.branch && worktree.branch->str() == branch;
  });
  const std::string word = core::quote_shell(branch), id = commit.hex();
  if (there == worktrees.end()) return "git branch -f " + word + " " + id;
  const std::string in_it = "git -C " + core::quote_shell(there->path.string());
  if (is_owners(repository, *there)) return in_it + " reset --keep " + id;
  return in_it + " switch -q -c " + core::quote_shell(former_name(repository, noted)) +
         " && git branch -f " + word + " " + id;
}

}  // namespace

std::optional<UnseenMove> unseen_move(Session& session) {
  const auto& pinned = session.pinned();
  if (!pinned || !pinned->moved_to) return std::nullopt;
  const git::Repository& repository = session.repository();
  const std::string branch = policy::integration_branch(repository.layout()).str();
  const std::string noted = noted_by_git(repository, "refs/heads/" + branch, *pinned->moved_to);
  UnseenMove move;
  move.what = core::printable(branch) + " was moved from " + core::short_id(*pinned->commit) +
              " to " + core::short_id(*pinned->moved_to) + " past the gates" +
              (noted.empty() ? "" : " (" + core::printable(noted) + ")") +
              ": the policy is read where it was";
  move.take_back = command_to_take_back(repository, branch, *pinned->commit, noted);
  move.repair = move.take_back + "; or, if it is meant so: git stream install, in " +
                core::quote_path(owners_place(repository));
  return move;
}

}  // namespace gs::session
