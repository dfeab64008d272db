#pragma once
// What is to be said of commits that somebody made before: the same, whichever door they come
// through (push, receive, range).

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/gates/arrivals.h"
#include "lib/session/session.h"
#include "lib/core/finding.h"

namespace gs::gates {

struct LocatedFinding {
  core::Finding finding;
  std::optional<core::ObjectId> commit;  // none: about the ref itself
};

class CommitJudge {
 public:
  explicit CommitJudge(session::Session& session) : session_(session) {}

  // Judges each commit as who made it: the agent (or stream) that its trailers name, if it is of
  // the stream of `who`, or `who` is an outsider; else as `who`. A trailer of another stream is a
  // finding of its own. Throws core::Error (broken) where a shallow clone hides what one changed.
  void judge(const std::vector<git::Commit>& commits, const core::Identity& who,
             std::vector<LocatedFinding>& findings);

  std::size_t files() const { return files_; }  // that were judged until now

 private:
  struct Maker {
    core::Identity identity;
    bool named = false;                    // by the commit itself
    std::optional<core::Finding> problem;  // it says it is another stream's
  };
  Maker maker_of(const git::Commit& commit, const core::Identity& who);
  bool concerns_nobody(const core::Identity& identity);
  void require_whole(const git::Commit& commit);
  core::Verdict judge_as(const git::Commit& commit, const core::Identity& identity);
  std::optional<core::AgentId> logged_maker(const git::Commit& commit);

  session::Session& session_;
  std::size_t files_ = 0, judged_ = 0;
  std::optional<bool> any_locks_;
  std::optional<std::set<core::ObjectId>> shallow_;
  std::optional<std::map<std::string, std::string>> logged_;  // commit → agent
};

// "in 1a2b3c4d5e", for verdict_text; empty when it is about the ref itself.
std::string remark_of(const LocatedFinding& finding);

}  // namespace gs::gates
