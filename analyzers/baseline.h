#pragma once
// Accepted layer violations: the file .streams-baseline, one "importer -> target" a line.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/finding.h"
#include "lib/core/identity.h"

namespace gs::analyzers {

inline constexpr std::string_view kBaselineFile = ".streams-baseline";

using ModulePair = std::pair<std::string, std::string>;  // importer, imported

struct Baseline {
  std::vector<ModulePair> pairs;  // sorted, each once

  bool has(std::string_view importer, std::string_view target) const;
};

// Blank lines and those that start with '#' are passed over; odd names stand in double quotes, as
// core::quote_path has them. Throws core::Error (usage) naming `source` and the line for one that
// is no pair.
Baseline parse_baseline(std::string_view text, const std::string& source);
std::string print_baseline(const Baseline& baseline);

// What the second has and the first has not.
std::vector<ModulePair> added_pairs(const Baseline& before, const Baseline& after);

// Nobody in a stream adds to the baseline, whatever the action of `rules.layer`; the owner may.
std::optional<core::Finding> judge_baseline_change(const Baseline& before, const Baseline& after,
                                                   const core::Identity& identity);

}  // namespace gs::analyzers
