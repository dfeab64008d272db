#include "lib/core/import_conflict.h"

namespace gs::core {

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

}  // namespace gs::core
