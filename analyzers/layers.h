#pragma once
// Layers: is this import allowed to go where it goes? (contract, section 9)

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/finding.h"
#include "lib/core/ids.h"
#include "lib/core/import_facts.h"
#include "lib/core/policy.h"

namespace gs::analyzers {

// The policy's layers, ready to be asked. Keeps no reference to the policy.
class LayerMap {
 public:
  explicit LayerMap(const core::Policy& policy);
  ~LayerMap();
  LayerMap(LayerMap&&) noexcept;

  bool empty() const;  // the policy has no layers
  std::size_t size() const;
  // The layer of the longest dotted prefix, and which prefix that is.
  struct Place {
    std::size_t level = 0;
    std::size_t member = 0;  // index among all the policy's prefixes

    bool operator==(const Place&) const = default;
  };
  std::optional<Place> place(std::string_view module) const;
  const std::string& layer_name(std::size_t level) const;
  const std::string& member_name(std::size_t member) const;  // the dotted prefix

  // Whether a module may import another, from where the two are.
  bool allows(const Place& importer, const Place& target) const;
  // What is wrong with an import from one module to another, as a message ("imports llm.sentiment:
  // layer 2 (core models) may not import layer 3 (domain)"); nothing when all is well, and nothing
  // where one of them is in no layer.
  std::optional<std::string> fault(std::string_view importer, std::string_view target) const;
  // What to do about it, for the one who wrote the import.
  std::string remedy(std::string_view importer, std::string_view target) const;

  // Whether the policy (`python.ignore`) does not count this import: by kind, or by a rule
  // "importer -> target" (lib/core/edge_rule.h).
  bool ignored(std::string_view importer, std::string_view target, core::ImportKind kind,
               bool type_checking) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Violations among these edges, once for each pair of modules and file; severity from rules.layer.
// What leads out of the tree is in no layer, whatever its name.
std::vector<core::Finding> judge_layers(const core::Policy& policy, const LayerMap& layers,
                                        const std::vector<core::ImportEdge>& edges);

// Beyond-top-level imports and partial parses: warnings of rule `imports`.
std::vector<core::Finding> import_remarks(const std::vector<core::ImportEdge>& edges);
core::Finding partial_remark(std::string_view path, const core::Partial& partial);
// Their messages: "imports ...base: beyond the top level", "read in part: a string without its end"
std::string beyond_text(std::string_view written);
std::string partial_text(const core::Partial& partial);

// ---- Accepted layer violations: the file .streams-baseline, one "importer -> target" a line.

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
