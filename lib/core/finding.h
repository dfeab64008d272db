#pragma once
// Violations are values: one rule broken at one place.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

// ---- A new import of what somebody else is working on (contract, section 9).

enum class ConflictKind { locked, changed, after, gone };
enum class ConflictLevel { low, medium, high };

std::string_view conflict_kind_name(ConflictKind kind);     // "locked", …
std::string_view conflict_level_name(ConflictLevel level);  // "low", "medium", "high"

struct ImportConflict {
  ConflictKind kind = ConflictKind::locked;
  ConflictLevel level = ConflictLevel::medium;
  std::string path;  // the importing file
  std::uint32_t line = 0;
  std::string module;       // that is imported
  std::string target_path;  // its file
  std::string other_agent;  // "agent-F1", "stream-F"
  std::string text;         // "imports from llm/sentiment.py - agent-F1 has lock …": of the path
  std::string hint;         // the next command, may be empty

  // "llm/news_analyzer.py imports from llm/sentiment.py - agent-F1 has lock …"
  std::string sentence() const;

  bool operator==(const ImportConflict&) const = default;
};

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
  imports,  // imports that cannot be read, or that lead nowhere
  stale     // what other clones have locked is not known any more
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
  std::vector<std::string> held = {};  // such paths whose lock the committer has
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
