// Imports as findings: violations of layers, and what cannot be followed.

#include <fmt/core.h>
#include <set>
#include <tuple>

#include "analyzers/layers.h"
#include "analyzers/severity.h"
#include "lib/core/text.h"

namespace gs::analyzers {

using core::Finding;
using core::ImportEdge;
using core::Rule;
using core::Severity;

std::vector<Finding> judge_layers(const core::Policy& policy, const LayerMap& layers,
                                  const std::vector<ImportEdge>& edges) {
  std::vector<Finding> findings;
  if (layers.empty() || policy.rules.layer == core::Action::off) return findings;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> said;
  for (const ImportEdge& edge : edges) {
    if (!edge.internal || edge.beyond_top) continue;
    std::optional<std::string> fault = layers.fault(edge.importer, edge.target);
    if (!fault || layers.ignored(edge.importer, edge.target, edge.kind, edge.type_checking) ||
        !said.emplace(edge.path, edge.importer, edge.target).second) {
      continue;
    }
    auto found = finding(Rule::layer, policy.rules.layer, edge.path, std::move(*fault),
                         layers.remedy(edge.importer, edge.target));
    found->line = edge.line;
    findings.push_back(std::move(*found));
  }
  return findings;
}

std::vector<Finding> import_remarks(const std::vector<ImportEdge>& edges) {
  std::vector<Finding> findings;
  for (const ImportEdge& edge : edges) {
    if (!edge.beyond_top) continue;
    findings.push_back(
        {Rule::imports, Severity::warn, edge.path, edge.line, beyond_text(edge.target), {}});
  }
  return findings;
}

Finding partial_remark(std::string_view path, const core::Partial& partial) {
  return {Rule::imports, Severity::warn,        std::string(path),
          partial.line,  partial_text(partial), {}};
}

std::string beyond_text(std::string_view written) {
  return fmt::format("imports {}: beyond the top level", core::printable(written));
}

std::string partial_text(const core::Partial& partial) {
  return fmt::format("read in part: {}", core::trouble_text(partial.trouble));
}

}  // namespace gs::analyzers
