#include "lib/core/finding.h"

#include "lib/core/text.h"

namespace gs::core {

std::string_view rule_name(Rule rule) {
  switch (rule) {
    case Rule::protected_path:
      return "protected";
    case Rule::scope:
      return "scope";
    case Rule::unowned:
      return "unowned";
    case Rule::lock:
      return "lock";
    case Rule::outsider:
      return "outsider";
    case Rule::policy:
      return "policy";
    case Rule::layer:
      return "layer";
    case Rule::import_conflict:
      return "import-conflict";
    case Rule::branch_name:
      return "branch-name";
    case Rule::imports:
      return "imports";
    case Rule::stale:
      return "stale";
  }
  return "unknown";
}

std::string_view conflict_kind_name(ConflictKind kind) {
  switch (kind) {
    case ConflictKind::locked:
      return "locked";
    case ConflictKind::changed:
      return "changed";
    case ConflictKind::after:
      return "after";
    case ConflictKind::gone:
      return "gone";
  }
  return "unknown";
}

std::string_view conflict_level_name(ConflictLevel level) {
  switch (level) {
    case ConflictLevel::low:
      return "low";
    case ConflictLevel::medium:
      return "medium";
    case ConflictLevel::high:
      return "high";
  }
  return "unknown";
}

std::string ImportConflict::sentence() const {
  return quote_path(path) + ' ' + text;
}

}  // namespace gs::core
