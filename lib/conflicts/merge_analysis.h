#pragma once
// What the code of two sides comes to when they are merged: from memory where the same two have
// been looked at before, else found out. Clashes name the sides by their numbers.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/import_graph.h"
#include "lib/app/blob_knowledge.h"
#include "lib/app/memory.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/conflicts/side_index.h"

namespace gs::streams {

// Which of two sides a ClashPlace is on.
inline constexpr std::size_t kOurs = 0, kTheirs = 1;

struct Meeting {
  bool meet = false;      // one builds on what the other has changed, or both have changed a file
  bool new_tops = false;  // both have new imports between top-level modules
  std::vector<Clash> clashes;  // their sides are kOurs and kTheirs
};

// For one thread.
class ClashMemory {
 public:
  explicit ClashMemory(app::Session& session) : memory_(session) {}

  // Of all that a meeting depends on: besides these, only the policy.
  core::ObjectId key(const std::vector<core::ObjectId>& commits, const std::string& more) const;

  std::optional<Meeting> find(const core::ObjectId& key);
  void keep(const core::ObjectId& key, const Meeting& meeting);

 private:
  app::Memory memory_;
};

// What the merge itself adds to a key: what git has made of it, where git was asked.
std::string merge_key(const PairMerge& merge);

// As bytes, and back; nothing for other bytes.
std::string freeze(const Meeting& meeting);
std::optional<Meeting> thaw_meeting(std::string_view bytes);

// A side, and its code where it was needed.
struct SideCode {
  const MergeSide& side;
  std::size_t number = 0;
  std::unique_ptr<MergeHalf> half;
};

// For one thread. All that it is given must outlive it.
class Meetings {
 public:
  // `sides`: the integration branch first.
  Meetings(app::Session& session, app::BlobKnowledge& knowledge, PairMerger& merger,
           const std::vector<MergeSide>& sides);

  SideCode& of(std::size_t number) { return codes_[number]; }

  // Of two that have history in common.
  Meeting between(SideCode& ours, SideCode& theirs, const PairMerge& merge);
  std::vector<Clash> circles(SideCode& ours, SideCode& theirs, const Meeting& meeting);
  // Of all that was merged so far (as side 0) and the next one, at the commit of their merge.
  std::vector<Clash> at_step(const MergeSide& before, std::size_t next,
                             const core::ObjectId& merge);

 private:
  // From memory, or what `look` finds out.
  template <class Look>
  Meeting remembered(const core::ObjectId& key, const Look& look);
  MergeHalf& half(SideCode& code);
  void gather();
  std::unique_ptr<TreeView> merged_view(const MergeSide& one, const MergeSide& other,
                                        const PairMerge& merge);
  template <class Blobs>
  void learn_at_once(const Blobs& blobs_of);

  app::Session& session_;
  app::BlobKnowledge& knowledge_;
  PairMerger& merger_;
  ClashMemory memory_;
  std::vector<SideCode> codes_;
  bool gathered_ = false;
  std::optional<analyzers::ImportGraph> graph_;  // of the integration branch
};

// The integration branch as a side of a merge with one that left it at `base`.
MergeSide since(const git::Repository& repository, const MergeSide& integration,
                const core::ObjectId& base);

}  // namespace gs::streams
