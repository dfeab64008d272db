#include <algorithm>
#include <csignal>
#include <fmt/core.h>
#include <utility>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "lib/gates/reporting.h"
#include "plugins/git-stream/command.h"
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
  if (!report.branch.empty()) add("branch", report.branch);
  if (brief) return lines;
  add("policy", report.policy);
  for (const streams::Damage& warning : report.warnings) {
    add("warning", warning.what);
    add("", "next: " + warning.next);
  }
  add("gates", gates_text(report.hooks));
  add("tier", report.tier);
  add("state", report.state);
  const std::size_t expired = report.overview.locks.size() - report.locks_held;
  add("locks", fmt::format("{} held", report.locks_held) +
                   (expired > 0 ? fmt::format(", {} expired", expired) : ""));
  const std::string others = other_hosts_summary(report);
  if (!others.empty()) add("hosts", others);
  add("you are", session::describe(report.identity));
  return lines;
}

std::vector<Line> worktree_lines(const StatusReport& report) {
  std::vector<Line> lines;
  for (const WorktreeRow& row : report.worktrees) {
    if (row.of_stream) continue;
    const std::string branch =
        row.worktree.branch ? core::printable(row.worktree.branch->str()) : "(detached)";
    std::string who = row.identity.outsider() ? "no stream" : session::describe(row.identity);
    if (row.worktree.prunable) who = "gone";
    if (row.locks > 0) who += ", " + core::counted(row.locks, "lock");
    lines.push_back({{(row.here ? "* " : "  ") + core::printable(row.worktree.path.string())},
                     {branch, Style::faint},
                     {who}});
  }
  align(lines, {});
  return lines;
}

std::string names_of(const std::vector<core::StreamId>& ids) {
  return core::joined(ids, std::mem_fn(&core::StreamId::str));
}

std::vector<Line> next_lines(const streams::Overview& overview) {
  std::vector<Line> lines;
  const auto add = [&](const std::string& command, const std::string& why) {
    lines.push_back({{"  next: "}, {command, Style::strong}, {"  (" + why + ")", Style::faint}});
  };
  const auto start = overview.can_start(), merge = overview.can_merge();
  if (!merge.empty())
    add("git stream merge " + merge.front().str(), names_of(merge) + " can be merged");
  if (!start.empty())
    add("git stream start " + (start.size() == 1 ? start.front().str() : "--ready"),
        names_of(start) + " can start");
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

std::string commits_text(const std::optional<git::Divergence>& divergence) {
  if (!divergence) return {};
  const auto [ahead, behind] = *divergence;
  if (ahead == 0 && behind == 0) return "=";
  std::string text = ahead > 0 ? fmt::format("+{}", ahead) : "";
  if (behind > 0) text += fmt::format("{}-{}", text.empty() ? "" : " ", behind);
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
  add(other_host_lines(report), true);
  if (!brief) add(worktree_lines(report), streams);
  add(next_lines(report.overview), true);
  return lines;
}

// The table of streams: one line each, and one more where something needs attention.

namespace {

using streams::AgentView;
using streams::StreamState;
using streams::StreamView;

Style style_of(StreamState standing) {
  switch (standing) {
    case StreamState::in_progress:
      return Style::busy;
    case StreamState::completed:
      return Style::good;
    case StreamState::ready:
      return Style::strong;
    case StreamState::waiting:
    case StreamState::merged:
      break;
  }
  return Style::faint;
}

std::string state_text(StreamState standing) {
  return standing == StreamState::in_progress ? "in progress" : std::string(state_name(standing));
}

std::string files_text(const StreamView& view) {
  if (!view.worktree && !view.uncommitted) return {};
  return view.uncommitted ? std::to_string(view.uncommitted->total()) : "?";
}

std::string agents_text(const StreamView& view, core::Instant now) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> alive;
  for (const AgentView& agent : view.agents) {
    if (!agent.alive()) continue;
    const bool stopped = agent.liveness == platform::Liveness::stopped;
    alive.push_back(agent.id.short_name() + " " +
                    (stopped ? "stopped" : core::format_duration(now - agent.run->started_at)));
  }
  const std::size_t more = alive.size() > kMost ? alive.size() - kMost : 0;
  alive.resize(alive.size() - more);
  std::string text = core::joined(alive);
  if (more > 0) text += fmt::format(", +{}", more);
  const auto done = std::count_if(view.agents.begin(), view.agents.end(),
                                  [](const AgentView& agent) { return agent.completed; });
  if (done > 0 && view.state == StreamState::in_progress)
    text += fmt::format("{}{}/{} done", text.empty() ? "" : ", ", done, view.agents.size());
  return text;
}

std::string last_text(const StreamView& view, core::Instant now) {
  if (view.state == StreamState::waiting && !view.missing.empty())
    return "waits for " + names_of(view.missing);
  if (!view.last) return {};
  constexpr std::string_view kPrefix = "agent-";
  std::string_view agent = view.last->agent;
  if (agent.starts_with(kPrefix)) agent.remove_prefix(kPrefix.size());
  return core::printable(agent) + " " + core::printable(view.last->action) + " " +
         ago(view.last->time, now);
}

// Those that end a program.
constexpr std::pair<int, std::string_view> kSignals[] = {
    {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGHUP, "SIGHUP"},   {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
    {SIGPIPE, "SIGPIPE"}, {SIGPROF, "SIGPROF"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"},
    {SIGSYS, "SIGSYS"},   {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"},
    {SIGUSR2, "SIGUSR2"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}};

std::string signal_text(int signal) {
  for (const auto& [number, name] : kSignals) {
    if (number == signal) return std::string(name);
  }
  return fmt::format("signal {}", signal);
}

std::string agent_attention(const AgentView& agent, core::Instant now) {
  const std::string name = agent.id.short_name();
  if (agent.alive() && agent.liveness == platform::Liveness::stopped)
    return fmt::format("{} is stopped (pid {})", name, agent.run->process.pid);
  if (!agent.failed()) return {};
  if (!agent.run->ended_at)
    return fmt::format("{} is gone, started {}", name, ago(agent.run->started_at, now));
  const std::string when = ago(*agent.run->ended_at, now);
  if (agent.run->signal)
    return fmt::format("{} was ended by {} {}", name, signal_text(*agent.run->signal), when);
  return fmt::format("{} failed with exit {} {}", name, agent.run->exit_code.value_or(0), when);
}

std::string outside_text(const conflicts::OutsideBranch& outside) {
  const char* const what =
      outside.has_work ? " has commits of it, and no name of it (" : " is no branch of it (";
  return outside.described() + what + outside.next + ")";
}

// "merged by 1a2b3c4d5e (same patches)"; of a beginning of the branch "merged up to 6f7a8b9c0d by
// …".
std::string merged_text(const conflicts::StreamBranch& branch) {
  if (!branch.merged) return {};
  std::string text =
      branch.is_in() ? "merged" : "merged up to " + core::short_id(branch.merged->tip);
  if (branch.merged->by) text += " by " + core::short_id(*branch.merged->by);
  if (branch.merged->how != git::MergedHow::ancestry)
    text += " (" + std::string(git::merged_text(branch.merged->how)) + ")";
  return text;
}

// Of a stream with several branches each; of one with a single branch only what is not to be
// expected.
std::vector<std::string> branch_lines(const StreamView& view) {
  std::vector<std::string> lines;
  for (const streams::BranchView& one : view.branches) {
    const conflicts::StreamBranch& branch = one.branch;
    const bool by_us = view.record && view.record->merged_at && branch.merged &&
                       branch.merged->how == git::MergedHow::ancestry;
    const bool expected = view.branches.size() == 1 && view.started() && (!branch.merged || by_us);
    if (expected || (view.branches.size() == 1 && !branch.has_work)) continue;
    std::string line = core::printable(branch.name.str());
    if (branch.agent) line += "  " + branch.agent->short_name();
    if (branch.merged) {
      line += "  " + merged_text(branch);
    } else if (one.divergence) {
      line += "  " + commits_text(one.divergence);
    }
    if (one.uncommitted && one.uncommitted->total() > 0)
      line += "  " + core::counted(one.uncommitted->total(), "file") + " not committed";
    const bool in_table = view.worktree && view.branches.size() == 1;
    for (const git::Worktree& worktree : branch.worktrees) {
      if (in_table) break;
      line += "  in " + core::quote_shell(near_path(worktree.path));
    }
    if (one.changed_since_completed) line += "  not complete";
    lines.push_back(std::move(line));
  }
  return lines;
}

// Of a stream that was started and is not merged.
void add_attention(const StreamView& view, core::Instant now, std::vector<std::string>& found) {
  for (const AgentView& agent : view.agents) found.push_back(agent_attention(agent, now));
  if (!view.branch_exists)
    found.push_back("its branch " + core::printable(view.branch.str()) + " is gone");
  if (!view.worktree && !view.record->worktree.empty())
    found.push_back("its worktree is gone (git stream start " + view.id.str() + " makes it again)");
  if (view.changed_since_completed) {
    found.push_back("has other commits since it was completed (git stream complete " +
                    view.id.str() + ")");
  } else if (view.state == StreamState::completed && view.uncommitted &&
             view.uncommitted->total() > 0) {
    found.emplace_back("what is not committed is not in the merge");
  }
  if (view.state == StreamState::completed && !view.unmerged.empty())
    found.push_back("merged after " + names_of(view.unmerged));
}

std::string attention(const StreamView& view, core::Instant now) {
  std::vector<std::string> found;
  if (view.started() && view.state != StreamState::merged) add_attention(view, now, found);
  if (view.state == StreamState::merged && view.record && !view.record->merged_at)
    found.push_back("merged by somebody else (git stream merge " + view.id.str() +
                    " records it, and takes its worktree away)");
  for (const conflicts::OutsideBranch& outside : view.outside)
    found.push_back(outside_text(outside));
  for (const std::string& trouble : view.troubles) found.push_back(core::printable(trouble));
  std::string text;
  for (const std::string& one : found) {
    if (!one.empty()) text += (text.empty() ? "" : "; ") + one;
  }
  return text;
}

// As a shell takes it; of a stream with several branches it is said with each.
std::string worktree_text(const StreamView& view) {
  if (!view.worktree || view.branches.size() > 1) return {};
  return core::quote_shell(near_path(view.worktree->path));
}

// A table needs no more room for names than a fifth of the terminal.
std::string name_text(const StreamView& view, std::size_t columns) {
  constexpr std::size_t kShortest = 12;
  const std::string name = core::printable(view.name);
  return columns == 0 ? name : cut_to_width(name, std::max(kShortest, columns / 5));
}

std::string count_text(std::size_t count) {
  return count > 0 ? std::to_string(count) : "";
}

// A heading over nothing says nothing.
void drop_empty_columns(std::vector<Line>& rows) {
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    const bool empty = std::all_of(rows.begin() + 1, rows.end(), [&](const Line& row) {
      return row.size() <= i || row[i].text.empty();
    });
    if (empty) rows.front()[i].text.clear();
  }
}

}  // namespace

std::vector<Line> stream_lines(const StatusReport& report, std::size_t columns) {
  if (report.overview.streams.empty()) return {};
  std::vector<Line> rows{{{"", Style::faint},
                          {"stream", Style::faint},
                          {"state", Style::faint},
                          {"phase", Style::faint},
                          {"commits", Style::faint},
                          {"files", Style::faint},
                          {"agents", Style::faint},
                          {"locks", Style::faint},
                          {"warnings", Style::faint},
                          {"worktree", Style::faint},
                          {"last", Style::faint}}};
  const auto here = std::find_if(report.worktrees.begin(), report.worktrees.end(),
                                 [](const WorktreeRow& row) { return row.here; });
  for (const StreamView& view : report.overview.streams) {
    const bool mine = view.worktree && here != report.worktrees.end() &&
                      view.worktree->git_dir == here->worktree.git_dir;
    rows.push_back({{(mine ? "* " : "  ") + core::printable(view.id.str()), Style::strong},
                    {name_text(view, columns)},
                    {state_text(view.state), style_of(view.state)},
                    {view.phase > 0 ? std::to_string(view.phase) : ""},
                    {view.branches.size() > 1 ? fmt::format("{} branches", view.branches.size())
                                              : commits_text(view.divergence)},
                    {files_text(view)},
                    {agents_text(view, report.now)},
                    {count_text(view.locks)},
                    {count_text(view.warnings)},
                    {worktree_text(view), Style::faint},
                    {last_text(view, report.now)}});
    for (const std::string& line : branch_lines(view)) rows.push_back({{"      " + line}});
    const std::string text = attention(view, report.now);
    if (!text.empty()) rows.push_back({{"      ! " + text, Style::bad}});
  }
  drop_empty_columns(rows);
  align(rows, {3, 5, 7, 8});
  return rows;
}

}  // namespace gs::command
