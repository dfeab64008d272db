#pragma once
// Which files git passes over: gitignore(5), for readers of a worktree.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::git {

// The patterns of one file. `base` is the folder that it stands in, relative to the worktree's top:
// empty (also for info/exclude and core.excludesFile), or with a trailing '/'.
class IgnoreFile {
 public:
  IgnoreFile() = default;
  IgnoreFile(std::string_view text, std::string base);

  // What the last pattern that matches says of a path below the base (relative to the top, without
  // a trailing '/'): true: ignored, false: a '!' takes it back; nothing when none matches.
  std::optional<bool> ignores(std::string_view path, bool is_folder) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule {
    std::string pattern;  // without '!', a leading and a trailing '/'
    std::size_t literal = 0;
    bool negated = false, folders_only = false, name_only = false;
  };
  void add(std::string_view line);
  bool matches(const Rule& rule, std::string_view path, bool is_folder) const;

  std::string base_;
  std::vector<Rule> rules_;
};

}  // namespace gs::git
