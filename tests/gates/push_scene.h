#pragma once
// A StreamRepo whose worktrees push to a bare repository beside it, which has develop already.

#include <string>

#include "tests/gates/stream_repo.h"

namespace gs::test {

inline constexpr char kNewsBranch[] = "feature/stream-F-news";
// What a push is told of a commit that changes E1's file, as block_of() has it.
inline constexpr char kRiskInCommit[] =
    "  models/risk.py: scope: belongs to agent-E1 (stream E) (in COMMIT)\n"
    "    next: git reset --soft COMMIT^\n";

class PushScene : public StreamRepo {
 public:
  explicit PushScene(const std::string& policy = two_streams());

  Place server() const;
  // What the server's ref holds; empty: there is none.
  std::string at_server(const std::string& ref) const;
  // FOLDER/NAME on a new branch, enrolled.
  Place enrolled(const std::string& agent, const std::string& branch) const;
  // FOLDER/NAME: a clone with nothing of ours in it.
  Place clone(const std::string& name, const std::string& options = {}) const;
};

// A commit that no gate of this clone sees; its message ends in `trailers`.
void commit_unjudged(const Place& place, std::string_view path,
                     std::string_view content = "changed = True\n",
                     const std::string& trailers = {});

// The block that a push said, with ids made the same everywhere and without "remote: ".
std::string block_of(const Said& said);

}  // namespace gs::test
