#pragma once
// The checks that a repository runs already: what `validate` should say.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/policy.h"

namespace gs::detection {

struct ProjectCheck {
  core::ValidateStep step;
  std::string reason;  // "pyproject.toml has [tool.ruff]"
};

// From the configuration of linters, type checkers, test runners, tox and nox, and from the
// commands of CI: one step each for style, types and tests. `paths` are the repository's files,
// sorted; `read` gives a file's text, nothing for what cannot be read.
using ReadFile = std::function<std::optional<std::string>(std::string_view path)>;
std::vector<ProjectCheck> project_checks(const std::vector<std::string>& paths,
                                         const ReadFile& read);

}  // namespace gs::detection
