#include "plugins/git-stream/output/conflicts_text.h"

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/text.h"
#include "plugins/git-stream/output/stream_names.h"
#include "plugins/git-stream/output/styled_text.h"

namespace gs::command {

namespace {

using conflicts::Conflict;
using conflicts::ConflictPlace;
using conflicts::ConflictReport;
using conflicts::MergeSide;
using conflicts::PairVerdict;

constexpr std::size_t kHunks = 3, kLines = 4, kNotes = 12, kConflicts = 40;

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

std::string where(const ConflictPlace& place) {
  std::string text = core::quote_path(place.path);
  if (place.line > 0) text += fmt::format(":{}", place.line);
  return text;
}

std::string whose(const std::vector<MergeSide>& sides, const ConflictPlace& place) {
  std::string text = core::printable(sides[place.side].title());
  if (!place.who.empty()) text += ": " + core::printable(place.who);
  if (!place.own_path.empty()) {
    text += " " + core::quote_path(place.own_path);
  } else if (!place.path.empty()) {
    text += " " + where(place);
  }
  return text;
}

// "2 E Models": as the column is headed, then its name.
std::string row_title(const MergeSide& side) {
  if (!side.stream) return core::printable(side.branch.str());
  if (!side.label.empty()) return side.stream->str() + " " + core::printable(side.label);
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

const PairVerdict* find(const ConflictReport& conflicts, std::size_t one, std::size_t other) {
  const auto pair = std::ranges::find_if(conflicts.pairs, [&](const PairVerdict& verdict) {
    return verdict.one == one && verdict.other == other;
  });
  return pair == conflicts.pairs.end() ? nullptr : &*pair;
}

std::string matrix(const ConflictReport& conflicts, const Ink& ink) {
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
  return out + ink(Tone::faint, "  ✗ conflicts  ~ worth knowing  · nothing\n");
}

std::string findings(const ConflictReport& report, const Ink& ink) {
  std::string out;
  std::size_t blockers = 0, notes = 0;
  const auto blocking = static_cast<std::size_t>(std::ranges::count_if(
      report.conflicts, [](const Conflict& conflict) { return conflict.blocks; }));
  for (const Conflict& conflict : report.conflicts) {
    std::size_t& said = conflict.blocks ? blockers : notes;
    if (++said > (conflict.blocks ? kConflicts : kNotes)) continue;
    if (said == 1 && conflict.blocks)
      out += "\n" +
             ink(Tone::bad, blocking == 1 ? "1 conflict" : fmt::format("{} conflicts", blocking)) +
             ":\n";
    if (said == 1 && !conflict.blocks) out += "\n" + ink(Tone::busy, "worth knowing") + ":\n";
    out += conflict_text(report.sides, conflict, ink);
  }
  if (blockers > kConflicts || notes > kNotes) {
    out += fmt::format(
        "  … and {} more: git stream conflicts --json\n",
        (blockers - std::min(blockers, kConflicts)) + (notes - std::min(notes, kNotes)));
  }
  return out;
}

void write_place(core::JsonWriter& json, std::string_view name, const std::vector<MergeSide>& sides,
                 const ConflictPlace& place) {
  json.key(name).begin_object().member("side", sides[place.side].title());
  json.member("agent", place.who).member("file", core::json_path(place.path));
  json.member("line", place.line).key("renamed_from");
  place.own_path.empty() ? json.null() : json.value(core::json_path(place.own_path));
  json.end_object();
}

void write_conflict(core::JsonWriter& json, const std::vector<MergeSide>& sides,
                    const Conflict& conflict) {
  json.begin_object().member("kind", conflicts::kind_name(conflict.kind));
  json.member("severity", conflict.blocks ? "block" : "warn");
  write_place(json, "first", sides, conflict.first);
  write_place(json, "second", sides, conflict.second);
  json.member("message", conflict.message).member("next", conflict.next);
  json.key("hunks").begin_array();
  for (const conflicts::ConflictHunk& hunk : conflict.hunks) {
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

bool is_among(const std::vector<conflicts::OrderedStream>& streams,
              const conflicts::StreamBranch& branch) {
  return std::ranges::any_of(streams, [&](const conflicts::OrderedStream& stream) {
    return std::ranges::any_of(stream.branches, [&](const conflicts::OrderedBranch& one) {
      return one.branch.name == branch.name;
    });
  });
}

bool is_among(const std::vector<conflicts::OrderedStream>& streams,
              const conflicts::RemoteDifference& difference) {
  conflicts::StreamBranch branch;
  branch.name = difference.branch;
  return is_among(streams, branch);
}

std::string difference_text(const conflicts::RemoteDifference& difference) {
  const std::string local = difference.branch.str(), remote = difference.remote.str();
  return fmt::format("  {} has {} that {} has not, which was looked at (git log {}..{})\n",
                     core::printable(remote), core::counted(difference.ahead, "commit"),
                     core::printable(local), core::quote_shell(local), core::quote_shell(remote));
}

}  // namespace

std::string remote_text(const conflicts::RemoteBranches& remote,
                        const std::vector<conflicts::OrderedStream>& streams, const Ink& ink) {
  std::string out;
  for (const conflicts::StreamBranch& branch : remote.only) {
    if (is_among(streams, branch))
      out += fmt::format("  {}: {}, which is not here\n", branch.stream.str(),
                         core::printable(branch.name.str()));
  }
  for (const conflicts::RemoteDifference& difference : remote.differences) {
    if (is_among(streams, difference)) out += difference_text(difference);
  }
  if (remote.left_out > 0)
    out += fmt::format("  {} more with older commits, which were not looked at\n", remote.left_out);
  return out.empty() ? out : "\n" + ink(Tone::faint, "at remotes") + ":\n" + out;
}

void write_remote(core::JsonWriter& json, const conflicts::RemoteBranches& remote) {
  json.key("differences").begin_array();
  for (const conflicts::RemoteDifference& difference : remote.differences) {
    json.begin_object().member("branch", core::json_path(difference.branch.str()));
    json.member("remote", core::json_path(difference.remote.str()));
    json.member("ahead", difference.ahead).end_object();
  }
  json.end_array().member("left_out", remote.left_out);
}

void write_remote_name(core::JsonWriter& json, const std::string& remote) {
  json.key("remote");
  remote.empty() ? json.null() : json.value(remote);
}

std::string titles(const std::vector<MergeSide>& sides, const std::vector<std::size_t>& numbers) {
  return core::joined(numbers,
                      [&](std::size_t number) { return core::printable(sides[number].title()); });
}

std::string conflict_text(const std::vector<MergeSide>& sides, const Conflict& conflict,
                          const Ink& ink) {
  const std::string place = conflict.first.path.empty() ? "" : where(conflict.first) + ": ";
  std::string out = "  " + ink(Tone::strong, place) + core::printable(conflict.message) + '\n';
  out += fmt::format("    {}; {}\n", whose(sides, conflict.first), whose(sides, conflict.second));
  for (std::size_t i = 0; i < std::min(kHunks, conflict.hunks.size()); ++i) {
    out += side_lines(core::printable(sides[conflict.first.side].title()), conflict.hunks[i].ours,
                      ink);
    out += side_lines(core::printable(sides[conflict.second.side].title()),
                      conflict.hunks[i].theirs, ink);
  }
  if (conflict.hunks.size() > kHunks)
    out += fmt::format("    … and {} more in this file\n", conflict.hunks.size() - kHunks);
  if (!conflict.next.empty()) out += "    " + ink(Tone::faint, "next: " + conflict.next) + '\n';
  return out;
}

std::string simulation_text(const std::vector<MergeSide>& sides,
                            const conflicts::MergeSimulation& simulation, const Ink& ink) {
  if (simulation.order.empty()) return {};
  if (simulation.fine()) {
    std::string out = fmt::format("\nmerged one after the other ({}) they {}\n",
                                  titles(sides, simulation.order), ink(Tone::good, "go through"));
    for (std::size_t i = 0; i < std::min(kConflicts, simulation.circles.size()); ++i)
      out += conflict_text(sides, simulation.circles[i], ink);
    return out;
  }
  const std::size_t at = *simulation.breaks;
  std::string out = fmt::format("\nmerged one after the other ({}) {}: {} with {}\n",
                                titles(sides, simulation.order), ink(Tone::bad, "it breaks"),
                                core::printable(sides[simulation.order[at]].title()),
                                core::printable(sides[simulation.with].title()));
  for (std::size_t i = 0; i < std::min(kConflicts, simulation.conflicts.size()); ++i)
    out += conflict_text(sides, simulation.conflicts[i], ink);
  if (simulation.other) {
    out += fmt::format("another order {}: {}\n", ink(Tone::good, "goes through"),
                       titles(sides, *simulation.other));
  } else if (simulation.gave_up) {
    out += fmt::format("no other order was found in {}: gave up\n",
                       core::counted(simulation.merges, "merge"));
  } else {
    out += "no other order goes through\n";
  }
  return out;
}

void write_simulation(core::JsonWriter& json, const std::vector<MergeSide>& sides,
                      const conflicts::MergeSimulation& simulation) {
  json.key("rehearsal").begin_object().member("goes_through", simulation.fine());
  write_titles(json, "order", sides, simulation.order);
  json.key("breaks");
  simulation.fine() ? json.null() : json.value(sides[simulation.order[*simulation.breaks]].title());
  json.key("with");
  simulation.fine() ? json.null() : json.value(sides[simulation.with].title());
  json.key("findings").begin_array();
  for (const Conflict& conflict : simulation.conflicts) write_conflict(json, sides, conflict);
  json.end_array().key("circles").begin_array();
  for (const Conflict& conflict : simulation.circles) write_conflict(json, sides, conflict);
  json.end_array().key("other_order");
  if (simulation.other) {
    json.begin_array();
    for (const std::size_t number : *simulation.other) json.value(sides[number].title());
    json.end_array();
  } else {
    json.null();
  }
  json.member("gave_up", simulation.gave_up).member("merges", simulation.merges).end_object();
}

std::string conflicts_text(const ConflictReport& conflicts, const Ink& ink) {
  const std::string into = core::printable(conflicts.order.into.str());
  const std::string remote = remote_text(conflicts.remote, conflicts.order.streams, ink);
  if (conflicts.sides.size() < 2) return "nothing to merge into " + into + '\n' + remote;
  std::string out = fmt::format("if they were merged into {} now:\n\n", into);
  out += matrix(conflicts, ink) + remote + findings(conflicts, ink);
  if (conflicts.conflicts.empty() && conflicts.troubles.empty())
    out += "\nno two of them conflict\n";
  if (!conflicts.troubles.empty())
    out += "\n" + ink(Tone::bad, "not all could be looked at") + ":\n";
  for (const std::string& trouble : conflicts.troubles)
    out += "  " + core::printable(trouble) + '\n';
  return out + simulation_text(conflicts.sides, conflicts.simulation, ink);
}

void write_conflicts(core::JsonWriter& json, const ConflictReport& conflicts) {
  const auto& sides = conflicts.sides;
  json.member("into", core::json_path(conflicts.order.into.str())).key("streams").begin_array();
  for (std::size_t i = 1; i < sides.size(); ++i) {
    json.begin_object().member("stream", sides[i].stream->str()).member("name", sides[i].name);
    json.member("title", sides[i].title());
    json.member("branch", core::json_path(sides[i].branch.str()));
    write_remote_name(json, sides[i].remote);
    json.member("tip", sides[i].head.hex()).member("files", sides[i].changes.size());
    json.member("uncommitted", sides[i].uncommitted.size()).key("trouble");
    sides[i].trouble.empty() ? json.null() : json.value(sides[i].trouble);
    json.end_object();
  }
  json.end_array().key("pairs").begin_array();
  for (const PairVerdict& pair : conflicts.pairs) {
    json.begin_object().member("first", sides[pair.one].title());
    json.member("second", sides[pair.other].title()).member("clashes", pair.blocking);
    json.member("notes", pair.notes).key("both_changed").begin_array();
    for (const std::string& path : pair.both_changed) json.value(core::json_path(path));
    json.end_array().end_object();
  }
  json.end_array().key("findings").begin_array();
  for (const Conflict& conflict : conflicts.conflicts) write_conflict(json, sides, conflict);
  json.end_array();
  write_simulation(json, sides, conflicts.simulation);
  write_remote(json, conflicts.remote);
  json.key("troubles").begin_array();
  for (const std::string& trouble : conflicts.troubles) json.value(trouble);
  json.end_array();
}

}  // namespace gs::command
