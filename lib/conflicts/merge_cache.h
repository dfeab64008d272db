#pragma once
// What git has made of merges, kept between runs: each costs a process, and of the same commits git
// makes the same again, with the same program and settings.

#include <optional>
#include <string>

#include "lib/conflicts/pair_merge.h"
#include "lib/core/change.h"
#include "lib/facts/result_cache.h"
#include "lib/git/refs/history.h"

namespace gs::conflicts {

// Merges of two commits with the user's settings and the integration branch's attributes. Kept with
// the contents that git has made, up to kMostBytes a merge and kMostBytesARun in all: the cache is
// for facts about files as well. Without submodules. For one thread; all must outlive it.
class MergeCache {
 public:
  static constexpr std::size_t kMostBytes = 256 << 10, kMostBytesARun = 16 << 20;

  MergeCache(const git::Repository& repository, git::ScratchObjects& scratch,
             const core::ObjectId& integration);

  // Its tree and all that is in it can be read, as if git had made it now.
  std::optional<PairMerge> find(const core::ObjectId& ours, const core::ObjectId& theirs);
  void keep(const core::ObjectId& ours, const core::ObjectId& theirs, const PairMerge& merge);

 private:
  core::ObjectId key(const core::ObjectId& ours, const core::ObjectId& theirs) const;

  const git::Repository& repository_;
  git::ScratchObjects& scratch_;
  const core::ObjectId integration_;
  const std::optional<std::string> inputs_;  // none: nothing is kept
  facts::ResultCache results_;
  std::size_t kept_ = 0;  // bytes
};

// What the committers of merges did (lib/git/merge/own_changes.h). For one thread; the repository
// must outlive it.
class OwnChangesCache {
 public:
  explicit OwnChangesCache(const git::Repository& repository);

  // As git::changes_of(), which is asked where it is not known yet. Throws as that does.
  core::ChangeSet of(const git::Commit& merge);

 private:
  const git::Repository& repository_;
  const std::optional<std::string> inputs_;
  facts::ResultCache results_;
};

}  // namespace gs::conflicts
