#pragma once
// The verdict on a change, gathered for and asked in one place: every gate and `check` come here.

#include <optional>
#include <string_view>
#include <vector>

#include "lib/gates/import_evidence.h"
#include "lib/session/session.h"
#include "lib/core/finding.h"

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

// Changes that only bring others' work (brought.h) are not judged. `top` stands before paths in
// hints: ":/" for a reader below the worktree's top. The conflicts are not among the findings yet:
// whoever asks says whether to repeat them.
core::Verdict judge_change(session::Session& session, const JudgedTree& tree, std::string_view top = {});

}  // namespace gs::gates
