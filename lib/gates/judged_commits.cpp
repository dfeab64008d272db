#include "lib/gates/judged_commits.h"

#include <algorithm>
#include <filesystem>

#include "analyzers/ownership.h"
#include "lib/core/error.h"
#include "lib/gates/new_commits.h"
#include "lib/gates/reporting.h"
#include "lib/git/objects/object_id.h"
#include "lib/policy/policy_cache.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::ObjectId;

constexpr std::size_t kLargestNote = 64 << 10;

fs::path passed_file(const git::Layout& layout) {
  return layout.git_dir / "stream" / "passed";
}

std::string bytes_of(const ObjectId& id) {
  return {id.bytes.begin(), id.bytes.end()};
}

ObjectId digest_of(const core::ChangeSet& changes) {
  std::string text;
  for (const core::Change& change : changes) {
    text += change.path + '\0' + bytes_of(change.old_id) + bytes_of(change.new_id);
    text += std::to_string(change.old_mode) + ' ' + std::to_string(change.new_mode) + '\n';
  }
  return git::blob_id(text);
}

// All that a verdict hangs on but the locks, as the text of the note: it is compared as a whole.
std::string note_text(session::Session& session, const std::optional<ObjectId>& head,
                      std::vector<ObjectId> merged, const core::ChangeSet& changes) {
  std::sort(merged.begin(), merged.end());
  std::string text = "who " + session.identity().name() + "\npolicy " +
                     git::blob_id(policy::serialize(session.policy())).hex() + "\nhead " +
                     head.value_or(ObjectId()).hex() + "\n";
  for (const ObjectId& id : merged) text += "merges " + id.hex() + "\n";
  text += "changes " + digest_of(changes).hex() + "\n";
  if (const auto reason = bypass_reason()) text += "bypass " + git::blob_id(*reason).hex() + "\n";
  return text;
}

bool held_by_now(session::Session& session, const core::ChangeSet& changes) {
  if (session.policy().rules.lock == core::Action::off) return false;
  std::vector<std::string> paths;
  paths.reserve(changes.size());
  for (const core::Change& change : changes) paths.push_back(change.path);
  const bool ignore_case = session.repository().ignore_case();
  const core::LockTable locks = state::read_locks_for(session.state(), paths, ignore_case);
  const std::string holder = session.identity().name();
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return analyzers::held_by_other(locks, path, holder, session.now(), ignore_case) != nullptr;
  });
}

// What the commit changes of HEAD, as the gate before it saw it; nothing when it is no commit on
// HEAD, nor one in HEAD's place (--amend).
struct Made {
  std::vector<ObjectId> merged;
  core::ChangeSet changes;
};
std::optional<Made> made_of(const git::Repository& repository, const std::optional<ObjectId>& head,
                            const git::Commit& commit) {
  const std::vector<ObjectId>& parents = commit.parents;
  const bool follows = head ? !parents.empty() && parents.front() == *head : parents.empty();
  if (follows) {
    Made made;
    if (head) made.merged.assign(parents.begin() + 1, parents.end());
    made.changes = git::changes_between(repository, head, commit.id);
    return made;
  }
  if (!head || git::commit(repository, *head).parents != parents) return std::nullopt;
  return Made{{}, git::changes_between(repository, head, commit.id)};
}

}  // namespace

void record_judged(session::Session& session, const std::optional<ObjectId>& head,
                   const std::vector<ObjectId>& merged, const core::ChangeSet& changes) {
  if (session.identity().outsider()) return;  // whose ref updates nobody judges
  try {
    const fs::path file = passed_file(session.repository().layout());
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    state::AtomicFile out(file, state::AtomicFile::Durability::passing);
    out.write(note_text(session, head, merged, changes));
    out.commit();
  } catch (const core::Error&) {
    // A full disk: git will say so in its own words.
  }
}

bool was_judged(session::Session& session, const std::optional<ObjectId>& head,
                const git::Commit& commit) {
  const auto note = state::read_file(passed_file(session.repository().layout()), kLargestNote);
  if (!note) return false;
  const auto made = made_of(session.repository(), head, commit);
  return made && *note == note_text(session, head, made->merged, made->changes) &&
         !held_by_now(session, made->changes);
}

namespace {

void add_ref(const git::Repository& repository, const std::string& ref,
             std::vector<ObjectId>& tips) {
  if (const auto tip = repository.resolve(ref)) tips.push_back(*tip);
}

// The branches that others work on, whatever they are called: their own gates saw all of it.
void add_enrolled(const git::Repository& repository, std::vector<ObjectId>& tips) {
  for (const git::Worktree& worktree : repository.worktrees()) {
    const bool own = worktree.git_dir == repository.layout().git_dir;
    if (own || worktree.prunable || !worktree.branch) continue;
    if (session::read_enrolment(worktree.git_dir))
      add_ref(repository, "refs/heads/" + worktree.branch->str(), tips);
  }
}

}  // namespace

std::vector<ObjectId> judged_before(session::Session& session) {
  const git::Repository& repository = session.repository();
  std::vector<ObjectId> tips = judged_elsewhere(session);
  const auto own = session.identity().stream;
  for (const auto& [branch, tip] : git::branches(repository)) {
    if (!own || core::stream_of_branch(session.policy(), branch) != own) continue;
    tips.push_back(tip);
    if (const auto upstream = repository.upstream_ref(branch)) add_ref(repository, *upstream, tips);
  }
  add_enrolled(repository, tips);
  return tips;
}

std::set<core::Change> carried(session::Session& session, const ObjectId& old,
                               const ObjectId& tip) {
  const git::Repository& repository = session.repository();
  std::set<core::Change> changes;
  std::vector<ObjectId> hidden = judged_elsewhere(session);
  hidden.push_back(tip);
  for (const git::Commit& commit : git::commits_between(repository, hidden, old)) {
    for (core::Change& change : git::changes_of(repository, commit))
      changes.insert(std::move(change));
  }
  return changes;
}

}  // namespace gs::gates
