#pragma once
// Import facts, as a test writes them down: "3 from ..base import a, b", "7 import os".

#include <string>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::test {

// Words before the line number: `tc` (type checking), `guarded`, `def`, `class`. Forms: `import M`,
// `from M import N, N`, `from M import *`, `dynamic M [ANCHOR]`.
std::string facts(const std::vector<std::string>& imports,
                  const std::vector<core::Partial>& partials = {});

}  // namespace gs::test
