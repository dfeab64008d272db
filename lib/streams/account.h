#pragma once
// Gathers what a report tells: from git, the logs, the streams' state and the imports.

#include <optional>
#include <string>
#include <vector>

#include "lib/app/session.h"
#include "lib/core/finding.h"
#include "lib/report/account.h"
#include "lib/store/journal.h"

namespace gs::streams {

struct AccountRequest {
  core::ObjectId commit;                 // what is told of
  std::optional<core::ObjectId> before;  // none: what it was when the first stream was started
  std::string branch;                    // that holds the commit
  std::string occasion;                  // "git merge"
  // What a merge brought; none: all that is wrong in the commit's tree.
  std::optional<std::vector<core::Finding>> findings = {};
  // Of this run; none: the last one that the log knows of the commit.
  std::optional<std::vector<report::StepRun>> steps = {};
  std::string steps_note = {};
};

// What cannot be found out is among its troubles.
report::Account account_of(app::Session& session, const AccountRequest& request);

// Parts of it, each with a file of its own.
report::Incoming incoming_of(app::Session& session, const AccountRequest& request,
                             const store::LogRead& log);
std::vector<report::AccountStream> account_streams(app::Session& session,
                                                   std::vector<std::string>& troubles);
std::optional<report::Excerpt> excerpt_of(const git::Repository& repository,
                                          const core::ObjectId& commit,
                                          const core::Finding& finding);

}  // namespace gs::streams
