#pragma once
// Gathers a merge report: from git, the logs, the streams' state and the imports.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/finding.h"
#include "lib/report/merge_report.h"
#include "lib/session/session.h"
#include "lib/state/journal.h"

namespace gs::streams {

struct MergeReportRequest {
  core::ObjectId commit;                 // what is told of
  std::optional<core::ObjectId> before;  // none: what it was when the first stream was started
  std::string branch;                    // that holds the commit
  std::string occasion;                  // "git merge"
  // Those of a merge alone; none: all that is wrong in the commit's tree.
  std::optional<std::vector<core::Finding>> findings = {};
  // Of this run; none: the last one that the log knows of the commit.
  std::optional<std::vector<report::StepRun>> steps = {};
  std::string steps_note = {};
};

// What cannot be found out is among its troubles.
report::MergeReport gather_merge_report(session::Session& session,
                                        const MergeReportRequest& request);

inline constexpr std::size_t kTimelineBins = 96, kMostLanes = 32;

// Who did what when, from the activity log; of those who did most. However many lines there are,
// the result is of bounded size.
report::Timeline timeline_of(const state::LogRead& log);

}  // namespace gs::streams
