#pragma once
// What would clash, as text and as JSON.

#include <string>

#include "lib/conflicts/conflict_search.h"
#include "lib/core/json_writer.h"
#include "plugins/git-stream/ink.h"

namespace gs::command {

// A matrix of the pairs, then what was found, the worst first.
std::string conflicts_text(const streams::Conflicts& conflicts, const Ink& ink);
void write_conflicts(core::JsonWriter& json, const streams::Conflicts& conflicts);

// How the whole order goes: one line when it does, the merge that breaks otherwise.
std::string rehearsal_text(const std::vector<streams::MergeSide>& sides,
                           const streams::Rehearsal& train, const Ink& ink);
// "rehearsal": {…}
void write_rehearsal(core::JsonWriter& json, const std::vector<streams::MergeSide>& sides,
                     const streams::Rehearsal& train);

// One finding with both its sides, and what to do next.
std::string clash_text(const std::vector<streams::MergeSide>& sides, const streams::Clash& clash,
                       const Ink& ink);
// A list of words for people: "A, E, F".
std::string titles(const std::vector<streams::MergeSide>& sides,
                   const std::vector<std::size_t>& numbers);

}  // namespace gs::command
