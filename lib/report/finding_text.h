#pragma once
// One finding as a person reads it, and what a whole report amounts to.

#include <string>
#include <string_view>
#include <vector>

#include "lib/core/finding.h"
#include "lib/report/report.h"

namespace gs::report {

// "  PATH:LINE: rule: message" and, where there is one, "    next: hint". `remark` follows the
// message in parentheses.
std::string finding_text(const core::Finding& finding, std::string_view remark = {});

// "PATH:LINE", "PATH", or nothing at all when the finding is about no path.
std::string place_text(const core::Finding& finding);

struct Counts {
  std::size_t violations = 0, warnings = 0, accepted = 0;  // an accepted one is neither of the two
};
Counts count(const std::vector<Entry>& entries);

// "2 violations, 1 accepted, 30,000 files, 240,123 imports checked", without a line break.
std::string summary_text(const Subject& subject, const std::vector<Entry>& entries);

}  // namespace gs::report
