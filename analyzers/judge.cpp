#include "analyzers/judge.h"

#include <algorithm>

#include "analyzers/held.h"
#include "analyzers/layers.h"
#include "analyzers/ownership.h"
#include "analyzers/severity.h"
#include "lib/core/pattern.h"
#include "lib/core/scope.h"
#include "lib/core/text.h"

namespace gs::analyzers {

namespace {

using core::Finding;
using core::Verdict;

// A path as an argument of a command that is run where the reader is.
std::string hinted(const Question& question, std::string_view path) {
  return std::string(question.top) + core::literal_pattern(path);
}

void judge_lock(const Question& question, std::string_view path, bool needs_lock,
                Verdict& verdict) {
  const core::Action action = question.policy.rules.lock;
  if (action == core::Action::off) return;
  const std::string holder = question.identity.name();
  if (const core::Lock* lock =
          held_by_other(question.locks, path, holder, question.now, question.ignore_case)) {
    if (auto found = finding(core::Rule::lock, action, path,
                             describe_hold(*lock, question.now, question.local),
                             wait_command(*lock, hinted(question, path), question.now))) {
      verdict.findings.push_back(std::move(*found));
    }
  } else if (needs_lock &&
             !held_by(question.locks, path, holder, question.now, question.ignore_case)) {
    verdict.to_lock.emplace_back(path);
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
  const bool outsider = question.identity.outsider();
  for (const core::Change& change : question.changes) {
    const core::Place place = outsider ? core::Place{} : scopes.place(change.path);
    auto found = outsider ? judge_outsider(question.policy, change.path)
                          : judge_place(question.policy, place, change.path);
    const bool needs_lock = !outsider && place.standing == core::Standing::unowned &&
                            question.policy.rules.unowned == core::Unowned::lock;
    if (found) verdict.findings.push_back(std::move(*found));
    judge_lock(question, change.path, needs_lock, verdict);
  }
  if (!question.policy.lock_auto) demand_locks(question, verdict);
  if (question.imports != nullptr && !outsider) judge_imports(question, *question.imports, verdict);
  return verdict;
}

}  // namespace gs::analyzers
