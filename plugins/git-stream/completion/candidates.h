#pragma once
// What a value of the command line can be.

#include <string>
#include <string_view>
#include <vector>

#include "plugins/git-stream/command.h"

namespace gs::command {

struct Candidate {
  std::string word, about;
};

struct Candidates {
  enum class By { us, files, commands };
  By by = By::us;  // who knows them: we, or the shell
  std::vector<Candidate> words;
};

struct WantedValue {
  std::string value;          // as Option::called has it
  std::string command;        // whose value it is: "unlock"
  std::string typed;          // so far: of a list, those before the last stay
  bool of_everybody = false;  // locks of others too
};

// By the value's name: "text|json" is one of these, "claude,codex" a list of them; STREAM, AGENT,
// NAME (of either), STREAMS and NAMES (lists), TASK, LOCK, STEP, ACTION, BRANCH, COMMIT, A..B and
// WORKTREE are looked up in this repository; PATH and FILE are files. Others have none. Throws what
// a Session does.
Candidates candidates_for(const WantedValue& wanted, Context& context);

}  // namespace gs::command
