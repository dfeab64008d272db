#include "lib/core/pattern.h"

#include <algorithm>

#include "lib/core/wildmatch.h"

namespace gs::core {

bool is_pattern(std::string_view text) {
  return text.ends_with('/') || text.find_first_of(kGlobSpecial) != text.npos;
}

std::string literal_pattern(std::string_view path) {
  constexpr std::string_view kSpecial = "*?[\\";
  std::string pattern = path.starts_with('!') ? "\\" : "";
  for (const char c : path) {
    if (kSpecial.find(c) != kSpecial.npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

namespace {

constexpr std::size_t kLongest = 4096;  // PATH_MAX: a longer path cannot be checked out

std::optional<std::string> component_fault(std::string_view pattern) {
  for (std::size_t begin = 0; begin < pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string_view component = pattern.substr(begin, end - begin);
    if (component.empty()) return "is not normalised: it has '//'";
    if (component == ".") return "is not normalised: it has a '.' component";
    if (component == "..") {
      return begin == 0 ? "leaves the repository" : "is not normalised: it has a '..' component";
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::optional<std::string> syntax_fault(std::string_view pattern) {
  bool wild = false;
  for (std::size_t at = 0; at < pattern.size();) {
    std::size_t length = 1;
    if (pattern[at] == '\\') {
      if (at + 1 == pattern.size()) return "ends with a lone '\\'";
      length = 2;
    } else if (pattern[at] == '[') {
      const Bracket bracket = read_bracket(pattern.substr(at), '\0', false);
      if (bracket.fault == BracketFault::unclosed) return "has an unclosed '['";
      if (bracket.fault) return "has an unknown [:class:]";
      length = bracket.length;
    } else {
      wild |= pattern[at] == '*' || pattern[at] == '?';
    }
    at += length;
  }
  // To git the slash is then part of the name, and no path ends with one.
  if (wild && pattern.ends_with('/')) {
    return "matches nothing: after a wildcard, end it with '/**' instead of '/'";
  }
  return std::nullopt;
}

// git compares the pattern as plain text too, whatever it holds: the path itself, or a folder
// above.
bool names(std::string_view literal, std::string_view path, bool ignore_case) {
  if (literal.empty()) return true;
  if (path.size() < literal.size()) return false;
  if (!same_text(literal, path.substr(0, literal.size()), ignore_case)) return false;
  return path.size() == literal.size() || literal.back() == '/' || path[literal.size()] == '/';
}

}  // namespace

std::optional<std::string> pattern_fault(std::string_view pattern) {
  if (pattern.starts_with('!')) pattern.remove_prefix(1);
  if (pattern.empty()) return "is empty";
  if (pattern.size() > kLongest) return "is longer than 4096 bytes";
  if (pattern.find('\0') != pattern.npos) return "has a NUL byte";
  if (pattern.front() == '/') return "is absolute";
  if (std::optional<std::string> fault = component_fault(pattern)) return fault;
  return syntax_fault(pattern);
}

bool pattern_matches(std::string_view pattern, std::string_view path, bool ignore_case) {
  if (names(pattern, path, ignore_case)) return true;
  // git hands wildmatch only what follows the literal beginning. It shows: the "**" of `foo**/bar`
  // then stands at the start, and crosses slashes.
  const std::size_t fixed = pattern.find_first_of(kGlobSpecial);
  if (fixed == pattern.npos || path.size() < fixed) return false;
  return same_text(pattern.substr(0, fixed), path.substr(0, fixed), ignore_case) &&
         wildmatch(pattern.substr(fixed), path.substr(fixed), ignore_case);
}

PatternList::PatternList(const std::vector<std::string>& patterns, bool ignore_case)
    : ignore_case_(ignore_case) {
  for (const std::string& pattern : patterns) {
    if (pattern.starts_with('!')) {
      negative_.push_back(pattern.substr(1));
    } else {
      positive_.push_back(pattern);
    }
  }
}

bool PatternList::matches(std::string_view path) const {
  const auto any = [&](const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
      return pattern_matches(pattern, path, ignore_case_);
    });
  };
  if (empty()) return false;
  return (positive_.empty() || any(positive_)) && !any(negative_);
}

}  // namespace gs::core
