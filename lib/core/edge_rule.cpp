#include "lib/core/edge_rule.h"

#include <span>

#include "lib/core/text.h"

namespace gs::core {

namespace {

constexpr std::string_view kArrow = "->";

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> components(std::string_view dotted) {
  std::vector<std::string> all;
  while (true) {
    const std::size_t dot = dotted.find('.');
    all.emplace_back(dotted.substr(0, dot));
    if (dot == dotted.npos) return all;
    dotted.remove_prefix(dot + 1);
  }
}

std::optional<std::string> side_fault(std::string_view side) {
  if (side.empty()) return "a module is missing beside '->'";
  for (const std::string& part : components(side)) {
    if (part.empty()) return "'" + printable(side) + "' has an empty part between dots";
    if (part == "*" || part == "**") continue;
    if (part.find('*') != part.npos) return "'" + printable(part) + "' mixes '*' with a name";
    if (part.find_first_of(" \t\r\n/\\?[,;") != part.npos) {
      return "'" + printable(side) + "' is no module";
    }
  }
  return std::nullopt;
}

struct Sides {
  std::string_view importer, target;
};

std::optional<Sides> sides_of(std::string_view text) {
  const std::size_t arrow = text.find(kArrow);
  if (arrow == text.npos || text.find(kArrow, arrow + 1) != text.npos) return std::nullopt;
  return Sides{without_blanks(text.substr(0, arrow)),
               without_blanks(text.substr(arrow + kArrow.size()))};
}

// Only the last `**` is ever made longer: where it begins first, it reaches all that an older
// could.
bool side_matches(std::span<const std::string> pattern, std::string_view module) {
  std::size_t at = 0, after_stars = 0;
  std::optional<std::string_view> retry;  // what follows the components that the last `**` took
  std::optional<std::string_view> rest = module;  // nothing: at the end
  const auto next = [](std::string_view text) -> std::optional<std::string_view> {
    const std::size_t dot = text.find('.');
    if (dot == text.npos) return std::nullopt;
    return text.substr(dot + 1);
  };
  while (true) {
    if (at < pattern.size() && pattern[at] == "**") {
      after_stars = ++at;
      retry = rest;
      if (at == pattern.size()) return true;
    } else if (!rest && at == pattern.size()) {
      return true;
    } else if (rest && at < pattern.size() &&
               (pattern[at] == "*" || pattern[at] == rest->substr(0, rest->find('.')))) {
      ++at;
      rest = next(*rest);
    } else if (retry) {
      retry = next(*retry);
      rest = retry;
      at = after_stars;
    } else {
      return false;
    }
  }
}

}  // namespace

std::optional<std::string> edge_rule_fault(std::string_view text) {
  const std::optional<Sides> sides = sides_of(text);
  if (!sides) return "there must be one '->'";
  if (auto fault = side_fault(sides->importer)) return fault;
  return side_fault(sides->target);
}

std::optional<EdgeRule> EdgeRule::parse(std::string_view text) {
  if (edge_rule_fault(text)) return std::nullopt;
  const Sides sides = *sides_of(text);
  EdgeRule rule;
  rule.importer_ = components(sides.importer);
  rule.target_ = components(sides.target);
  return rule;
}

bool EdgeRule::matches(std::string_view importer, std::string_view target) const {
  return side_matches(importer_, importer) && side_matches(target_, target);
}

}  // namespace gs::core
