#include "lib/agents/settings/marked_block.h"

#include <optional>

#include "lib/core/error.h"
#include "lib/core/text.h"

namespace gs::agents {

namespace {

struct Block {
  std::size_t begin = 0, end = 0;  // of the text: the first mark, and behind the second's line end
  bool ended = false;              // that line end is there
};

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

[[noreturn]] void fail(const std::string& file, std::string_view mark) {
  throw core::Error(
      core::ExitCode::usage,
      file + ": '" + std::string(mark) + "' is there without the other mark, or twice",
      "mend it, or take the lines of git stream out");
}

std::optional<Block> find_block(const std::string& text, const BlockMarks& marks,
                                const std::string& file) {
  std::optional<Block> block;
  bool whole = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::string_view line = without_return(std::string_view(text).substr(at, newline - at));
    const std::size_t next = newline == text.npos ? text.size() : newline + 1;
    if (line == marks.begin) {
      if (block) fail(file, marks.begin);
      block = Block{at, 0, false};
    } else if (line == marks.end) {
      if (!block || whole) fail(file, marks.end);
      whole = true;
      block->end = next;
      block->ended = newline != text.npos;
    }
    at = next;
  }
  if (block && !whole) fail(file, marks.begin);
  return block;
}

// As the text has it in its first line.
std::string_view line_end(const std::string& text) {
  const std::size_t newline = text.find('\n');
  const bool both = newline != text.npos && newline > 0 && text[newline - 1] == '\r';
  return both ? "\r\n" : "\n";
}

std::string block_text(const BlockMarks& marks, std::string_view lines, std::string_view end) {
  std::string text = std::string(marks.begin) + std::string(end);
  while (!lines.empty()) text += std::string(core::take_line(lines)) + std::string(end);
  return text + std::string(marks.end);
}

}  // namespace

// A text without a line end at its end gets a block without one: so it is known again.
std::string with_block(const std::string& text, const BlockMarks& marks, std::string_view lines,
                       const std::string& file) {
  const std::string end(line_end(text));
  const std::string ours = block_text(marks, lines, end);
  if (const auto block = find_block(text, marks, file))
    return text.substr(0, block->begin) + ours + (block->ended ? end : "") +
           text.substr(block->end);
  if (text.empty()) return ours + end;
  return text.ends_with('\n') ? text + end + ours + end : text + end + end + ours;
}

std::string without_block(const std::string& text, const BlockMarks& marks,
                          const std::string& file) {
  const auto block = find_block(text, marks, file);
  if (!block) return text;
  const std::string end(line_end(text));
  std::string before = text.substr(0, block->begin);
  for (int ends = block->ended ? 1 : 2; ends > 0 && before.ends_with(end); --ends)
    before.erase(before.size() - end.size());
  // The only line end was its own.
  const bool first = !before.empty() && !before.ends_with('\n') && block->ended;
  return before + (first ? end : "") + text.substr(block->end);
}

}  // namespace gs::agents
