#pragma once
// What would conflict, as text and as JSON.

#include <string>

#include "lib/conflicts/conflict_search.h"
#include "lib/core/json.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

// A matrix of the pairs, then what was found, the worst first.
std::string conflicts_text(const conflicts::ConflictReport& conflicts, const Ink& ink);
void write_conflicts(core::JsonWriter& json, const conflicts::ConflictReport& conflicts);

// How the whole order goes: one line when it does, the merge that breaks otherwise.
std::string simulation_text(const std::vector<conflicts::MergeSide>& sides,
                            const conflicts::MergeSimulation& simulation, const Ink& ink);
// "rehearsal": {…}
void write_simulation(core::JsonWriter& json, const std::vector<conflicts::MergeSide>& sides,
                      const conflicts::MergeSimulation& simulation);

// What of the remote-tracking branches is worth saying of these streams: which are at a remote
// only, which have other commits than the local ones.
std::string remote_text(const conflicts::RemoteBranches& remote,
                        const std::vector<conflicts::OrderedStream>& streams, const Ink& ink);
// "differences": […], "left_out": N
void write_remote(core::JsonWriter& json, const conflicts::RemoteBranches& remote);
// "remote": "origin", or null
void write_remote_name(core::JsonWriter& json, const std::string& remote);

// One finding with both its sides, and what to do next.
std::string conflict_text(const std::vector<conflicts::MergeSide>& sides,
                          const conflicts::Conflict& conflict, const Ink& ink);
// A list of words for people: "A, E, F".
std::string titles(const std::vector<conflicts::MergeSide>& sides,
                   const std::vector<std::size_t>& numbers);

}  // namespace gs::command
