#pragma once
// Lines of ours in a text file of others, between two lines that mark them. What is not between
// them keeps its bytes, line ends and all; taking ours out restores what was there before.

#include <string>
#include <string_view>

namespace gs::agents {

struct BlockMarks {
  std::string_view begin, end;  // whole lines, without a line end
};

// With `lines` (each with its newline) in the place of those that stand between the marks, or at
// the end of the text. Throws core::Error (usage) naming the file where a mark is without its
// other.
std::string with_block(const std::string& text, const BlockMarks& marks, std::string_view lines,
                       const std::string& file);
// Throws likewise. The text itself where there is no block.
std::string without_block(const std::string& text, const BlockMarks& marks,
                          const std::string& file);

}  // namespace gs::agents
