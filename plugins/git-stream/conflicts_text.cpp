#include "plugins/git-stream/conflicts_text.h"

#include <algorithm>
#include <fmt/format.h>

#include "lib/core/display_width.h"
#include "lib/core/text.h"
#include "plugins/git-stream/stream_words.h"
#include "plugins/git-stream/styled_text.h"

namespace gs::command {

namespace {

using streams::Clash;
using streams::ClashPlace;
using streams::Conflicts;
using streams::MergeSide;
using streams::PairVerdict;

constexpr std::size_t kHunks = 3, kLines = 4, kNotes = 12, kClashes = 40;

// The first lines of one side of a conflict.
std::string side_lines(const std::string& title, std::string_view text, const Ink& ink) {
  std::string out;
  std::size_t lines = 0;
  for (; !text.empty() && lines < kLines; ++lines) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    out += fmt::format("    {} {}\n", ink(Tone::strong, title + " |"), core::printable(line));
  }
  if (!text.empty()) out += fmt::format("    {} …\n", ink(Tone::strong, title + " |"));
  if (lines == 0) out += fmt::format("    {} nothing\n", ink(Tone::strong, title + " |"));
  return out;
}

std::string where(const ClashPlace& place) {
  std::string text = core::quote_path(place.path);
  if (place.line > 0) text += fmt::format(":{}", place.line);
  return text;
}

std::string whose(const std::vector<MergeSide>& sides, const ClashPlace& place) {
  std::string text = core::printable(sides[place.side].title());
  if (!place.who.empty()) text += ": " + core::printable(place.who);
  if (!place.path.empty()) text += " " + where(place);
  return text;
}

// "2 E Models": as the column is headed, then its name.
std::string row_title(const MergeSide& side) {
  if (!side.stream) return core::printable(side.branch.str());
  return stream_title(*side.stream, side.name);
}

struct Cell {
  std::string text = "·";
  Tone tone = Tone::faint;
};

Cell cell_of(const PairVerdict* verdict) {
  if (verdict == nullptr) return {"", Tone::plain};
  if (verdict->blocking > 0) return {fmt::format("✗{}", verdict->blocking), Tone::bad};
  if (verdict->notes > 0) return {fmt::format("~{}", verdict->notes), Tone::busy};
  return {};
}

const PairVerdict* find(const Conflicts& conflicts, std::size_t one, std::size_t other) {
  const auto pair = std::ranges::find_if(conflicts.pairs, [&](const PairVerdict& verdict) {
    return verdict.one == one && verdict.other == other;
  });
  return pair == conflicts.pairs.end() ? nullptr : &*pair;
}

std::string matrix(const Conflicts& conflicts, const Ink& ink) {
  const auto& sides = conflicts.sides;
  constexpr std::size_t kWidest = 20, kCell = 4;
  std::size_t names = 0, cells = kCell;
  for (const MergeSide& side : sides) {
    names = std::max(names, std::min(kWidest, core::display_width(row_title(side))));
    if (side.stream) cells = std::max(cells, core::display_width(side.title()) + 1);
  }
  const auto line = [&](const std::string& title, const auto& cell, std::size_t from) {
    std::string out = "  " + padded(title, names);
    for (std::size_t column = 1; column < sides.size(); ++column) {
      const Cell one = column >= from ? cell(column) : Cell{"", Tone::plain};
      out += std::string(cells - std::min(cells, core::display_width(one.text)), ' ') +
             ink(one.tone, one.text);
    }
    while (out.ends_with(' ')) out.pop_back();
    return out + '\n';
  };
  std::string out = line(
      "",
      [&](std::size_t i) {
        return Cell{sides[i].title(), Tone::strong};
      },
      1);
  const bool moved =
      std::ranges::any_of(conflicts.pairs, [](const PairVerdict& pair) { return pair.one == 0; });
  for (std::size_t row = moved ? 0 : 1; row < sides.size(); ++row) {
    const std::string title = cut_to_width(row_title(sides[row]), kWidest);
    const auto cell = [&](std::size_t i) {
      if (i == row) return Cell{"—", Tone::faint};
      if (row == 0 && find(conflicts, 0, i) == nullptr) return Cell{};
      return cell_of(find(conflicts, row, i));
    };
    out += line(core::printable(title), cell, row);
  }
  return out + ink(Tone::faint, "  ✗ clashes  ~ worth knowing  · nothing\n");
}

std::string findings(const Conflicts& conflicts, const Ink& ink) {
  std::string out;
  std::size_t clashes = 0, notes = 0;
  const auto blocking = static_cast<std::size_t>(
      std::ranges::count_if(conflicts.clashes, [](const Clash& clash) { return clash.blocks; }));
  for (const Clash& clash : conflicts.clashes) {
    std::size_t& said = clash.blocks ? clashes : notes;
    if (++said > (clash.blocks ? kClashes : kNotes)) continue;
    if (said == 1 && clash.blocks)
      out += "\n" +
             ink(Tone::bad, blocking == 1 ? "1 clash" : fmt::format("{} clashes", blocking)) +
             ":\n";
    if (said == 1 && !clash.blocks) out += "\n" + ink(Tone::busy, "worth knowing") + ":\n";
    out += clash_text(conflicts.sides, clash, ink);
  }
  if (clashes > kClashes || notes > kNotes) {
    out += fmt::format("  … and {} more: git stream conflicts --json\n",
                       (clashes - std::min(clashes, kClashes)) + (notes - std::min(notes, kNotes)));
  }
  return out;
}

void write_place(core::JsonWriter& json, std::string_view name, const std::vector<MergeSide>& sides,
                 const ClashPlace& place) {
  json.key(name).begin_object().member("side", sides[place.side].title());
  json.member("agent", place.who).member("file", core::json_path(place.path));
  json.member("line", place.line).end_object();
}

void write_clash(core::JsonWriter& json, const std::vector<MergeSide>& sides, const Clash& clash) {
  json.begin_object().member("kind", streams::clash_name(clash.kind));
  json.member("severity", clash.blocks ? "block" : "warn");
  write_place(json, "first", sides, clash.first);
  write_place(json, "second", sides, clash.second);
  json.member("message", clash.message).member("next", clash.next);
  json.key("hunks").begin_array();
  for (const streams::ConflictHunk& hunk : clash.hunks) {
    json.begin_object().member("line", hunk.line).member("first", hunk.ours);
    json.member("second", hunk.theirs).end_object();
  }
  json.end_array().end_object();
}

void write_titles(core::JsonWriter& json, std::string_view name,
                  const std::vector<MergeSide>& sides, const std::vector<std::size_t>& numbers) {
  json.key(name).begin_array();
  for (const std::size_t number : numbers) json.value(sides[number].title());
  json.end_array();
}

}  // namespace

std::string titles(const std::vector<MergeSide>& sides, const std::vector<std::size_t>& numbers) {
  std::string text;
  for (const std::size_t number : numbers)
    text += (text.empty() ? "" : ", ") + core::printable(sides[number].title());
  return text;
}

std::string clash_text(const std::vector<MergeSide>& sides, const Clash& clash, const Ink& ink) {
  const std::string place = clash.first.path.empty() ? "" : where(clash.first) + ": ";
  std::string out = "  " + ink(Tone::strong, place) + core::printable(clash.message) + '\n';
  out += fmt::format("    {}; {}\n", whose(sides, clash.first), whose(sides, clash.second));
  for (std::size_t i = 0; i < std::min(kHunks, clash.hunks.size()); ++i) {
    out += side_lines(core::printable(sides[clash.first.side].title()), clash.hunks[i].ours, ink);
    out +=
        side_lines(core::printable(sides[clash.second.side].title()), clash.hunks[i].theirs, ink);
  }
  if (clash.hunks.size() > kHunks)
    out += fmt::format("    … and {} more in this file\n", clash.hunks.size() - kHunks);
  if (!clash.next.empty()) out += "    " + ink(Tone::faint, "next: " + clash.next) + '\n';
  return out;
}

std::string rehearsal_text(const std::vector<MergeSide>& sides, const streams::Rehearsal& train,
                           const Ink& ink) {
  if (train.order.empty()) return {};
  if (train.fine()) {
    return fmt::format("\nmerged one after the other ({}) they {}\n", titles(sides, train.order),
                       ink(Tone::good, "go through"));
  }
  const std::size_t at = *train.breaks;
  std::string out =
      fmt::format("\nmerged one after the other ({}) {}: {} with {}\n", titles(sides, train.order),
                  ink(Tone::bad, "it breaks"), core::printable(sides[train.order[at]].title()),
                  core::printable(sides[train.with].title()));
  for (std::size_t i = 0; i < std::min(kClashes, train.clashes.size()); ++i)
    out += clash_text(sides, train.clashes[i], ink);
  if (train.other) {
    out += fmt::format("another order {}: {}\n", ink(Tone::good, "goes through"),
                       titles(sides, *train.other));
  } else if (train.gave_up) {
    out += fmt::format("no other order was found in {}: gave up\n",
                       core::counted(train.merges, "merge"));
  } else {
    out += "no other order goes through\n";
  }
  return out;
}

void write_rehearsal(core::JsonWriter& json, const std::vector<MergeSide>& sides,
                     const streams::Rehearsal& train) {
  json.key("rehearsal").begin_object().member("goes_through", train.fine());
  write_titles(json, "order", sides, train.order);
  json.key("breaks");
  train.fine() ? json.null() : json.value(sides[train.order[*train.breaks]].title());
  json.key("with");
  train.fine() ? json.null() : json.value(sides[train.with].title());
  json.key("findings").begin_array();
  for (const Clash& clash : train.clashes) write_clash(json, sides, clash);
  json.end_array().key("other_order");
  if (train.other) {
    json.begin_array();
    for (const std::size_t number : *train.other) json.value(sides[number].title());
    json.end_array();
  } else {
    json.null();
  }
  json.member("gave_up", train.gave_up).member("merges", train.merges).end_object();
}

std::string conflicts_text(const Conflicts& conflicts, const Ink& ink) {
  const std::string into = core::printable(conflicts.order.into.str());
  if (conflicts.sides.size() < 2) return "nothing to merge into " + into + '\n';
  std::string out = fmt::format("if they were merged into {} now:\n\n", into);
  out += matrix(conflicts, ink) + findings(conflicts, ink);
  if (conflicts.clashes.empty()) out += "\nno two of them clash\n";
  return out + rehearsal_text(conflicts.sides, conflicts.train, ink);
}

void write_conflicts(core::JsonWriter& json, const Conflicts& conflicts) {
  const auto& sides = conflicts.sides;
  json.member("into", core::json_path(conflicts.order.into.str())).key("streams").begin_array();
  for (std::size_t i = 1; i < sides.size(); ++i) {
    json.begin_object().member("stream", sides[i].title()).member("name", sides[i].name);
    json.member("branch", core::json_path(sides[i].branch.str()));
    json.member("tip", sides[i].head.hex()).member("files", sides[i].changes.size());
    json.member("uncommitted", sides[i].uncommitted.size()).end_object();
  }
  json.end_array().key("pairs").begin_array();
  for (const PairVerdict& pair : conflicts.pairs) {
    json.begin_object().member("first", sides[pair.one].title());
    json.member("second", sides[pair.other].title()).member("clashes", pair.blocking);
    json.member("notes", pair.notes).end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const Clash& clash : conflicts.clashes) write_clash(json, sides, clash);
  json.end_array();
  write_rehearsal(json, sides, conflicts.train);
  json.key("troubles").begin_array();
  for (const std::string& trouble : conflicts.troubles) json.value(trouble);
  json.end_array();
}

}  // namespace gs::command
