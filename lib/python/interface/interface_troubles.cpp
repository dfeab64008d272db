#include "lib/python/interface/interface_troubles.h"

#include <algorithm>
#include <array>

namespace gs::python {

namespace {

using core::Partial;
using core::Trouble;

// The grammar's scanner keeps columns in a byte.
constexpr std::size_t kWidest = 255;

bool begins_as_conflict(std::string_view line) {
  static constexpr std::array<std::string_view, 4> kMarkers{"<<<<<<<", "|||||||",
                                                            "=======", ">>>>>>>"};
  return std::ranges::any_of(kMarkers,
                             [&](std::string_view mark) { return line.starts_with(mark); });
}

// A broken region's first child that is no statement: what did not fit.
std::uint32_t line_of_error(TSNode error) {
  Cursor cursor(error);
  if (!cursor.down()) return line_of(error);
  do {
    const Kind kind = kind_of(cursor.node());
    if (!is_statement(kind) && kind != Kind::comment) return line_of(cursor.node());
  } while (cursor.next());
  return line_of(error);
}

Partial trouble_of(const PythonTree& tree, TSNode node) {
  const std::uint32_t line = ts_node_is_missing(node) ? line_of(node) : line_of_error(node);
  const TSPoint start = ts_node_start_point(node);
  const std::string_view rest = tree.text().substr(ts_node_start_byte(node) - start.column);
  if (begins_as_conflict(rest)) return {Trouble::conflict_marker, start.row + 1};
  return {Trouble::syntax, line};
}

// 'one
// line': the scanner lets a line end pass at a string's begin.
bool is_broken_string(const PythonTree& tree, TSNode string) {
  bool single = false, broken = false;
  each_child(string, [&](TSNode part, TSFieldId) {
    const std::string_view text = tree.text(part);
    if (kind_of(part) == Kind::string_start) {
      single = !text.ends_with("\"\"\"") && !text.ends_with("'''");
    } else if (kind_of(part) == Kind::string_content) {
      for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        const std::size_t slashes = at - (text.find_last_not_of('\\', at == 0 ? 0 : at - 1) + 1);
        broken = broken || at == 0 || slashes % 2 == 0;
      }
    }
  });
  return single && broken;
}

void find_in(const PythonTree& tree, std::vector<Partial>& found) {
  Cursor cursor(tree.root());
  for (bool more = true; more;) {
    const TSNode node = cursor.node();
    const Kind kind = kind_of(node);
    bool below =
        ts_node_has_error(node) || ts_node_start_point(node).row != ts_node_end_point(node).row;
    if (ts_node_is_missing(node)) {
      found.push_back(trouble_of(tree, node));
      below = false;
    } else if (kind == Kind::error) {
      found.push_back(trouble_of(tree, node));
    } else if (kind == Kind::string && below && is_broken_string(tree, node)) {
      found.push_back({Trouble::open_string, line_of(node)});
    }
    if (below && cursor.down()) continue;
    while (more && !cursor.next()) more = cursor.up();
  }
}

void find_wide_lines(std::string_view text, std::vector<Partial>& found) {
  std::uint32_t line = 1;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::size_t width = 0;
    for (std::size_t i = 0; i < end && (text[i] == ' ' || text[i] == '\t'); ++i) {
      width += text[i] == ' ' ? 1U : 8U;
    }
    const bool blank = text.substr(0, end).find_first_not_of(" \t\f") == text.npos;
    if (width > kWidest && !blank) {
      found.push_back({Trouble::indentation, line});
      return;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line;
  }
}

}  // namespace

std::vector<Partial> troubles_of(const PythonTree& tree) {
  std::vector<Partial> found;
  find_in(tree, found);
  find_wide_lines(tree.text(), found);
  return found;
}

}  // namespace gs::python
