#pragma once
// The one place where a rule's action becomes a finding's severity.

#include <optional>
#include <string>
#include <string_view>

#include "lib/core/finding.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// Nothing when the rule is off.
inline std::optional<core::Finding> finding(core::Rule rule, core::Action action,
                                            std::string_view path, std::string message,
                                            std::string hint = {}) {
  if (action == core::Action::off) return std::nullopt;
  const auto severity =
      action == core::Action::block ? core::Severity::block : core::Severity::warn;
  return core::Finding{rule, severity, std::string(path), 0, std::move(message), std::move(hint)};
}

}  // namespace gs::analyzers
