#pragma once
// What of a branch the integration branch has already, however it came in: merged, or squashed,
// rebased or cherry-picked by a host.

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/git/repository.h"

namespace gs::git {

enum class MergedHow {
  ancestry,     // the commits themselves are in
  same_patch,   // others with the same patches are
  nothing_left  // merging it into `by` would have changed nothing
};

// "merged", "same patches", "nothing left of it"
std::string_view merged_text(MergedHow how);

struct MergedPart {
  MergedHow how = MergedHow::ancestry;
  core::ObjectId tip;                // the last commit of the branch that is in
  std::optional<core::ObjectId> by;  // the commit of the integration branch that merged it; none:
                                     // it was moved there (fast-forward)
};

// The integration branch's first parents, read as far as they are asked for. For one thread.
class IntegrationLine {
 public:
  IntegrationLine(const Repository& repository, const core::ObjectId& tip);
  ~IntegrationLine();
  IntegrationLine(const IntegrationLine&) = delete;
  IntegrationLine& operator=(const IntegrationLine&) = delete;

  const core::ObjectId& tip() const { return tip_; }
  // The commit by which a commit that is in came in; none: it stands in the line itself.
  std::optional<core::ObjectId> merged_by(const core::ObjectId& commit);

  // A commit of the line and what it changed against its first parent.
  struct Entry {
    core::ObjectId id;
    core::ChangeSet changes;
  };
  // Those that do not belong to the history of `commit`, oldest first; none where there are too
  // many of them to look through.
  std::vector<const Entry*> since(const core::ObjectId& commit);

 private:
  const core::ObjectId& at(std::size_t place) { return line_.at(place); }  // 0: the tip
  std::optional<std::size_t> place_in_history_of(const core::ObjectId& commit);
  bool reaches(std::size_t place);
  const Entry& entry(std::size_t place);

  const Repository& repository_;
  const core::ObjectId tip_;
  bool ended_ = false;
  std::vector<core::ObjectId> line_;
  std::map<std::size_t, Entry> entries_;
};

// A branch whose tip is not in the integration branch, and that left it at `base`: the longest
// beginning of it that is in by content. Never by a beginning that changes nothing.
std::optional<MergedPart> merged_by_content(const Repository& repository, IntegrationLine& line,
                                            const core::ObjectId& base, const core::ObjectId& tip);

// A commit that holds what is left of a branch after such a merge, on top of it: the tip merged
// with `part.by`, from `part.tip` on. It is written to the repository, or, with `variables`, where
// they lead; no ref leads to it. Nothing where git cannot merge them.
std::optional<core::ObjectId> rest_of_branch(const Repository& repository, const MergedPart& part,
                                             const core::ObjectId& tip,
                                             const std::vector<std::string>& variables = {});

}  // namespace gs::git
