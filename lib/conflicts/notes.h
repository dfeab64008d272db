#pragma once
// What is worth knowing of two branches that can be merged: functions that both have changed, and
// imports of what the other has changed. A note names what it is about; what a conflict says
// already is no note.

#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/conflicts/order.h"
#include "lib/conflicts/pair_merge.h"
#include "lib/facts/blob_facts.h"

namespace gs::conflicts {

// A file that both have changed, differently, at its path in the merge.
struct SharedFile {
  std::string path;
  const core::Change *ours = nullptr, *theirs = nullptr;  // in the sides' changes
};
std::vector<SharedFile> shared_files(const PairMerge& merge, const MergeSide& ours,
                                     const MergeSide& theirs);

// One for each of these Python files of which both have changed the same function or method.
// `conflicts`: of the same two.
std::vector<Conflict> both_changed(facts::BlobKnowledge& knowledge,
                                   const git::Repository& repository,
                                   const std::vector<SharedFile>& files, std::size_t one,
                                   std::size_t other, const std::vector<Conflict>& conflicts);

// One for each module of which the other side has added the file, or has taken away or changed in
// its build a name that the importing files use: with the first file, those names, and how many
// files more there are. Nothing of imports for type checking only. `waits`: with the sides'
// numbers.
std::vector<Conflict> import_notes(facts::BlobKnowledge& knowledge,
                                   const git::Repository& repository,
                                   const std::vector<std::string>& python_roots,
                                   const std::vector<MergeSide>& sides,
                                   const std::vector<ImportWait>& waits,
                                   const std::vector<Conflict>& conflicts);

}  // namespace gs::conflicts
