#include <algorithm>
#include <fmt/core.h>

#include "lib/gates/verdict_text.h"
#include "lib/core/text.h"
#include "plugins/git-stream/output/status_report.h"

namespace gs::command {

namespace {

std::string gates_text(const std::vector<install::HookReport>& hooks) {
  std::string standing, missing;
  for (const install::HookReport& hook : hooks) {
    std::string& list = in_place(hook) ? standing : missing;
    list += (list.empty() ? "" : ", ") + hook.name;
  }
  if (missing.empty()) return standing;
  return (standing.empty() ? "" : standing + "; ") + "NOT IN PLACE: " + missing +
         " (git stream doctor)";
}

std::vector<Line> head_lines(const StatusReport& report, bool brief) {
  std::vector<Line> lines;
  const auto add = [&](const char* name, std::string text) {
    lines.push_back({{fmt::format("{:<7}  ", name), Style::faint}, {std::move(text)}});
  };
  if (!report.overview.streams.empty()) add("streams", streams_summary(report.overview));
  if (brief) return lines;
  add("policy", report.policy);
  add("gates", gates_text(report.hooks));
  add("tier", report.tier);
  add("state", report.state);
  const std::size_t expired = report.overview.locks.size() - report.locks_held;
  add("locks", fmt::format("{} held", report.locks_held) +
                   (expired > 0 ? fmt::format(", {} expired", expired) : ""));
  add("you are", gates::describe(report.identity));
  return lines;
}

std::vector<Line> worktree_lines(const StatusReport& report) {
  std::vector<Line> lines;
  for (const WorktreeRow& row : report.worktrees) {
    if (row.of_stream) continue;
    const std::string branch =
        row.worktree.branch ? core::printable(row.worktree.branch->str()) : "(detached)";
    std::string who = row.identity.outsider() ? "no stream" : gates::describe(row.identity);
    if (row.worktree.prunable) who = "gone";
    if (row.locks > 0) who += ", " + core::counted(row.locks, "lock");
    lines.push_back({{(row.here ? "* " : "  ") + core::printable(row.worktree.path.string())},
                     {branch, Style::faint},
                     {who}});
  }
  align(lines, {});
  return lines;
}

std::string joined(const std::vector<core::StreamId>& ids) {
  std::string text;
  for (const core::StreamId& id : ids) text += (text.empty() ? "" : ", ") + id.str();
  return text;
}

std::vector<Line> next_lines(const streams::Overview& overview) {
  std::vector<Line> lines;
  const auto add = [&](const std::string& command, const std::string& why) {
    lines.push_back({{"  next: "}, {command, Style::strong}, {"  (" + why + ")", Style::faint}});
  };
  const auto start = overview.can_start(), merge = overview.can_merge();
  if (!merge.empty())
    add("git stream merge " + merge.front().str(), joined(merge) + " can be merged");
  if (!start.empty())
    add("git stream start " + (start.size() == 1 ? start.front().str() : "--ready"),
        joined(start) + " can start");
  return lines;
}

}  // namespace

std::string streams_summary(const streams::Overview& overview) {
  using streams::StreamState;
  std::string text = fmt::format("{}: ", overview.streams.size());
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) text += fmt::format("{}{} {}", text.ends_with(": ") ? "" : ", ", count, what);
  };
  add(overview.count(StreamState::in_progress), "in progress");
  add(overview.count(StreamState::completed), "completed");
  add(overview.count(StreamState::merged), "merged");
  add(overview.count(StreamState::ready), "ready");
  add(overview.count(StreamState::waiting), "waiting");
  std::size_t alive = 0;
  for (const streams::StreamView& view : overview.streams)
    alive += static_cast<std::size_t>(std::count_if(
        view.agents.begin(), view.agents.end(), [](const auto& agent) { return agent.alive(); }));
  if (alive > 0) text += "; " + core::counted(alive, "agent") + (alive == 1 ? " runs" : " run");
  return text;
}

std::string ago(core::Instant time, core::Instant now) {
  if (time >= now) return "just now";
  return core::format_duration(now - time) + " ago";
}

std::vector<Line> status_lines(const StatusReport& report, std::size_t columns, bool brief) {
  std::vector<Line> lines = head_lines(report, brief);
  const auto add = [&](std::vector<Line> more, bool apart) {
    if (more.empty()) return;
    if (apart) lines.emplace_back();
    std::move(more.begin(), more.end(), std::back_inserter(lines));
  };
  const bool streams = !report.overview.streams.empty();
  add(stream_lines(report, columns), true);
  if (!brief) add(worktree_lines(report), streams);
  add(next_lines(report.overview), true);
  return lines;
}

}  // namespace gs::command
