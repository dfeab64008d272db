#include "lib/python/interface/broken_source.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lib/python/interface/statements.h"

namespace gs::python {

namespace {

constexpr std::size_t kMostPieces = 1000;  // a file of broken lines is not worth more

struct Range {
  std::size_t start = 0, end = 0;
};

struct Piece {
  Range range;
  std::uint32_t lines_before = 0;
};

// Statements of the top level that are broken, or hold what is.
std::vector<Range> broken_ranges(const PythonTree& tree) {
  const TSNode root = tree.root();
  std::vector<Range> ranges;
  if (kind_of(root) == Kind::error) return {{0, tree.text().size()}};
  each_child(root, [&](TSNode child, TSFieldId) {
    if (ts_node_has_error(child)) {
      ranges.push_back({ts_node_start_byte(child), ts_node_end_byte(child)});
    }
  });
  return ranges;
}

bool starts_with_any(std::string_view line, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return line.starts_with(word); });
}

// The source from each line that begins with a word that no expression can hold to the next.
std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  std::uint32_t line = 0;
  bool decorated = false;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view rest = text.substr(at, end - at);
    const bool definition = starts_with_any(rest, {"def ", "class ", "async def "});
    const bool decorator = rest.starts_with('@');
    if (!decorated && (definition || decorator || starts_with_any(rest, {"import ", "from "}))) {
      if (!pieces.empty()) pieces.back().range.end = at;
      pieces.push_back({{at, text.size()}, line});
    }
    decorated = decorator || (decorated && !definition);
    at = end;
  }
  return pieces;
}

// Whether the grammar took the place for text, not code.
bool in_string(const PythonTree& tree, std::size_t at) {
  const auto byte = static_cast<std::uint32_t>(at);
  const Kind kind = kind_of(ts_node_descendant_for_byte_range(tree.root(), byte, byte + 1));
  return kind == Kind::string || kind == Kind::string_content;
}

void shift(core::Definition& definition, std::uint32_t lines) {
  definition.line += lines;
  for (core::Definition& member : definition.members) shift(member, lines);
}

}  // namespace

void rescue(const PythonTree& tree, std::chrono::milliseconds limit, core::Interface& interface) {
  const std::vector<Range> broken = broken_ranges(tree);
  if (broken.empty()) return;
  std::unordered_set<std::string> known;
  for (const core::Definition& definition : interface.definitions) known.insert(definition.name);
  std::size_t tried = 0;
  for (const Piece& piece : pieces_of(tree.text())) {
    const auto [start, end] = piece.range;
    const auto near = std::ranges::upper_bound(broken, start, {}, &Range::end);
    if (near == broken.end() || near->start >= end || in_string(tree, start)) continue;
    if (++tried > kMostPieces) break;
    const auto part = PythonTree::parse(tree.text().substr(start, end - start), limit);
    if (!part) break;
    if (ts_node_has_error(part->root())) continue;
    core::Interface found = InterfaceWalk(*part).run();
    for (core::Definition& definition : found.definitions) {
      if (known.contains(definition.name)) continue;
      shift(definition, piece.lines_before);
      interface.definitions.push_back(std::move(definition));
    }
    for (core::StarImport& star : found.stars) {
      if (std::ranges::find(interface.stars, star) == interface.stars.end()) {
        interface.stars.push_back(std::move(star));
      }
    }
    interface.has_getattr = interface.has_getattr || found.has_getattr;
    interface.dynamic = interface.dynamic || found.dynamic;
    interface.all_unclear = interface.all_unclear || found.all || found.all_unclear;
  }
  if (interface.all_unclear) interface.all.reset();
  std::ranges::stable_sort(interface.definitions, {}, &core::Definition::line);
}

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
