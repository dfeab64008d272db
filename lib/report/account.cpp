#include "lib/report/account.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/markup.h"
#include "lib/report/renderings.h"

namespace gs::report {

bool Account::sound() const {
  return count(entries()).violations == 0 &&
         std::none_of(steps.begin(), steps.end(),
                      [](const StepRun& step) { return step.failed(); });
}

std::string Account::verdict() const {
  const Counts counts = count(entries());
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (counts.violations > 0) add(core::counted(counts.violations, "violation"));
  std::size_t stopped = 0;
  for (const StepRun& step : steps) {
    if (step.failed())
      add(core::printable(step.name) + (step.outcome == "failed" ? " failed" : " timed out"));
    if (step.outcome == "interrupted") ++stopped;
  }
  if (text.empty()) text = stopped > 0 ? "validation interrupted" : "sound";
  if (counts.warnings > 0) add(core::counted(counts.warnings, "warning"));
  return text;
}

std::vector<Entry> Account::entries() const {
  std::vector<Entry> all;
  for (const AccountFinding& finding : findings) all.push_back(finding.entry);
  return all;
}

std::string account_text(const Account& account) {
  std::string text = fmt::format("{} at {}: {}\n", core::printable(account.branch),
                                 short_id(account.commit), account.verdict());
  for (const AccountFinding& finding : account.findings) {
    if (!finding.entry.accepted) text += finding_text(finding.entry.finding);
  }
  for (const StepRun& step : account.steps) {
    text += fmt::format("  {}: {}", core::printable(step.name), core::printable(step.text));
    if (step.milliseconds > 0) text += ", " + duration_text(step.milliseconds);
    text += '\n';
  }
  if (!account.steps_note.empty()) text += "  " + core::printable(account.steps_note) + "\n";
  return text;
}

}  // namespace gs::report
