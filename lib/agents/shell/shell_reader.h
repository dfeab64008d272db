#pragma once
// Reads a line of the shell as far as that can be done without running it (POSIX.1-2017, XCU 2;
// bash's redirections and quotes besides). What only a shell can work out is marked, not guessed.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gs::agents {

struct Word {
  std::string text;          // without its quotes
  bool exact = true;         // false: it has variables, substitutions, braces or a pattern in it
  bool glob = false;         // not exact, but only for `pattern`
  std::string pattern = {};  // as glob(7) reads it
};

struct Redirection {
  Word target;
  bool writes = false;
};

struct SimpleCommand {
  std::vector<std::pair<std::string, Word>> assignments;
  std::vector<Word> words;
  std::vector<Redirection> redirections;
  std::string here;      // the here-documents' text
  bool apart = false;    // in a pipeline or the background: its `cd` changes nothing here
  bool perhaps = false;  // after `||`, or within if, for, while, case
};

// A command, or a subshell's begin and end.
struct Step {
  enum class Kind { command, open, close };
  Kind kind = Kind::command;
  SimpleCommand command = {};
};

struct Reading {
  std::vector<Step> steps;
  bool whole = true;  // false: it ended within a quote or bracket, or was nested too deep
};

Reading read_shell(std::string_view text);

}  // namespace gs::agents
