#include "lib/gates/next_steps.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "lib/git/merge/merge.h"
#include "lib/git/refs/refs.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::ObjectId;

// Shows what the commit does to the path; a merge, what it makes of the other side's.
std::string look_command(const git::Commit& commit, const std::string& path) {
  const std::string id = core::short_id(commit.id);
  return (commit.parents.size() > 1 ? "git diff " + id + "^2 " + id : "git show " + id) + " -- " +
         path_word(path);
}

core::ScopeMap scopes_of(session::Session& session, const core::Identity& who) {
  return {session.policy(), who, session.repository().ignore_case()};
}

bool alike(const std::optional<git::TreeEntry>& one, const std::optional<git::TreeEntry>& other) {
  if (!one || !other) return !one && !other;
  return one->id == other->id && one->mode == other->mode;
}

// Whether the file is what HEAD has, so that nothing is lost with it.
bool is_as_in_head(const git::Repository& repository, const std::string& path,
                   const std::optional<git::TreeEntry>& in_head) {
  constexpr std::size_t kLargest = 64 << 20;
  const auto& worktree = repository.layout().worktree;
  if (!worktree) return false;
  const fs::path file = *worktree / path;
  std::error_code failed;
  const fs::file_status status = fs::symlink_status(file, failed);
  if (!fs::exists(status)) return !in_head;
  if (!in_head || !core::mode::is_regular(in_head->mode) || !fs::is_regular_file(status))
    return false;
  if (fs::file_size(file, failed) > kLargest || failed) return false;
  const auto content = state::read_file(file, kLargest);
  return content && git::blob_id(*content, in_head->id.format) == in_head->id;
}

std::string give_up_merge(session::Session& session, const std::string& path) {
  const core::Place place = scopes_of(session, session.identity()).place(path);
  const std::string whom =
      place.owners.empty() ? "whoever looks after it" : place.owners.front().full();
  return "git merge --abort  # then ask " + whom + " to merge " + core::quote_path(path);
}

std::string step_in_merge(session::Session& session, const ObjectId& head,
                          const std::vector<ObjectId>& merged, const std::string& path) {
  const git::Repository& repository = session.repository();
  const auto bases = merged.size() == 1 ? git::merge_bases(repository, head, merged.front())
                                        : std::vector<ObjectId>();
  if (bases.size() != 1) return give_up_merge(session, path);
  const auto base = repository.entry(bases.front(), path), ours = repository.entry(head, path),
             theirs = repository.entry(merged.front(), path);
  if (alike(base, theirs)) return unstage_command(path);
  if (!alike(base, ours)) return give_up_merge(session, path);
  const bool same = is_as_in_head(repository, path, ours);
  return std::string("git restore --source=MERGE_HEAD --staged ") + (same ? "--worktree " : "") +
         "-- " + path_word(path);
}

// What git was doing, and how that is given up.
std::string abort_command(const git::Layout& layout) {
  const fs::path& git_dir = layout.git_dir;
  const git::Refs refs(layout);
  if (fs::exists(git_dir / "rebase-apply" / "applying")) return "git am --abort";
  if (fs::exists(git_dir / "rebase-merge") || fs::exists(git_dir / "rebase-apply"))
    return "git rebase --abort";
  if (refs.read("CHERRY_PICK_HEAD")) return "git cherry-pick --abort";
  if (refs.read("REVERT_HEAD")) return "git revert --abort";
  return {};
}

// Whether the index has at the path what the commit has.
bool is_staged(const git::Repository& repository, const git::Commit& commit,
               const std::string& path) {
  const auto entry = repository.entry(commit.id, path);
  const core::ChangeSet staged = repository.staged({}).own;
  const auto found = std::ranges::find(staged, path, &core::Change::path);
  if (found == staged.end()) return false;
  return entry ? found->new_id == entry->id : found->new_mode == core::mode::none;
}

}  // namespace

std::string step_at_index(session::Session& session, const std::vector<ObjectId>& merged,
                          const std::string& path) {
  const auto head = session.repository().head();
  if (merged.empty() || !head) return unstage_command(path);
  return step_in_merge(session, *head, merged, path);
}

std::string step_at_ref(session::Session& session, const RefusedCommit& refused,
                        const std::string& path) {
  const git::Repository& repository = session.repository();
  const git::Commit& commit = refused.commit;
  if (std::string abort = abort_command(repository.layout()); !abort.empty()) return abort;
  const auto head = repository.head();
  if (!refused.checked_out || !head || commit.parents.empty() || commit.parents.front() != *head)
    return look_command(commit, path);
  const std::vector<ObjectId> merged(commit.parents.begin() + 1, commit.parents.end());
  if (merged != repository.merge_heads()) return look_command(commit, path);
  if (!merged.empty()) return step_in_merge(session, *head, merged, path);
  if (!is_staged(repository, commit, path)) return look_command(commit, path);
  return "git commit  # pre-commit says what to do";
}

namespace {

// Whether HEAD's log has the commit as one that was made in this worktree, not merged or fetched.
bool was_made_here(const git::Repository& repository, const ObjectId& commit) {
  return std::ranges::any_of(git::Refs(repository.layout()).moves_of("HEAD"),
                             [&](const git::RefMove& move) {
                               return move.after == commit && move.message.starts_with("commit");
                             });
}

// The other stream that all of the commit's changes belong to, if there is one.
std::optional<core::StreamId> stream_of_work(session::Session& session, const git::Commit& commit,
                                             const core::Identity& who) {
  const core::ScopeMap scopes = scopes_of(session, who);
  std::set<core::StreamId> streams;
  for (const core::Change& change : git::changes_of(session.repository(), commit)) {
    const core::Place place = scopes.place(change.path);
    const core::StreamSpec* stream = place.standing == core::Standing::foreign
                                         ? session.policy().stream_of(place.owners.front())
                                         : nullptr;
    if (stream == nullptr) return std::nullopt;
    streams.insert(stream->id);
  }
  if (streams.size() != 1 || *streams.begin() == who.stream) return std::nullopt;
  return *streams.begin();
}

// Where the stream's work is now that it has left the commit behind.
std::optional<core::BranchName> rewritten_branch(session::Session& session,
                                                 const core::StreamId& stream,
                                                 const ObjectId& commit) {
  const git::Repository& repository = session.repository();
  std::vector<core::BranchName> found;
  for (const auto& [branch, tip] : git::branches(repository)) {
    if (core::stream_of_branch(session.policy(), branch) != stream) continue;
    if (!repository.is_ancestor(commit, tip)) found.push_back(branch);
  }
  return found.size() == 1 ? std::optional(found.front()) : std::nullopt;
}

std::string step_for_others(session::Session& session, const git::Commit& commit,
                            const core::StreamId& stream, bool certain) {
  const std::string id = core::short_id(commit.id);
  const auto branch = certain ? rewritten_branch(session, stream, commit.id) : std::nullopt;
  if (branch) {
    return "git rebase --onto " + core::quote_shell(branch->str()) + " " + id + "  # stream " +
           stream.str() + " has rewritten it";
  }
  const std::string into = session.policy().integration_branch.str();
  return "git show --stat " + id + "  # stream " + stream.str() + "'s? push its branch, or " +
         into + ", first, or rebase onto what it is now; yours? commit without it";
}

// Whether it can be made again from the index: all that has come since was made here, one after the
// other.
bool is_on_top(const git::Repository& repository, const ObjectId& commit, const ObjectId& head) {
  return std::ranges::all_of(
      git::commits_between(repository, {commit}, head), [&](const git::Commit& later) {
        return later.parents.size() == 1 && was_made_here(repository, later.id);
      });
}

std::string step_for_merge(const git::Commit& commit, const std::optional<ObjectId>& head) {
  const std::string id = core::short_id(commit.id);
  if (head != commit.id || commit.parents.size() != 2) return "git diff " + id + "^2 " + id;
  return "git reset --keep " + id + "^ && git merge " + id + "^2  # " + id + " stays as it was";
}

std::string step_for_own(const git::Repository& repository, const git::Commit& commit,
                         const ObjectId& head) {
  const std::string id = core::short_id(commit.id);
  const bool root = commit.parents.empty();
  if (!is_on_top(repository, commit.id, head))
    return "git rebase -i --rebase-merges " + (root ? "--root" : id + "^");
  return root ? "git update-ref -d HEAD" : "git reset --soft " + id + "^";
}

}  // namespace

std::string step_for_commit(session::Session& session, const PushedCommit& pushed,
                            const core::Identity& who) {
  const git::Repository& repository = session.repository();
  const git::Commit& commit = pushed.commit;
  const bool arrives = !repository.layout().worktree;
  const auto head = arrives ? std::nullopt : repository.head();
  if (commit.parents.size() > 1) return step_for_merge(commit, head);
  const bool here = head && repository.is_ancestor(commit.id, *head);
  const core::StreamSpec* made_by = session.policy().stream_of_name(pushed.maker);
  if (made_by != nullptr && made_by->id != who.stream)
    return step_for_others(session, commit, made_by->id, here);
  const bool own = made_by != nullptr || (here && was_made_here(repository, commit.id));
  if (here && own) return step_for_own(repository, commit, *head);
  // Who pushes has made the last one, as a rule.
  if (arrives && pushed.last && !commit.parents.empty())
    return "git reset --soft " + core::short_id(commit.id) + "^";
  if (const auto other = stream_of_work(session, commit, who))
    return step_for_others(session, commit, *other, false);
  return here ? step_for_own(repository, commit, *head)
              : "git show --stat " + core::short_id(commit.id) +
                    "  # commit it again without what is named";
}

}  // namespace gs::gates
