#include "lib/core/lock.h"

#include "lib/core/pattern.h"

namespace gs::core {

bool covers(const Lock& lock, std::string_view path, bool ignore_case) {
  return lock.path == path || pattern_matches(lock.path, path, ignore_case);
}

}  // namespace gs::core
