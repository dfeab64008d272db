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

}  // namespace gs::python
