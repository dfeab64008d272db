#pragma once
// Violations are values: one rule broken at one place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_conflict.h"

namespace gs::core {

enum class Rule {
  protected_path,
  scope,
  unowned,
  lock,
  outsider,
  policy,
  layer,
  import_conflict,
  branch_name,
  imports  // imports that cannot be read, or that lead nowhere
};

// The rule's name as policies and reports spell it: "scope", "import-conflict", …
std::string_view rule_name(Rule rule);

enum class Severity { block, warn };

struct Finding {
  Rule rule = Rule::scope;
  Severity severity = Severity::block;
  std::string path;        // raw bytes; rendered with quote_path
  std::uint32_t line = 0;  // 1-based; 0 when the finding is about the whole path
  std::string message;     // without path and rule
  std::string hint;        // the next command, may be empty

  auto operator<=>(const Finding&) const = default;
};

struct Verdict {
  std::vector<Finding> findings;  // in path order
  std::vector<std::string>
      to_lock;  // free paths in nobody's scope: the gate locks them if it passes
  // New imports of others' work. Not among the findings: the gate says each only once.
  std::vector<ImportConflict> conflicts = {};

  bool blocks() const {
    for (const Finding& finding : findings) {
      if (finding.severity == Severity::block) return true;
    }
    return false;
  }
};

}  // namespace gs::core
