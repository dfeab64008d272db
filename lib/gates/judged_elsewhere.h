#pragma once
// Which commits count as judged elsewhere (contract, section 13).
//
// Where somebody works: those in the local integration branch; those that the record of judged
// commits has (lib/state/judged_record.h); and, until a push asks, those that a remote-tracking ref
// of a recorded remote holds, where its name is the integration branch's or a stream's. Names that
// ordinary git makes excuse nothing.
// On a server, and in a clone that nothing of ours is installed in (CI): by the names of the refs,
// which other gates have let in there.

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/refs/history.h"
#include "lib/session/session.h"
#include "lib/state/judged_record.h"

namespace gs::gates {

// A tip whose commits were judged at a gate of their own: of the integration branch (no stream) or
// of a stream.
struct JudgedTip {
  std::optional<core::StreamId> stream;
  core::ObjectId commit;
  // Where only a remote-tracking ref says so, and the remote was not asked yet:
  std::string remote = {}, branch = {};

  bool unasked() const { return !remote.empty(); }
};
// By the names of the refs, whoever made them: for a server and for CI.
std::vector<JudgedTip> named_tips(session::Session& session);

// Whose judgements excuse a commit.
enum class Excuse {
  any,     // at a ref update: somebody's
  others,  // in a range or a push: those of others than identity()'s stream
};

class JudgedElsewhere {
 public:
  // What stands in the repository now. Rebuilds a record that is gone or damaged, and says so.
  // Throws core::Error (broken) where it cannot be read.
  explicit JudgedElsewhere(session::Session& session);

  const std::vector<JudgedTip>& tips() const { return tips_; }
  const std::optional<core::ObjectId>& integration() const { return integration_; }  // local
  bool goes_by_names() const { return by_names_; }
  bool any_by_name() const { return any_by_name_; }  // in the record
  bool any_bypassed() const { return any_bypassed_; }

  // The commits that the tips have, and neither `hidden` nor anybody who excuses; ancestors first.
  std::vector<git::Commit> unjudged(const std::vector<core::ObjectId>& hidden,
                                    const std::vector<core::ObjectId>& tips, Excuse excuse) const;
  // The commits up to which branches are others' than identity()'s: of the integration branch, the
  // tips() of others, and the branches here whose last commit was judged for others.
  std::vector<core::ObjectId> others_tips() const;
  // Those that were judged for identity()'s stream, and that no branch here has any more: they need
  // their locks again.
  std::vector<git::Commit> returning(const std::vector<core::ObjectId>& hidden,
                                     const core::ObjectId& tip) const;
  // The remote-tracking refs but for which some of those commits would not be left out.
  std::vector<JudgedTip> unasked_excuses(const std::vector<core::ObjectId>& hidden,
                                         const std::vector<core::ObjectId>& tips,
                                         Excuse excuse) const;

  // The entry by which a commit was judged for identity()'s own stream, without a bypass.
  const state::JudgedCommit* own_entry(const core::ObjectId& commit) const;
  // Whether it was judged for anybody, and if so whether by a bypass alone.
  std::optional<state::JudgedCommit::Kind> kind_of(const core::ObjectId& commit) const;

  // Those that a tip has and the integration branch has not, and that were let through for a stream
  // by its branch's name alone.
  std::vector<core::ObjectId> made_by_name(const core::StreamId& stream,
                                           const core::ObjectId& tip) const;
  bool is_recorded(const core::ObjectId& commit) const { return !entries_of(commit).empty(); }
  // All that the record says of a commit; nothing on a server.
  std::span<const state::JudgedCommit> entries_of(const core::ObjectId& commit) const;

 private:
  bool excused(const core::ObjectId& commit, Excuse excuse) const;
  bool by_name_only(const core::ObjectId& commit) const;
  bool is_own(const state::JudgedCommit& entry) const;
  std::vector<core::ObjectId> hiding(const std::vector<core::ObjectId>& hidden, Excuse excuse,
                                     bool unasked) const;

  session::Session& session_;
  std::optional<core::ObjectId> integration_;
  std::vector<JudgedTip> tips_;
  std::vector<state::JudgedCommit> entries_;  // by commit
  bool any_by_name_ = false, any_bypassed_ = false, by_names_ = false;
};

// The remote whose remote-tracking ref would excuse a commit, if it were recorded; empty: none.
std::string unrecorded_remote_with(session::Session& session, const core::ObjectId& commit);

// ---- Writing the record.

// The file of this repository.
std::filesystem::path judged_file(const git::Layout& layout);

// Notes that commits were judged as identity(). In a worktree that is nobody's, where only the
// branch's name says who that is, as judged by name. Throws core::Error (broken).
void record_commits(session::Session& session, const std::vector<core::ObjectId>& commits,
                    state::JudgedCommit::Kind kind);
// Whether what identity() does here is noted so.
bool judged_by_name(session::Session& session);
void record_entries(session::Session& session, std::span<const state::JudgedCommit> entries);

// What `init` and `install` do in an owner's worktree, once: what stands on the streams' branches
// was let through by then.
void record_branches_once(session::Session& session);

// What enrolling a worktree says of the commits that were made in it before, where only the
// branch's name said whose they are: they are of that stream.
void adopt_named(session::Session& session, const core::Identity& who);

// ---- Changes that others were judged for.

// The changes that commits which `old` has and `tip` has not make, and that were judged when they
// were put there: a rebase or an amended commit makes them anew.
struct CarriedChanges {
  std::set<core::Change> judged, bypassed;
};
CarriedChanges carried(session::Session& session, const core::ObjectId& old,
                       const core::ObjectId& tip);

// ---- The remotes behind remote-tracking refs: for a push.

// Asks the remotes of these tips, at their recorded addresses, where the branches are, and records
// that they hold that. What is not here is fetched, without moving a ref. Throws core::Error
// (broken) where a remote cannot be asked.
void ask_remotes(session::Session& session, const std::vector<JudgedTip>& tips);

}  // namespace gs::gates
