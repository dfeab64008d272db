#include "lib/conflicts/conflict.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>

#include "lib/core/text.h"

namespace gs::conflicts {

namespace {

// A line of git's markers: seven of the mark, then a blank and a name, or nothing.
bool is_marker(std::string_view line, char mark) {
  constexpr std::size_t kLength = 7;
  if (line.size() < kLength || line.substr(0, kLength) != std::string(kLength, mark)) return false;
  return line.size() == kLength || line[kLength] == ' ' || line[kLength] == '\r';
}

enum class Part { outside, ours, base, theirs };

}  // namespace

bool MergeSide::changed(std::string_view path) const {
  return core::change_at(changes, path) != nullptr;
}

std::string_view kind_name(ConflictKind kind) {
  constexpr std::array<std::string_view, 13> kNames{
      "conflict",  "broken-import", "interface", "unbound-name", "defined-twice", "layer", "circle",
      "migration", "requirement",   "fixture",   "undone",       "both-changed",  "import"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<ConflictHunk> conflict_hunks(std::string_view text) {
  std::vector<ConflictHunk> hunks;
  Part part = Part::outside;
  ConflictHunk hunk;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view whole =
        text.substr(0, text.find('\n') == text.npos ? text.size() : text.find('\n') + 1);
    text.remove_prefix(whole.size());
    const std::string_view line = whole.substr(0, whole.find('\n'));
    if (part == Part::outside && is_marker(line, '<')) {
      hunk = {number, {}, {}};
      part = Part::ours;
    } else if (part == Part::ours && is_marker(line, '|')) {
      part = Part::base;
    } else if ((part == Part::ours || part == Part::base) && is_marker(line, '=')) {
      part = Part::theirs;
    } else if (part == Part::theirs && is_marker(line, '>')) {
      hunks.push_back(std::move(hunk));
      part = Part::outside;
    } else if (part == Part::ours) {
      hunk.ours += whole;
    } else if (part == Part::theirs) {
      hunk.theirs += whole;
    }
  }
  return hunks;
}

std::string next_step(const Conflict& conflict, const std::vector<MergeSide>& sides,
                      const core::BranchName& into) {
  const std::size_t later = std::max(conflict.first.side, conflict.second.side),
                    sooner = std::min(conflict.first.side, conflict.second.side);
  const MergeSide& side = sides[later];
  const std::string first = sides[conflict.first.side].title(),
                    second = sides[conflict.second.side].title();
  const char* const track = side.remote.empty() ? "" : "--track ";
  const std::string merge = fmt::format(
      "{}merge {}",
      side.worktree.empty()
          ? fmt::format("git switch {}{} && git ", track, core::quote_shell(side.branch.str()))
          : "git -C " + core::quote_shell(side.worktree.string()) + " ",
      core::quote_shell(into.str()));
  const std::string when = sooner == 0 ? "" : "once " + sides[sooner].title() + " is merged: ";
  switch (conflict.kind) {
    case ConflictKind::text:
      return fmt::format("{}{}, mend it, commit", when, merge);
    case ConflictKind::broken_import:
    case ConflictKind::interface:
    case ConflictKind::unbound_name:
    case ConflictKind::layer:
    case ConflictKind::migration:
    case ConflictKind::requirement:
    case ConflictKind::fixture:
      if (conflict.first.side == conflict.second.side) return merge + ", mend it, commit";
      return fmt::format("keep it in {}, or change {} in {}", second,
                         core::quote_path(conflict.first.path), first);
    case ConflictKind::circle:
      return fmt::format("take one of the two imports out, in {} or in {}", first, second);
    case ConflictKind::defined_twice:
      return fmt::format("keep one of the two, in {} or in {}", first, second);
    case ConflictKind::both_changed:
      return fmt::format("nothing, or agree on it: {} is merged after {}", sides[later].title(),
                         sides[sooner].title());
    case ConflictKind::undone:  // which says itself what is next
    case ConflictKind::imports:
      break;
  }
  return fmt::format("merge {} before {}, or tell them: git stream handoff", second, first);
}

}  // namespace gs::conflicts
