#include <algorithm>
#include <fmt/format.h>

#include "lib/core/text.h"
#include "lib/report/finding_text.h"
#include "lib/report/markup.h"
#include "lib/report/renderings.h"
#include "lib/report/time_axis.h"

namespace gs::report {

namespace {

// Text that means nothing but itself in CommonMark, in a table's cell too, and in HTML within it.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : core::printable(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      if (std::string_view("\\`*_{}[]()#+-!|>~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

// In backticks, more of them than any run within; a bar would end a table's cell all the same.
std::string code(std::string_view text) {
  std::string shown = core::printable(text);
  std::size_t run = 0, longest = 0;
  for (char& c : shown) {
    if (c == '|') c = '?';
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string pad = longest > 0 ? " " : "";
  return shown.empty() ? "" : fence + pad + shown + pad + fence;
}

std::string path_code(std::string_view path) {
  return code(core::quote_path(path));
}

// As a block of its own; no line of it can end the block.
std::string block(const std::vector<std::string>& lines) {
  std::string out = "\n";
  for (const std::string& line : lines) out += "    " + core::printable(line) + "\n";
  return out + "\n";
}

std::string merged(const Account& account) {
  const Incoming& incoming = account.incoming;
  if (incoming.commit_count == 0) return {};
  std::string out = fmt::format("\n## What was merged\n\n{}, {}.\n\n",
                                core::counted(incoming.commit_count, "commit"),
                                core::counted(incoming.file_count, "file"));
  out += "| commit | time | by | stream | subject |\n| --- | --- | --- | --- | --- |\n";
  for (const MergedCommit& commit : incoming.commits) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", code(short_id(commit.id)),
                       day_and_time(account, commit.time), plain(commit.author),
                       plain(commit.stream), plain(commit.subject));
  }
  const std::size_t more = incoming.commit_count - incoming.commits.size();
  if (more > 0) out += fmt::format("\n… and {} more.\n", more);
  return out;
}

std::string findings(const Account& account) {
  std::string out = "\n## Findings\n\n";
  if (account.findings.empty()) return out + "None.\n";
  for (const AccountFinding& found : account.findings) {
    const core::Finding& finding = found.entry.finding;
    const bool blocks = finding.severity == core::Severity::block;
    out += fmt::format("- {} **{}** ({}): {}\n", code(place_text(finding)),
                       core::rule_name(finding.rule),
                       found.entry.accepted ? "accepted"
                       : blocks             ? "violation"
                                            : "warning",
                       plain(finding.message));
    if (!finding.hint.empty()) out += "  Next: " + code(finding.hint) + "\n";
    if (found.excerpt) {
      std::vector<std::string> lines;
      std::uint32_t number = found.excerpt->first;
      for (const std::string& line : found.excerpt->lines)
        lines.push_back(
            fmt::format("{:>8} {} {}", number, number == finding.line ? '>' : '|', line)),
            ++number;
      out += block(lines);
    }
  }
  return out;
}

std::string steps(const Account& account) {
  std::string out = "\n## Validation\n\n";
  if (!account.steps_note.empty()) out += plain(account.steps_note) + "\n\n";
  if (account.steps.empty()) return account.steps_note.empty() ? out + "No steps were run.\n" : out;
  out += "| step | result | time | log |\n| --- | --- | --- | --- |\n";
  for (const StepRun& step : account.steps) {
    out += fmt::format("| {} | {} | {} | {} |\n", plain(step.name), plain(step.text),
                       duration_text(step.milliseconds), path_code(step.log));
  }
  for (const StepRun& step : account.steps) {
    if (!step.failed() || step.tail.empty()) continue;
    out += fmt::format("\n### {}: the last lines\n{}", plain(step.name), block(step.tail));
  }
  return out;
}

std::string streams(const Account& account) {
  if (account.streams.empty()) return {};
  std::string out =
      "\n## Streams\n\n| stream | status | depends on | agents | ahead | behind | locks |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  const auto joined = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return plain(text);
  };
  const auto number = [](const std::optional<std::size_t>& count) {
    return count ? std::to_string(*count) : std::string();
  };
  for (const AccountStream& stream : account.streams) {
    const std::string name = stream.name == stream.id ? "" : " " + stream.name;
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", plain(stream.id + name),
                       state_text(stream.state), joined(stream.depends_on), joined(stream.agents),
                       number(stream.ahead), number(stream.behind), stream.locks);
  }
  return out;
}

std::string timeline(const Account& account) {
  const Timeline& timeline = account.timeline;
  if (timeline.lanes.empty()) return {};
  std::string out = fmt::format("\n## Who did what\n\nFrom {}, {} of the log.\n\n| agent ",
                                period_text(timeline.from, timeline.to, account.offset),
                                core::counted(timeline.lines, "line"));
  std::string rule = "| --- ";
  for (const std::string_view name : kDeedNames) {
    out += fmt::format("| {} ", name);
    rule += "| --- ";
  }
  out += "| locks |\n" + rule + "| --- |\n";
  for (const Lane& lane : timeline.lanes) {
    out += "| " + plain(lane.agent) + " ";
    for (const std::uint32_t count : lane.totals) out += fmt::format("| {} ", count);
    out += fmt::format("| {} |\n", lane.locks_taken);
  }
  return out;
}

std::string layers(const Account& account) {
  const LayerMatrix& matrix = account.matrix;
  if (matrix.layers.empty()) return {};
  std::string out = "\n## Layers\n\nImports from a row's layer to a column's.\n\n| ";
  std::string rule = "| --- ";
  for (const std::string& name : matrix.layers) {
    out += "| " + plain(name) + " ";
    rule += "| --- ";
  }
  out += "|\n" + rule + "|\n";
  for (std::size_t row = 0; row < matrix.layers.size(); ++row) {
    out += "| " + plain(matrix.layers[row]) + " ";
    for (std::size_t column = 0; column < matrix.layers.size(); ++column) {
      const LayerMatrix::Cell& cell = matrix.at(row, column);
      const std::string wrong =
          cell.violations > 0 ? fmt::format(" **({} wrong)**", cell.violations) : "";
      out += "| " + (cell.imports > 0 ? std::to_string(cell.imports) : std::string()) + wrong + " ";
    }
    out += "|\n";
  }
  return out;
}

}  // namespace

std::string account_markdown(const Account& account) {
  std::string out =
      fmt::format("# {}: {} at {}\n\n**{}** · {} · {}", plain(account.repository),
                  plain(account.branch), code(short_id(account.commit)), plain(account.verdict()),
                  plain(account.occasion), day_and_time(account, account.made_at));
  if (!account.who.empty()) out += " · " + plain(account.who);
  out += "\n" + findings(account) + steps(account) + merged(account) + streams(account) +
         timeline(account) + layers(account);
  for (const std::string& trouble : account.troubles) out += "\n> " + plain(trouble) + "\n";
  return out + "\nMade by git-stream " + plain(account.version) + ".\n";
}

}  // namespace gs::report
