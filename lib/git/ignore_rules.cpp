#include "lib/git/ignore_rules.h"

#include <algorithm>

#include "lib/core/wildmatch.h"

namespace gs::git {

namespace {

// Spaces at the end count only when they are quoted.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      if (++i == line.size()) return line;
      end = i + 1;
    } else if (line[i] != ' ') {
      end = i + 1;
    }
  }
  return line.substr(0, end);
}

}  // namespace

IgnoreFile::IgnoreFile(std::string_view text, std::string base) : base_(std::move(base)) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with('#')) continue;
    if (line.ends_with('\r')) line.remove_suffix(1);
    add(without_trailing_spaces(line.substr(0, line.find('\0'))));
  }
}

void IgnoreFile::add(std::string_view line) {
  Rule rule;
  if (line.starts_with('!')) {
    rule.negated = true;
    line.remove_prefix(1);
  }
  if (line.ends_with('/')) {
    rule.folders_only = true;
    line.remove_suffix(1);
  }
  rule.name_only = line.find('/') == line.npos;
  if (line.starts_with('/')) line.remove_prefix(1);
  if (line.empty()) return;
  rule.pattern = line;
  rule.literal = std::min(line.find_first_of(core::kGlobSpecial), line.size());
  rules_.push_back(std::move(rule));
}

bool IgnoreFile::matches(const Rule& rule, std::string_view path, bool is_folder) const {
  if (rule.folders_only && !is_folder) return false;
  std::string_view pattern = rule.pattern;
  if (rule.name_only) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    if (rule.literal == pattern.size()) return name == pattern;
    return core::wildmatch(pattern, name, false);
  }
  std::string_view rest = path.substr(base_.size());
  // git takes the part before the first wildcard off both; what is left is a pattern of its own.
  if (!rest.starts_with(pattern.substr(0, rule.literal))) return false;
  rest.remove_prefix(rule.literal);
  pattern.remove_prefix(rule.literal);
  if (pattern.empty()) return rest.empty();
  return core::wildmatch(pattern, rest, false);
}

std::optional<bool> IgnoreFile::ignores(std::string_view path, bool is_folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (matches(*rule, path, is_folder)) return !rule->negated;
  }
  return std::nullopt;
}

}  // namespace gs::git
