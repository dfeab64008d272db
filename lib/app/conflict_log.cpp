#include "lib/app/conflict_log.h"

#include <algorithm>

#include "analyzers/import_conflicts.h"
#include "lib/store/clock.h"
#include "lib/store/warnings.h"

namespace gs::app {

void add_conflicts(Session& session, core::Verdict& verdict) {
  const core::Action action = session.policy().rules.import_conflict;
  if (action == core::Action::off) return;
  const core::Identity& who = session.identity();
  for (const core::ImportConflict& conflict : verdict.conflicts) {
    const bool fresh = store::append_warning_once(
        session.state().warnings(),
        {conflict, who.name(), who.stream ? who.stream->str() : "", store::now(), {}});
    if (!fresh && action != core::Action::block) continue;
    if (auto finding = analyzers::as_finding(conflict, action))
      verdict.findings.push_back(std::move(*finding));
  }
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
}

}  // namespace gs::app
