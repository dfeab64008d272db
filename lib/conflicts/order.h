#pragma once
// In which order streams' branches should be merged, and why: what they depend on, hold and import.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/conflicts/stream_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/ids.h"
#include "lib/session/session.h"

namespace gs::conflicts {

enum class Made { added, changed, deleted };  // what a branch has made of a module's file

constexpr std::string_view made_name(Made made) {
  return made == Made::added ? "added" : made == Made::changed ? "changed" : "deleted";
}

struct ImportWait {
  std::size_t stream = 0, on = 0;  // numbers of the works
  std::string path;                // a Python file that the one has changed
  std::uint32_t line = 0;
  std::string module;  // what it imports, a file that the other has changed
  Made made = Made::changed;
  bool type_checking = false;
  std::string file;  // that the module is, or was

  bool operator==(const ImportWait&) const = default;
};

// What each work's changed Python files import, new or not, as modules are found at its tip, or at
// the other's tip where that has added them. A module that both have changed says nothing: each
// imports its own version. Each file, module and pair once: a plain import before one for type
// checking only, then the first line. By stream, path, line and module.
std::vector<ImportWait> import_waits(session::Session& session,
                                     const std::vector<StreamWork>& works);

// Why a stream comes after another. In a circle the later kinds are given up first; declared ones
// never are.
enum class Why { declared, after, contains, imports, type_checking };

struct OrderReason {
  core::StreamId on;
  Why why = Why::declared;
  std::string text;  // "depends on A", "llm/news.py:3 imports models.risk, changed by E"
  std::optional<ImportWait> import;  // its numbers mean nothing here

  bool operator==(const OrderReason&) const = default;
};

// A branch that is to be merged, after those of the same stream that stand before it.
struct OrderedBranch {
  StreamBranch branch;
  StreamWork work;
  std::vector<core::BranchName> after;  // branches of the same stream that must be merged before
  std::vector<std::string> reasons;     // why it comes after others of the same stream
};

struct OrderedStream {
  core::StreamId id;
  std::string name;
  core::StreamStatus status = core::StreamStatus::waiting;
  std::vector<OrderedBranch> branches;   // with work that is not in; none: there is no branch yet
  std::vector<OrderReason> reasons;      // that hold; first the strongest for each other stream
  std::vector<core::StreamId> unmerged;  // it depends on them, and they are not in this order

  std::size_t files() const;  // changed on its branches
};

// All reasons for which one stream would come after another.
struct OrderEdge {
  core::StreamId stream, on;
  std::vector<OrderReason> reasons;

  bool operator==(const OrderEdge&) const = default;
};

struct OrderCircle {
  std::vector<OrderEdge> edges;         // each one's `on` is the next one's `stream`
  std::optional<std::size_t> given_up;  // which of them; none: it cannot be broken
};

// What one stream imports of what another has changed; the wait's own numbers mean nothing here.
struct StreamImport {
  core::StreamId stream, on;
  core::BranchName branch, on_branch;
  ImportWait wait;
};

struct MergeOrder {
  core::BranchName into;
  std::vector<OrderedStream> streams;
  std::vector<OrderCircle> circles;
  std::vector<StreamImport> imports;      // all, whether they hold or not
  std::vector<core::StreamId> merged;     // left out
  std::vector<core::StreamId> no_branch;  // started, but their branch is gone
  std::vector<core::StreamId> stuck;      // in a circle that cannot be broken, or behind one
};

// Of the named streams (none: of all that are under way or completed) in the policy's order those
// first that nothing holds back. They wait for streams that they depend on, by `after` between
// agents, whose commits their own branch holds, and whose changes they import (import_waits.h): of
// these the fewest imports are given up first, and those for type checking only count where they
// close no circle. Throws core::Error (usage) for a name that is no stream's.
MergeOrder merge_order(session::Session& session, const StreamsNow& now,
                       const std::vector<core::StreamId>& named);

// The branches of one stream with work that is not in, those first that others come after: by
// `after` between their agents, then by what they contain and import.
std::vector<OrderedBranch> order_branches(session::Session& session, const core::StreamSpec& stream,
                                          const std::vector<StreamBranch>& branches);

}  // namespace gs::conflicts
