#include "lib/core/pattern.h"

#include <algorithm>
#include <bitset>
#include <cstdint>

#include "lib/core/wildmatch.h"

namespace gs::core {

bool is_pattern(std::string_view text) {
  return text.ends_with('/') || text.find_first_of(kGlobSpecial) != text.npos;
}

std::optional<std::string> literal_path(std::string_view text) {
  if (text.ends_with('/')) return std::nullopt;
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*' || text[i] == '?' || text[i] == '[') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    path += text[i];
  }
  return path;
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

// Of ASCII not the form: git folds no letter in brackets or behind a '\\'.
std::string_view text_of(const FormedPath& formed) {
  return formed.form ? *formed.form : formed.path;
}

// As git has it, byte by byte.
bool selects(std::string_view pattern, std::string_view path, bool ignore_case) {
  if (names(pattern, path, ignore_case)) return true;
  // git hands wildmatch only what follows the literal beginning. It shows: the "**" of `foo**/bar`
  // then stands at the start, and crosses slashes.
  const std::size_t fixed = pattern.find_first_of(kGlobSpecial);
  if (fixed == pattern.npos || path.size() < fixed) return false;
  return same_text(pattern.substr(0, fixed), path.substr(0, fixed), ignore_case) &&
         wildmatch(pattern.substr(fixed), path.substr(fixed), ignore_case);
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
  if (selects(pattern, path, ignore_case)) return true;
  const FormedPath shape(pattern, ignore_case), formed(path, ignore_case);
  return (shape.form || formed.form) && selects(text_of(shape), text_of(formed), ignore_case);
}

PatternList::PatternList(const std::vector<std::string>& patterns, bool ignore_case)
    : ignore_case_(ignore_case) {
  for (const std::string& pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    Pattern added{pattern.substr(negated ? 1 : 0), std::nullopt};
    added.form = FormedPath(added.text, ignore_case).form;
    (negated ? negative_ : positive_).push_back(std::move(added));
  }
}

bool PatternList::any_matches(const std::vector<Pattern>& patterns, const FormedPath& path) const {
  return std::any_of(patterns.begin(), patterns.end(), [&](const Pattern& pattern) {
    if (selects(pattern.text, path.path, ignore_case_)) return true;
    return (pattern.form || path.form) &&
           selects(pattern.form ? *pattern.form : pattern.text, text_of(path), ignore_case_);
  });
}

bool PatternList::matches(const FormedPath& path) const {
  if (empty()) return false;
  return (positive_.empty() || any_matches(positive_, path)) && !any_matches(negative_, path);
}

// Whether two patterns have a path in common: each becomes a chain of nodes, and a search over
// pairs of nodes looks for a path that brings both to an end.

namespace {

using ByteSet = std::bitset<256>;

// A place in a pattern: `step` leads to the next node, `loop` stays here.
struct Node {
  ByteSet step, loop;
  bool free = false;     // the next node is reached without a byte as well
  std::size_t skip = 0;  // so is the one this far on
  bool accept = false;
};

using Chain = std::vector<Node>;

std::size_t index_of(char c) {
  return static_cast<unsigned char>(c);
}

// The bytes of the (folded) alphabet that a test lets through. Paths hold no NUL.
template <class Test>
ByteSet bytes_where(bool ignore_case, Test test) {
  ByteSet set;
  for (int i = 1; i < 256; ++i) {
    const char c = static_cast<char>(i);
    if (ignore_case && fold_case(c) != c) continue;
    if (test(c)) set.set(index_of(c));
  }
  return set;
}

class Builder {
 public:
  explicit Builder(bool ignore_case)
      : ignore_case_(ignore_case),
        any_(bytes_where(ignore_case, [](char) { return true; })),
        name_(bytes_where(ignore_case, [](char c) { return c != '/'; })) {}

  // The pattern as plain text: the path itself, and all below it. Empty when that takes a folder
  // called `*` or `?`: `**/a.py` and `**/b.py` would meet in one called `**`.
  Chain literal(std::string_view pattern) const {
    Chain chain;
    if (pattern.find_first_of("*?") != pattern.npos) return chain;
    for (const char c : pattern) chain.push_back(one(fold(c)));
    if (!pattern.empty() && pattern.back() != '/') {
      chain.push_back(one('/'));
      chain.back().accept = true;
    }
    Node below;
    below.loop = any_;
    below.accept = true;
    chain.push_back(below);
    return chain;
  }

  // The pattern as a glob; empty when it is none or malformed.
  Chain glob(std::string_view pattern) const {
    const std::size_t fixed = pattern.find_first_of(kGlobSpecial);
    if (fixed == pattern.npos) return {};
    Chain chain;
    for (const char c : pattern.substr(0, fixed)) chain.push_back(one(fold(c)));
    const std::string_view rest = pattern.substr(fixed);
    for (std::size_t at = 0; at < rest.size();) {
      if (!add_element(chain, rest, at)) return {};
    }
    chain.emplace_back();
    chain.back().accept = true;
    return chain;
  }

 private:
  char fold(char c) const { return ignore_case_ ? fold_case(c) : c; }

  Node one(char c) const {
    Node node;
    node.step.set(index_of(c));
    node.step &= any_;  // a quoted capital is out of reach when case is ignored
    return node;
  }

  bool add_element(Chain& chain, std::string_view rest, std::size_t& at) const {
    Node node;
    std::size_t length = 1;
    if (rest[at] == '*') {
      const Stars stars = read_stars(rest, at);
      if (stars.may_vanish) {  // only as a whole: past the star and its slash
        Node entry;
        entry.free = true;
        entry.skip = 3;
        chain.push_back(entry);
      }
      node.loop = stars.deep ? any_ : name_;
      node.free = true;
      length = stars.end - at;
    } else if (rest[at] == '?') {
      node.step = name_;
    } else if (rest[at] == '[') {
      const std::string_view text = rest.substr(at);
      const Bracket bracket = read_bracket(text, '\0', ignore_case_);
      if (bracket.fault) return false;
      length = bracket.length;
      node.step = bytes_where(ignore_case_, [&](char c) {
        return read_bracket(text.substr(0, length), c, ignore_case_).has;
      });
    } else if (rest[at] == '\\') {
      if (at + 1 == rest.size()) return false;
      length = 2;
      node = one(rest[at + 1]);
    } else {
      node = one(fold(rest[at]));
    }
    chain.push_back(node);
    at += length;
    return true;
  }

  bool ignore_case_;
  ByteSet any_, name_;
};

class Search {
 public:
  Search(const Chain& a, const Chain& b) : a_(a), b_(b), seen_(2 * a.size() * b.size()) {}

  bool finds_path() {
    if (a_.empty() || b_.empty()) return false;
    push(0, 0, true);
    while (!todo_.empty()) {
      if (visited_ > kMostStates) return true;
      const State state = todo_.back();
      todo_.pop_back();
      if (!state.edge && a_[state.a].accept && b_[state.b].accept) return true;
      advance(state);
    }
    return false;
  }

 private:
  static constexpr std::size_t kMostStates = 1'000'000;

  // `edge`: at the beginning or behind a '/', where a path neither ends nor has another '/'.
  struct State {
    std::size_t a, b;
    bool edge;
  };

  void push(std::size_t a, std::size_t b, bool edge) {
    const std::size_t index = 2 * (a * b_.size() + b) + (edge ? 1 : 0);
    if (seen_[index]) return;
    seen_[index] = true;
    ++visited_;
    todo_.push_back({a, b, edge});
  }

  void advance(const State& s) {
    const Node& a = a_[s.a];
    const Node& b = b_[s.b];
    if (a.free) push(s.a + 1, s.b, s.edge);
    if (a.skip > 0) push(s.a + a.skip, s.b, s.edge);
    if (b.free) push(s.a, s.b + 1, s.edge);
    if (b.skip > 0) push(s.a, s.b + b.skip, s.edge);
    take(a.loop & b.loop, s.a, s.b, s.edge);
    take(a.loop & b.step, s.a, s.b + 1, s.edge);
    take(a.step & b.loop, s.a + 1, s.b, s.edge);
    take(a.step & b.step, s.a + 1, s.b + 1, s.edge);
  }

  void take(ByteSet bytes, std::size_t a, std::size_t b, bool edge) {
    const std::size_t slash = index_of('/');
    if (bytes[slash] && !edge) push(a, b, true);
    bytes.reset(slash);
    if (bytes.any()) push(a, b, false);
  }

  const Chain& a_;
  const Chain& b_;
  std::vector<bool> seen_;
  std::vector<State> todo_;
  std::size_t visited_ = 0;
};

std::string_view fixed_part(std::string_view pattern) {
  return pattern.substr(0, std::min(pattern.find_first_of(kGlobSpecial), pattern.size()));
}

// Whether what both begin with already keeps them apart.
bool part_early(std::string_view a, std::string_view b, bool ignore_case) {
  const std::size_t common = std::min(a.size(), b.size());
  return !same_text(a.substr(0, common), b.substr(0, common), ignore_case);
}

// A plain path is a file, unless the other side goes below it by name: else `**/conftest.py` would
// collide with every file, for the sake of a folder of that name that nobody has.
bool path_collides(std::string_view path, std::string_view other, bool ignore_case) {
  if (pattern_matches(other, path, ignore_case)) return true;
  return other.size() > path.size() && other[path.size()] == '/' &&
         fixed_part(other).size() >= path.size() &&
         same_text(path, other.substr(0, path.size()), ignore_case);
}

bool have_common_path(std::string_view a, std::string_view b, bool ignore_case) {
  if (part_early(fixed_part(a), fixed_part(b), ignore_case)) return false;
  if (!is_pattern(a)) return path_collides(a, b, ignore_case);
  if (!is_pattern(b)) return path_collides(b, a, ignore_case);
  const Builder builder(ignore_case);
  const Chain as[] = {builder.glob(a), builder.literal(a)};
  const Chain bs[] = {builder.glob(b), builder.literal(b)};
  for (const Chain& x : as) {
    for (const Chain& y : bs) {
      if (Search(x, y).finds_path()) return true;
    }
  }
  return false;
}

}  // namespace

bool patterns_collide(std::string_view a, std::string_view b, bool ignore_case) {
  if (have_common_path(a, b, ignore_case)) return true;
  const FormedPath one(a, ignore_case), other(b, ignore_case);
  return (one.form || other.form) && have_common_path(text_of(one), text_of(other), ignore_case);
}

}  // namespace gs::core
