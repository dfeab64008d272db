#pragma once
// A conflict of two streams that would be merged, as a value: its kind, its places, what to do.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"
#include "lib/core/ids.h"

namespace gs::conflicts {

enum class ConflictKind : std::uint8_t {
  text,           // git cannot merge it
  broken_import,  // an import of the merged tree leads nowhere
  interface,      // a call of the merged tree cannot work
  unbound_name,   // a name of the merged tree that nothing binds
  defined_twice,  // by one side each, in one place of the merged tree
  layer,          // an import of a higher layer that neither side has
  circle,         // imports go in a circle that neither side has
  migration,      // migrations that cannot be run in one order
  requirement,    // requirements that contradict each other, keys that are there twice
  fixture,        // two fixtures of one name
  undone,         // a merge on the branch has set others' work back
  both_changed,   // both have changed the file, and git can merge it
  imports         // one imports what the other has changed
};
std::string_view kind_name(ConflictKind kind);  // "conflict", "broken-import", …

// A stream's branch, or the integration branch, as it would be merged.
struct MergeSide {
  std::optional<core::StreamId> stream;  // none: the integration branch
  std::string name;                      // the stream's
  std::string label;                     // tells its branches apart; empty: it has only this one
  core::StreamStatus status = core::StreamStatus::in_progress;
  core::BranchName branch;
  std::string remote = {};   // "origin": where alone it is; empty: here
  core::ObjectId head, tip;  // tip: with what is not committed, where that is asked for,
                             // and without what is in already (rest_of_branch)
  core::ObjectId base;       // where it left the integration branch
  core::ChangeSet changes;   // from base to tip
  std::vector<std::string> uncommitted;  // paths of them, from head to tip
  std::filesystem::path worktree;        // empty: it has none
  std::string trouble;                   // what of it could not be looked at; empty: nothing

  // "F", or the integration branch's name; of a stream with several branches "F1", whose agent's it
  // is, or the branch's name.
  std::string title() const {
    return !label.empty() ? label : stream ? stream->str() : branch.str();
  }
  std::string described() const { return stream && label.empty() ? "stream " + title() : title(); }
  bool changed(std::string_view path) const;
};

struct ConflictPlace {
  std::size_t side = 0;       // whose it is
  std::string path, who;      // who: "agent-F1 (1a2b3c4d5e)"; empty: nobody since they parted
  std::uint32_t line = 0;     // 0: the whole path
  std::string own_path = {};  // where the side itself has it; empty: `path`

  const std::string& path_on_side() const { return own_path.empty() ? path : own_path; }

  bool operator==(const ConflictPlace&) const = default;
};

// A part of a file that both sides have changed: `line` in the text with conflict markers.
struct ConflictHunk {
  std::uint32_t line = 0;
  std::string ours, theirs;

  bool operator==(const ConflictHunk&) const = default;
};

struct Conflict {
  ConflictKind kind = ConflictKind::text;
  bool blocks = true;           // no: worth knowing; the merge is possible all the same
  ConflictPlace first, second;  // the one who builds on something first, then who changed it
  std::string message, next;
  std::vector<ConflictHunk> hunks;  // of a conflict: first's side is ours
};

// The two sides of each conflict in a text with markers, as git writes them.
std::vector<ConflictHunk> conflict_hunks(std::string_view text);

// One line. The later one in the order mends what git cannot merge; who builds on something follows
// it. `sides`: the integration branch `into`, then the streams in their order.
std::string next_step(const Conflict& conflict, const std::vector<MergeSide>& sides,
                      const core::BranchName& into);

}  // namespace gs::conflicts
