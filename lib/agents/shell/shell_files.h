#pragma once
// Which of a command's words are files that it writes, moves or removes.

#include <span>
#include <string_view>
#include <vector>

#include "lib/agents/shell/shell_reader.h"

namespace gs::agents {

struct Written {
  std::vector<Word> files;
  // Where the command puts things: into it when it is a folder, under the names of `sources`.
  std::vector<Word> targets;
  std::vector<Word> sources;
};

// Nothing for a command that is not known to write. `words` starts with the command's name, which
// may have folders before it.
Written written_by(std::span<const Word> words);

// The words without options; `with_value` are the letters of the short options, and `long_value`
// the names of the long ones, that take the next word along.
std::vector<Word> operands(std::span<const Word> words, std::string_view with_value,
                           std::span<const std::string_view> long_value = {});

// The name of a program without its folders.
std::string_view base_name(std::string_view path);

}  // namespace gs::agents
