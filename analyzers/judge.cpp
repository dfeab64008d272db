#include "analyzers/judge.h"

#include <algorithm>
#include <fmt/core.h>
#include <set>
#include <tuple>

#include "analyzers/layers.h"
#include "analyzers/ownership.h"
#include "lib/core/pattern.h"
#include "lib/core/policy.h"
#include "lib/core/text.h"

namespace gs::analyzers {

namespace {

using core::Finding;
using core::Verdict;

// A path as an argument of a command that is run where the reader is.
std::string hinted(const Question& question, std::string_view path) {
  return std::string(question.top) + core::literal_pattern(path);
}

void judge_lock(const Question& question, const core::LockIndex& locks, std::string_view path,
                bool needs_lock, Verdict& verdict) {
  const core::Action action = question.policy.rules.lock;
  if (action == core::Action::off) return;
  const std::string holder = question.identity.name();
  if (const core::Lock* lock = held_by_other(locks, path, holder, question.now)) {
    if (auto found = finding(core::Rule::lock, action, path,
                             describe_hold(*lock, question.now, question.local),
                             wait_command(*lock, hinted(question, path), question.now))) {
      verdict.findings.push_back(std::move(*found));
    }
  } else if (needs_lock) {
    const bool has = held_by(locks, path, holder, question.now);
    (has ? verdict.held : verdict.to_lock).emplace_back(path);
  }
}

// With `locks.auto` off, what nobody owns must have been locked before.
void demand_locks(const Question& question, Verdict& verdict) {
  for (std::string& path : verdict.to_lock) {
    std::string command = "git stream lock " + core::quote_shell(hinted(question, path));
    verdict.findings.push_back({core::Rule::unowned, core::Severity::block, std::move(path), 0,
                                "is in nobody's scope and needs a lock", std::move(command)});
  }
  verdict.to_lock.clear();
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.path < b.path; });
}

void judge_imports(const Question& question, const ImportEvidence& imports, Verdict& verdict) {
  const LayerMap layers(question.policy);
  for (auto& findings : {judge_layers(question.policy, layers, imports.added),
                         import_remarks(imports.added), imports.remarks}) {
    verdict.findings.insert(verdict.findings.end(), findings.begin(), findings.end());
  }
  std::stable_sort(verdict.findings.begin(), verdict.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.path < b.path; });
  verdict.conflicts = import_conflicts({imports.added, question.policy, question.locks,
                                        question.identity, imports.elsewhere, imports.done,
                                        question.now, question.local, question.ignore_case});
}

}  // namespace

Verdict judge(const Question& question) {
  Verdict verdict;
  const core::ScopeMap scopes(question.policy, question.identity, question.ignore_case);
  const core::LockIndex locks(question.locks, question.ignore_case);
  const bool outsider = question.identity.outsider();
  Twins twins(question.policy, question.identity);
  for (const core::Change& change : question.changes) {
    core::Place place = outsider ? core::Place{} : scopes.place(change.path);
    const auto twin = outsider ? std::nullopt : twins.place(change.path, place);
    if (twin) place = *twin;
    auto found = outsider ? judge_outsider(question.policy, change.path)
                 : twin   ? judge_twin(question.policy, place, change.path)
                          : judge_place(question.policy, place, change.path);
    const bool needs_lock = !outsider && place.standing == core::Standing::unowned &&
                            question.policy.rules.unowned == core::Unowned::lock;
    if (found) verdict.findings.push_back(std::move(*found));
    judge_lock(question, locks, change.path, needs_lock, verdict);
  }
  if (!question.policy.lock_auto) demand_locks(question, verdict);
  if (question.imports != nullptr && !outsider) judge_imports(question, *question.imports, verdict);
  return verdict;
}

// Imports as findings: violations of layers, and what cannot be followed.

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
