#include "lib/app/verdict_text.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/report/finding_text.h"

namespace gs::app {

using core::Finding;
using core::Severity;

std::string describe(const core::Identity& identity) {
  if (identity.agent && identity.stream) {
    return fmt::format("{} (stream {})", identity.agent->full(), identity.stream->str());
  }
  if (identity.agent) return identity.agent->full();
  if (identity.stream) return "stream " + identity.stream->str();
  return "an outsider";
}

std::string verdict_text(const core::Verdict& verdict, const core::Identity& identity,
                         std::string_view what, std::size_t most) {
  std::vector<Finding> findings = verdict.findings;
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return a.severity == Severity::block && b.severity != Severity::block;
  });
  std::string text = verdict.blocks()
                         ? fmt::format("git-stream: {} blocked for {}\n", what, describe(identity))
                         : fmt::format("git-stream: warnings for {}\n", describe(identity));
  for (std::size_t i = 0; i < findings.size() && i < most; ++i) {
    text += report::finding_text(findings[i]);
  }
  if (findings.size() > most) text += fmt::format("  … and {} more\n", findings.size() - most);
  return text;
}

}  // namespace gs::app
