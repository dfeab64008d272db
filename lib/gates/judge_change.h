#pragma once
// The verdict on a change, gathered for and asked in one place: every gate and `check` come here.

#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "analyzers/layers.h"
#include "lib/core/change.h"
#include "lib/core/finding.h"
#include "lib/gates/import_evidence.h"
#include "lib/session/session.h"

namespace gs::gates {

// The index as it is about to be committed.
struct StagedChange {
  core::ChangeSet judged, whole;  // whole: empty unless a merge is concluded
  std::optional<core::ObjectId> base;
  std::vector<core::ObjectId> other_parents;

  explicit StagedChange(const git::Repository& repository)
      : StagedChange(repository, repository.merge_heads()) {}
  StagedChange(const git::Repository& repository, std::vector<core::ObjectId> merged);
  JudgedTree tree() const;
};

// Changes that only bring others' work (changes_taken_over) are not judged. `top` stands before
// paths in hints: ":/" for a reader below the worktree's top. The conflicts are not among the
// findings yet: whoever asks says whether to repeat them.
core::Verdict judge_change(session::Session& session, const JudgedTree& tree,
                           std::string_view top = {});

// Those of the judged changes that only bring others' work.
std::set<core::Change> changes_of_others(session::Session& session, const JudgedTree& tree);

// ---- Changes to the policy itself: a broken one must not get in, and the repair of one must.

// A finding when the change set brings a `.streams.yaml` that cannot be read.
std::optional<core::Finding> judge_policy_change(const git::Repository& repository,
                                                 const core::ChangeSet& changes);

// Whether the policy in force cannot be read, nobody in a stream is acting, and this change set
// brings one that can: the owner's repair, which nothing else could judge. With a readable policy:
// false. Throws the policy's core::Error when it cannot be read and this is no repair.
bool repairs_policy(session::Session& session, const core::ChangeSet& changes);

// Whether a commit could be the one that repairs an unreadable policy: its own can be read.
bool has_readable_policy(const git::Repository& repository, const core::ObjectId& commit);

// ---- The file of accepted layer violations, in the tree being judged.

// As a blob holds it; nothing that is accepted where there is none. Throws core::Error (usage) when
// it cannot be read; `source` names it in the message.
analyzers::Baseline read_baseline(const git::Repository& repository,
                                  const std::optional<core::ObjectId>& blob,
                                  const std::string& source);

// What is wrong with what a change does to it: streams may only make it shorter, nobody may leave
// it unreadable.
std::optional<core::Finding> judge_baseline_in(session::Session& session,
                                               const core::ChangeSet& changes);

}  // namespace gs::gates
