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

// `comment` begins the lines that git drops from a message that is being edited.
std::vector<Trailer> read_trailers(std::string_view message, std::string_view comment = "#");

// The message with those whose key it does not have yet, as `git interpret-trailers --no-divider
// --if-exists doNothing` adds them: before comments, a list of conflicts and a diff at its end.
std::string add_trailers(std::string_view message, const std::vector<Trailer>& added,
                         std::string_view comment = "#");

// Whether git would find nothing in it to commit with.
bool blank_message(std::string_view message, std::string_view comment = "#");

}  // namespace gs::core
