#pragma once
// The trailers at the end of a commit's message, where git sees them (git-interpret-trailers(1)).

#include <string>
#include <string_view>
#include <vector>

namespace gs::core {

struct Trailer {
  std::string key, value;  // "Agent", "agent-F1"

  bool operator==(const Trailer&) const = default;
};

// What git does with the lines of a message that begin with its comment string.
struct Comments {
  std::string_view mark = "#";
  bool kept = false;  // as text: no editor is used, so git drops none
};

std::vector<Trailer> read_trailers(std::string_view message, const Comments& comments = {});

// The message with those whose key it does not have yet, as `git interpret-trailers --no-divider
// --if-exists doNothing` adds them: before comments, a list of conflicts and a diff at its end.
std::string add_trailers(std::string_view message, const std::vector<Trailer>& added,
                         const Comments& comments = {});

// Whether git would find nothing in it to commit with.
bool blank_message(std::string_view message, const Comments& comments = {});

}  // namespace gs::core
