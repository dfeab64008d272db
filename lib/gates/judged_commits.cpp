#include "lib/gates/judged_commits.h"

#include <algorithm>
#include <filesystem>

#include "analyzers/ownership.h"
#include "lib/core/error.h"
#include "lib/gates/reporting.h"
#include "lib/git/objects/object_id.h"
#include "lib/policy/policy_cache.h"
#include "lib/session/known_locks.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/state/locks.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::ObjectId;

constexpr std::size_t kLargestNote = 16 << 20;  // a lock for each of a large commit's files

fs::path passed_file(const git::Layout& layout) {
  return layout.git_dir / "stream" / "passed";
}

ObjectId digest_of_changes(const core::ChangeSet& changes) {
  std::string text;
  for (const core::Change& change : changes) {
    text += change.path + '\0' + change.old_id.hex() + ' ' + change.new_id.hex() + ' ';
    text += std::to_string(change.old_mode) + ' ' + std::to_string(change.new_mode) + '\n';
  }
  return git::digest_of(text);
}

// All that a verdict hangs on but the locks, as the text of the note: it is compared as a whole.
std::string note_text(session::Session& session, const std::optional<ObjectId>& head,
                      std::vector<ObjectId> merged, const core::ChangeSet& changes) {
  std::sort(merged.begin(), merged.end());
  std::string text = "who " + session.identity().name() + "\npolicy " +
                     git::digest_of(policy::serialize(session.policy())).hex() + "\nhead " +
                     head.value_or(ObjectId()).hex() + "\n";
  for (const ObjectId& id : merged) text += "merges " + id.hex() + "\n";
  text += "changes " + digest_of_changes(changes).hex() + "\n";
  if (const auto reason = bypass_reason()) text += "bypass " + git::digest_of(*reason).hex() + "\n";
  return text;
}

// After note_text: the paths whose locks it needed, each ended by a zero.
constexpr std::string_view kLocked = "locked\n";

std::vector<std::string> paths_in(std::string_view text) {
  std::vector<std::string> paths;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    paths.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return paths;
}

// How the locks stand against what was noted.
Noted look_at_locks(session::Session& session, const core::ChangeSet& changes,
                    const std::vector<std::string>& locked) {
  if (session.policy().rules.lock == core::Action::off) return {true, {}};
  std::vector<std::string> paths;
  paths.reserve(changes.size());
  for (const core::Change& change : changes) paths.push_back(change.path);
  paths.insert(paths.end(), locked.begin(), locked.end());
  const bool ignore_case = session.repository().ignore_case();
  const core::LockTable locks = session::known_locks(session, paths);
  const std::string holder = session.identity().name();
  const core::LockIndex index(locks, ignore_case);
  for (const std::string& path : paths)
    if (analyzers::held_by_other(index, path, holder, session.now()) != nullptr) return {};
  for (const std::string& path : locked) {
    if (analyzers::held_by(index, path, holder, session.now())) continue;
    // An expired one that is still there is one that nobody has taken since.
    const auto entries = index.on(path);
    const bool there = std::any_of(entries.begin(), entries.end(),
                                   [&](const core::Lock* lock) { return lock->is_of(holder); });
    return {false, there ? std::nullopt : std::optional(path)};
  }
  return {true, {}};
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
                   const std::vector<ObjectId>& merged, const core::ChangeSet& changes,
                   const std::vector<std::string>& locked) {
  if (session.identity().outsider()) return;  // whose ref updates nobody judges
  try {
    const fs::path file = passed_file(session.repository().layout());
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    state::AtomicFile out(file, state::AtomicFile::Durability::passing);
    out.write(note_text(session, head, merged, changes));
    out.write(kLocked);
    for (const std::string& path : locked) {
      out.write(path);
      out.write(std::string_view("\0", 1));
    }
    out.commit();
  } catch (const core::Error&) {
    // A full disk: git will say so in its own words.
  }
}

Noted noted_of(session::Session& session, const std::optional<ObjectId>& head,
               const git::Commit& commit) {
  const auto note = state::read_file(passed_file(session.repository().layout()), kLargestNote);
  if (!note) return {};
  const auto made = made_of(session.repository(), head, commit);
  if (!made) return {};
  const std::string expected =
      note_text(session, head, made->merged, made->changes) + std::string(kLocked);
  if (!note->starts_with(expected)) return {};
  return look_at_locks(session, made->changes,
                       paths_in(std::string_view(*note).substr(expected.size())));
}

void forget_note(session::Session& session) {
  std::error_code ignored;
  std::filesystem::remove(passed_file(session.repository().layout()), ignored);
}

}  // namespace gs::gates
