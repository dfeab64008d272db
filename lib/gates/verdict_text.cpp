#include "lib/gates/verdict_text.h"

#include <algorithm>
#include <fmt/core.h>
#include <numeric>

#include "lib/report/findings.h"

namespace gs::gates {

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
                         std::string_view what, const std::vector<std::string>& remarks,
                         std::size_t most) {
  const std::vector<Finding>& findings = verdict.findings;
  std::vector<std::size_t> order(findings.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return findings[a].severity == Severity::block && findings[b].severity != Severity::block;
  });
  std::string text = verdict.blocks()
                         ? fmt::format("git-stream: {} blocked for {}\n", what, describe(identity))
                         : fmt::format("git-stream: warnings for {}\n", describe(identity));
  for (std::size_t i = 0; i < order.size() && i < most; ++i) {
    const std::size_t at = order[i];
    text += report::finding_text(findings[at], at < remarks.size() ? remarks[at] : "");
  }
  if (findings.size() > most) text += fmt::format("  … and {} more\n", findings.size() - most);
  return text;
}

}  // namespace gs::gates
