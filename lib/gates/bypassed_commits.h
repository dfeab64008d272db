#pragma once
// Commits that somebody made with a reason to get past a gate (GIT_STREAM_BYPASS), and the push
// that comes after: what was bypassed is not stopped again.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/gates/judged_elsewhere.h"
#include "lib/session/session.h"

namespace gs::gates {

struct BypassedCommit {
  core::ObjectId commit;
  std::string who;  // "agent-F1"
  std::string reason;
  core::Instant time{};  // when it was let through
};

// Those that the record of judged commits has as bypassed, and for which the log has the reason:
// both, by the same name, for exactly this commit. A rewritten commit has no reason of its own.
class BypassedCommits {
 public:
  // `known` must outlive this. The log is read once, when it is first needed.
  BypassedCommits(session::Session& session, const JudgedElsewhere& known)
      : session_(session), known_(known) {}

  // By one of these names; without names, by anybody.
  std::optional<BypassedCommit> find(const core::ObjectId& commit,
                                     const std::vector<std::string>& by = {});

  // Takes out of a commit's verdict what was bypassed then: all that hangs on the commit and the
  // policy; of locks and import conflicts those that stood in the way at that time already.
  void take_out(core::Verdict& verdict, const BypassedCommit& bypassed);

 private:
  struct Reason {
    std::string who, text;
  };
  const std::vector<Reason>& reasons_of(const core::ObjectId& commit);
  bool stood_then(const core::Finding& finding, const core::Verdict& verdict,
                  const BypassedCommit& bypassed);

  session::Session& session_;
  const JudgedElsewhere& known_;
  std::optional<std::map<std::string, std::vector<Reason>>> reasons_;  // by commit
};

}  // namespace gs::gates
