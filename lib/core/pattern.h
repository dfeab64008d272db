#pragma once
// git's patterns: what `:(glob)` pathspecs match. The one matcher for scopes, locks and every list.
// Format: gitglossary(7) "pathspec", and wildmatch with WM_PATHNAME: `*` and `?` stop at '/', `**`
// does not where it stands between slashes or at an end; `[...]` with ranges, `!`/`^` and
// [:classes:]; '\' quotes. A pattern that names a folder literally, with or without a trailing '/',
// matches all below it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/path_form.h"

namespace gs::core {

// Whether text holds one of `*?[\` or ends with '/': a lock on it is a pattern, not a path.
bool is_pattern(std::string_view text);

// The pattern that means this very path, whatever characters it has: `a*b` becomes `a\*b`.
std::string literal_pattern(std::string_view path);

// The reverse: the very path that a text means which has no more of a pattern than '\\' before what
// it quotes, and a path itself. Nothing for other patterns.
std::optional<std::string> literal_path(std::string_view text);

// Why this cannot be a pattern or a path of ours ("is absolute", "is empty", "leaves the
// repository", "has an unclosed '['", …); nothing when it can. A leading '!' is allowed and means
// "not".
std::optional<std::string> pattern_fault(std::string_view pattern);

// One pattern without its '!': whether git's `:(glob)PATTERN` (with `icase`) selects the path; or,
// where one of them is not ASCII, whether it does so by their forms (path_form.h): what a file
// system takes for one name is one.
bool pattern_matches(std::string_view pattern, std::string_view path, bool ignore_case);

// Whether some path is matched by both (neither may start with '!'). Exact for all that git's
// syntax can express, up to a bound on work beyond which it answers true; but no folder is thought
// to be called `*` or `?`, and a plain path is a file unless the other one names something below
// it.
bool patterns_collide(std::string_view a, std::string_view b, bool ignore_case);

// Several patterns, as git reads a list of pathspecs: a path is in when a positive one matches (or
// there are only negative ones) and no negative one does. Empty matches nothing.
class PatternList {
 public:
  PatternList() = default;
  PatternList(const std::vector<std::string>& patterns, bool ignore_case);

  bool matches(std::string_view path) const { return matches(FormedPath(path, ignore_case_)); }
  bool matches(const FormedPath& path) const;  // formed with the same `ignore_case`
  bool empty() const { return positive_.empty() && negative_.empty(); }

 private:
  struct Pattern {
    std::string text;
    std::optional<std::string> form;  // of what is not ASCII
  };

  bool any_matches(const std::vector<Pattern>& patterns, const FormedPath& path) const;

  std::vector<Pattern> positive_, negative_;
  bool ignore_case_ = false;
};

}  // namespace gs::core
