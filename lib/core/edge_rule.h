#pragma once
// "importer -> target": imports that layers pass over, as policies write them in python.ignore.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

// Whether this is meant as such a rule, right or wrong.
inline bool looks_like_edge_rule(std::string_view text) {
  return text.find("->") != std::string_view::npos;
}

class EdgeRule {
 public:
  // Both sides are dotted; a component is a name, `*` (any one) or `**` (any number, none too:
  // `a.**` is a and all below it). Nothing when the text is not well-formed.
  static std::optional<EdgeRule> parse(std::string_view text);

  bool matches(std::string_view importer, std::string_view target) const;

 private:
  std::vector<std::string> importer_, target_;
};

// Why a text is no such rule ("'a*' mixes '*' with a name", …); nothing when it is one.
std::optional<std::string> edge_rule_fault(std::string_view text);

}  // namespace gs::core
