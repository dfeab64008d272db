#include "lib/python/packaging/requirement.h"

#include <algorithm>
#include <array>
#include <compare>
#include <limits>

namespace gs::python {

namespace {

constexpr std::string_view kBlanks = " \t\r\n\f\v";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// PEP 503: runs of "-", "_" and "." are one "-", letters are small.
std::string normalised(std::string_view name) {
  std::string result;
  for (const char c : name) {
    if (is_alnum(c)) {
      result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!result.ends_with('-')) {
      result += '-';
    }
  }
  return result;
}

// Takes the name, and extras in brackets, off the text; empty where it begins with none.
std::string_view take_name(std::string_view& text) {
  const auto end = std::ranges::find_if_not(
      text, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view name = text.substr(0, length);
  if (name.empty() || !is_alnum(name.front()) || !is_alnum(name.back())) return {};
  text = trim(text.substr(length));
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == text.npos) return {};
    text = trim(text.substr(close + 1));
  }
  return name;
}

std::optional<VersionSpecifier> parse_specifier(std::string_view text) {
  constexpr std::array<std::string_view, 8> kComparisons{
      "===", "==", "~=", "!=", "<=", ">=", "<", ">"};
  text = trim(text);
  for (const std::string_view comparison : kComparisons) {
    if (!text.starts_with(comparison)) continue;
    const std::string_view version = trim(text.substr(comparison.size()));
    if (version.empty() || version.find_first_of(kBlanks) != version.npos) return std::nullopt;
    return VersionSpecifier{std::string(comparison), std::string(version)};
  }
  return std::nullopt;
}

bool parse_versions(std::string_view text, std::vector<VersionSpecifier>& versions) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  while (!trim(text).empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    auto one = parse_specifier(text.substr(0, comma));
    if (!one) return false;
    versions.push_back(std::move(*one));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

// ---- Versions that are numbers alone. Zeros at the end count for nothing.

using Release = std::vector<std::uint32_t>;

std::optional<Release> release_of(std::string_view version) {
  Release numbers;
  while (true) {
    const std::size_t dot = std::min(version.find('.'), version.size());
    const std::string_view part = version.substr(0, dot);
    if (part.empty() || part.size() > 9 ||
        part.find_first_not_of("0123456789") != std::string_view::npos)
      return std::nullopt;
    numbers.push_back(static_cast<std::uint32_t>(std::stoul(std::string(part))));
    if (dot == version.size()) break;
    version.remove_prefix(dot + 1);
  }
  return numbers;
}

std::strong_ordering compare(const Release& a, const Release& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::uint32_t one = i < a.size() ? a[i] : 0, other = i < b.size() ? b[i] : 0;
    if (one != other) return one <=> other;
  }
  return std::strong_ordering::equal;
}

// The first release after all that begin with these numbers: 1.5 of 1.4.*
Release after_prefix(Release prefix) {
  if (prefix.back() < std::numeric_limits<std::uint32_t>::max()) ++prefix.back();
  return prefix;
}

// The releases from `low` on, up to `high`.
struct Range {
  Release low{0};
  std::optional<Release> high;
  bool low_in = true, high_in = false;

  void raise(const Release& to, bool in) {
    const auto order = compare(to, low);
    if (order > 0 || (order == 0 && !in)) {
      low = to;
      low_in = in;
    }
  }
  void lower(const Release& to, bool in) {
    if (high && (compare(to, *high) > 0 || (compare(to, *high) == 0 && in))) return;
    high = to;
    high_in = in;
  }
  bool empty() const {
    if (!high) return false;
    const auto order = compare(low, *high);
    return order > 0 || (order == 0 && !(low_in && high_in));
  }
};

// Narrows the range; whether this could be told.
bool narrow(Range& range, const VersionSpecifier& one) {
  std::string_view version = one.version;
  const bool any = version.ends_with(".*");
  if (any) version.remove_suffix(2);
  const auto release = release_of(version);
  if (!release) return false;
  if (one.comparison == "!=") return true;  // takes single versions out: told apart below
  if (any) {
    if (one.comparison != "==") return false;
    range.raise(*release, true);
    range.lower(after_prefix(*release), false);
  } else if (one.comparison == "==") {
    range.raise(*release, true);
    range.lower(*release, true);
  } else if (one.comparison == "~=") {
    if (release->size() < 2) return false;
    range.raise(*release, true);
    range.lower(after_prefix(Release(release->begin(), release->end() - 1)), false);
  } else if (one.comparison == ">=" || one.comparison == ">") {
    range.raise(*release, one.comparison == ">=");
  } else if (one.comparison == "<=" || one.comparison == "<") {
    range.lower(*release, one.comparison == "<=");
  } else {
    return false;
  }
  return true;
}

// Whether the version that the range comes to is taken out by one of these.
bool excluded(const Range& range, const std::vector<VersionSpecifier>& versions) {
  if (!range.high || compare(range.low, *range.high) != 0) return false;
  return std::ranges::any_of(versions, [&](const VersionSpecifier& one) {
    if (one.comparison != "!=") return false;
    const auto release = release_of(one.version);
    return release && compare(*release, range.low) == 0;
  });
}

}  // namespace

std::optional<Requirement> parse_requirement(std::string_view text) {
  Requirement requirement;
  const std::size_t semicolon = text.find(';');
  if (semicolon != text.npos) {
    for (const char c : text.substr(semicolon + 1)) {
      if (kBlanks.find(c) == kBlanks.npos) requirement.marker += c == '"' ? '\'' : c;
    }
  }
  text = trim(text.substr(0, semicolon));
  requirement.text = text;
  requirement.name = normalised(take_name(text));
  if (requirement.name.empty() || !parse_versions(text, requirement.versions)) return std::nullopt;
  return requirement;
}

std::vector<Requirement> requirements_of(std::string_view file) {
  std::vector<Requirement> found;
  std::string logical;
  std::uint32_t number = 0, begin = 0;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    std::string_view line = trim(file.substr(0, end));
    file.remove_prefix(std::min(end + 1, file.size()));
    ++number;
    if (logical.empty()) begin = number;
    const bool more = line.ends_with('\\');
    if (more) line.remove_suffix(1);
    logical += line;
    if (more && !file.empty()) continue;
    std::string_view whole = logical;
    if (whole.starts_with('#')) whole = {};
    whole = whole.substr(0, std::min({whole.find(" #"), whole.find("\t#"), whole.find(" --")}));
    if (auto requirement = parse_requirement(whole)) {
      requirement->line = begin;
      found.push_back(std::move(*requirement));
    }
    logical.clear();
  }
  return found;
}

bool contradict(const Requirement& a, const Requirement& b) {
  std::vector<VersionSpecifier> all = a.versions;
  all.insert(all.end(), b.versions.begin(), b.versions.end());
  Range range;
  for (const VersionSpecifier& one : all) {
    if (!narrow(range, one)) return false;
  }
  return range.empty() || excluded(range, all);
}

}  // namespace gs::python
