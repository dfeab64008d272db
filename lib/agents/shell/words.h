#pragma once
// Words of the shell while they are expanded (bash(1), EXPANSION): braces, tildes, splitting,
// patterns of files.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/agents/shell/programs.h"

namespace gs::agents {

// A word before the shell has split it: each character with where it is from.
class Draft {
 public:
  enum class From : char {
    quotes,
    line,       // as it is written: braces, tildes and patterns count
    expansion,  // of a variable or command, outside of quotes: is split, and patterns count
    unknown,    // a character for what only running the line could tell
    border      // between the items of "$@"
  };

  void add(std::string_view text, From from);
  void add(const Draft& other);
  void add_unknown() { add(std::string_view("\0", 1), From::unknown); }
  void quote() { quoted_ = true; }  // an empty word that is quoted is a word

  bool known() const;
  // Without what the quotes are for; up to the first unknown part.
  Word word() const;

  // `home`: what a tilde is; empty: unknown. A limit holds the number of words that braces make.
  std::vector<Draft> expand_braces() const;
  void expand_tilde(std::string_view home);
  std::vector<Draft> split() const;

  // The files that it matches as a pattern; nothing where it is none, or matches none. A limit
  // holds their number.
  std::vector<std::string> matches(const std::optional<std::filesystem::path>& folder) const;

 private:
  Draft part(std::size_t begin, std::size_t end) const;
  bool written(std::size_t at, char c) const;
  std::size_t closing_brace(std::size_t open, std::vector<std::size_t>& commas) const;
  std::vector<Draft> choices() const;
  std::vector<std::string> range(std::size_t open, std::size_t close) const;

  std::string text_;
  std::vector<From> from_;
  bool quoted_ = false;
};

// The text of $'…', without the quotes; nothing where it holds an escape that is not known.
std::optional<std::string> ansi_c_text(std::string_view quoted);

// The folder's files, and those below, relative to it; links are not followed, `.git` is left out.
// At most `limit`; folders themselves only when asked for.
std::vector<std::string> files_below(const std::filesystem::path& folder, std::size_t limit,
                                     bool folders = false);

// What a patch in the form of diff -u changes, `strip` folders taken off the names; -1: the name
// that is there in `folder`.
std::vector<std::string> diff_paths(std::string_view text, int strip,
                                    const std::filesystem::path& folder);

}  // namespace gs::agents
