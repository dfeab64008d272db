#pragma once
// Who changed a path between two commits, and who is behind the places of a conflict.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/conflicts/conflict.h"
#include "lib/session/session.h"

namespace gs::conflicts {

// Reads the activity log once, when it is first needed.
class PathAuthors {
 public:
  explicit PathAuthors(session::Session& session) : session_(session) {}

  // For each path "agent-F1 (1a2b3c4d5e)": the one who made the last commit that touches it after
  // `base`, up to `tip`. Known from the activity log, else by whose scope the path is in, else the
  // commit's author. Paths that no commit there touches are left out. `variables` are git's
  // besides, for commits in scratch objects.
  std::map<std::string, std::string> between(const core::ObjectId& base, const core::ObjectId& tip,
                                             const std::vector<std::string>& paths,
                                             const std::vector<std::string>& variables = {});

 private:
  const std::map<std::string, std::string>& agents();

  session::Session& session_;
  // By commit, as the log has them; empty for outsiders, who have names of their own.
  std::optional<std::map<std::string, std::string>> agents_;
};

// Fills in `who` of every place, from the log and the commits of its side; of what is not committed
// "agent-F1 (not committed)".
void name_authors(session::Session& session, const std::vector<MergeSide>& sides,
                  std::vector<Conflict>& conflicts, const std::vector<std::string>& variables = {});

}  // namespace gs::conflicts
