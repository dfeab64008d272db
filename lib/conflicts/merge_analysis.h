#pragma once
// Analysis of merging two branches, cached by their commits: what their code comes to, git's own
// conflicts aside. Of two commits it never changes; while many streams move, only those pairs are
// analysed anew of which one has moved. Conflicts name the sides by their numbers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/import_graph.h"
#include "lib/conflicts/breakage/side_index.h"
#include "lib/conflicts/notes.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/facts/blob_facts.h"
#include "lib/facts/result_cache.h"
#include "lib/policy/policy_cache.h"

namespace gs::conflicts {

// Which of two sides a ConflictPlace of a PairAnalysis is on.
inline constexpr std::size_t kOurs = 0, kTheirs = 1;

struct PairAnalysis {
  bool related = false;   // one builds on what the other has changed, or both have changed a file
  bool new_tops = false;  // both have new imports between top-level modules
  std::vector<Conflict> conflicts;  // their sides are kOurs and kTheirs
};

// As bytes, and back; nothing for other bytes.
std::string serialize(const PairAnalysis& analysis);
std::optional<PairAnalysis> deserialize_analysis(std::string_view bytes);

// The result cache of pairs. For one thread.
class AnalysisCache {
 public:
  explicit AnalysisCache(session::Session& session)
      : results_(session.repository().layout(), policy::encode(session.policy())) {}

  // Of all that an analysis depends on: besides these, only the policy.
  core::ObjectId key(const std::vector<core::ObjectId>& commits, const std::string& more) const;

  std::optional<PairAnalysis> find(const core::ObjectId& key);
  void keep(const core::ObjectId& key, const PairAnalysis& analysis);

 private:
  facts::ResultCache results_;
};

// What the merge itself adds to a key: what git has made of it, where git was asked.
std::string merge_key(const PairMerge& merge);

// A side, and its index once it was needed.
struct SideCode {
  const MergeSide& side;
  std::size_t number = 0;
  std::unique_ptr<SideIndex> index;
};

// For one thread. All that it is given must outlive it.
class MergeAnalysis {
 public:
  // `sides`: the integration branch first.
  MergeAnalysis(session::Session& session, facts::BlobKnowledge& knowledge, PairMerger& merger,
                const std::vector<MergeSide>& sides);

  SideCode& side(std::size_t number) { return codes_[number]; }

  // Of two that have history in common.
  PairAnalysis between(SideCode& ours, SideCode& theirs, const PairMerge& merge);
  // Notes of what both have changed; see notes.h.
  std::vector<Conflict> both_changed(const std::vector<SharedFile>& files, std::size_t one,
                                     std::size_t other, const std::vector<Conflict>& conflicts) {
    return conflicts::both_changed(knowledge_, session_.repository(), files, one, other, conflicts);
  }
  std::vector<Conflict> circles(SideCode& ours, SideCode& theirs, const PairAnalysis& analysis);
  // Of all that was merged so far (as side 0) and the next one, at the commit of their merge.
  std::vector<Conflict> at_step(const MergeSide& before, std::size_t next,
                                const core::ObjectId& merge);

 private:
  // From the cache, or what `analyse` finds out.
  template <class Analyse>
  PairAnalysis cached(const core::ObjectId& key, const Analyse& analyse);
  SideIndex& index(SideCode& code);
  void index_all();
  std::unique_ptr<TreeView> merged_view(const MergeSide& one, const MergeSide& other,
                                        const PairMerge& merge);
  template <class Blobs>
  void learn_together(const Blobs& blobs_of);

  session::Session& session_;
  facts::BlobKnowledge& knowledge_;
  PairMerger& merger_;
  AnalysisCache cache_;
  std::vector<SideCode> codes_;
  bool indexed_ = false;
  std::optional<analyzers::ImportGraph> graph_;  // of the integration branch
};

// The integration branch as a side of a merge with one that left it at `base`.
MergeSide since(const git::Repository& repository, const MergeSide& integration,
                const core::ObjectId& base);

}  // namespace gs::conflicts
