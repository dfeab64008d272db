#include "lib/gates/conflict_log.h"

#include <algorithm>

#include "analyzers/import_conflicts.h"
#include "lib/state/clock.h"
#include "lib/state/warnings.h"

namespace gs::gates {

void add_conflicts(session::Session& session, core::Verdict& verdict) {
  const core::Action action = session.policy().rules.import_conflict;
  if (action == core::Action::off) return;
  const core::Identity& who = session.identity();
  if (verdict.conflicts.empty()) return;
  const core::Instant now = state::now();
  std::vector<state::WarningLine> lines;
  for (const core::ImportConflict& conflict : verdict.conflicts)
    lines.push_back({conflict, who.name(), who.stream ? who.stream->str() : "", now, {}});
  const std::vector<bool> fresh = state::append_warnings_once(session.state().warnings(), lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!fresh[i] && action != core::Action::block) continue;
    if (auto finding = analyzers::as_finding(lines[i].conflict, action))
      verdict.findings.push_back(std::move(*finding));
  }
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const auto& a, const auto& b) { return a.path < b.path; });
}

}  // namespace gs::gates
