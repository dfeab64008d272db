// Other hosts in `git stream status`: what of them was fetched last, and how old that is.

#include <algorithm>
#include <fmt/core.h>

#include "lib/core/change.h"
#include "lib/core/text.h"
#include "plugins/git-stream/output/conflicts_text.h"
#include "plugins/git-stream/output/status_report.h"

namespace gs::command {

namespace {

using coordination::SeenLease;
using coordination::Standing;
using streams::HostAgent;
using streams::HostBranch;
using streams::OtherHost;
using streams::OtherHosts;

constexpr std::size_t kMostRows = 24, kMostPaths = 3;

// Of a stream that is not merged here, or holding something.
bool is_at_work(const StatusReport& report, const HostAgent& agent) {
  if (!agent.leases.empty()) return true;
  const auto& views = report.overview.streams;
  const auto view = std::ranges::find_if(
      views, [&](const streams::StreamView& one) { return one.id.str() == agent.stream; });
  return view != views.end() && view->state != streams::StreamState::merged;
}

// "llm/news.py (55 min), llm/agents/ (over)"
std::string leases_text(const std::vector<SeenLease>& leases) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostPaths, leases.size()); ++i) {
    const SeenLease& one = leases[i];
    const std::string left =
        one.standing == Standing::over ? "over" : core::format_duration(one.left);
    text += (i > 0 ? ", " : "") + core::quote_path(one.lease.path) + " (" + left + ")";
  }
  if (leases.size() > kMostPaths) text += fmt::format(", +{}", leases.size() - kMostPaths);
  return text;
}

std::string last_text(const std::optional<state::Activity>& last, core::Instant now) {
  return last ? core::printable(last->action) + " " + ago(last->time, now) : "";
}

Line row(const std::string& host, const std::string& stream, const std::string& agent,
         std::string holds, std::string last) {
  return {{"  " + core::printable(host), Style::strong},
          {core::printable(stream)},
          {core::printable(agent)},
          {std::move(holds)},
          {std::move(last), Style::faint}};
}

void add_host(const StatusReport& report, const OtherHost& host, std::vector<Line>& rows) {
  const std::size_t before = rows.size();
  for (const HostAgent& agent : host.agents) {
    if (is_at_work(report, agent))
      rows.push_back(row(host.id.str(), agent.stream, agent.agent, leases_text(agent.leases),
                         last_text(agent.last, report.now)));
  }
  if (rows.size() == before && host.last)
    rows.push_back(row(host.id.str(), "", host.last->agent, "", last_text(host.last, report.now)));
}

void add_branch(const HostBranch& one, std::vector<Line>& rows) {
  const conflicts::StreamBranch& branch = one.branch;
  const std::string agent = branch.agent ? branch.agent->full() : one.agent;
  rows.push_back(
      row(one.host.empty() ? "at " + branch.remote : one.host, branch.stream.str(), agent,
          core::printable(branch.name.str()) + " " + commits_text(branch.divergence), ""));
}

}  // namespace

std::string other_hosts_summary(const StatusReport& report) {
  if (!report.overview.others) return {};
  const OtherHosts& others = *report.overview.others;
  const std::string remote = core::printable(others.remote);
  if (others.alone)
    return "alone: there is no remote " + remote +
           "; what is made here is judged where its bundle or patches arrive";
  if (!others.read) return "nothing was read from " + remote + " yet (git stream sync)";
  std::string text = fmt::format("{}, as {} had it {} (git stream sync reads again)",
                                 core::counted(others.hosts.size(), "other"), remote,
                                 ago(*others.read, report.now));
  for (const std::string& fault : others.faults) text += "; " + core::printable(fault);
  return text;
}

std::vector<Line> other_host_lines(const StatusReport& report) {
  if (!report.overview.others) return {};
  const OtherHosts& others = *report.overview.others;
  std::vector<Line> rows{{{"  host", Style::faint},
                          {"stream", Style::faint},
                          {"agent", Style::faint},
                          {"holds", Style::faint},
                          {"last", Style::faint}}};
  for (const OtherHost& host : others.hosts) add_host(report, host, rows);
  for (const HostBranch& branch : others.branches) add_branch(branch, rows);
  if (rows.size() == 1) return {};
  const std::size_t more = rows.size() - 1 > kMostRows ? rows.size() - 1 - kMostRows : 0;
  rows.resize(rows.size() - more);
  align(rows, {});
  if (more > 0) rows.push_back({{fmt::format("  … {} more: git stream status --json", more)}});
  return rows;
}

namespace {

using core::JsonWriter;

void write_last(JsonWriter& json, const std::optional<state::Activity>& last) {
  json.key("last_activity");
  if (!last) {
    json.null();
    return;
  }
  json.begin_object().member("time", core::format_utc(last->time));
  json.member("agent", last->agent).member("action", last->action).end_object();
}

void write_lease(JsonWriter& json, const SeenLease& one) {
  json.begin_object().member("path", core::json_path(one.lease.path));
  json.member("generation", one.lease.generation.number).member("reason", one.lease.reason);
  json.member("automatic", one.lease.automatic);
  json.member("seconds_left", one.left.count());
  json.member("over", one.standing == Standing::over).end_object();
}

void write_agent(JsonWriter& json, const HostAgent& agent) {
  json.begin_object().member("stream", agent.stream).member("agent", agent.agent);
  json.key("leases").begin_array();
  for (const SeenLease& one : agent.leases) write_lease(json, one);
  json.end_array();
  write_last(json, agent.last);
  json.end_object();
}

void write_host(JsonWriter& json, const OtherHost& host) {
  json.begin_object().member("host", host.id.str()).key("agents").begin_array();
  for (const HostAgent& agent : host.agents) write_agent(json, agent);
  json.end_array();
  write_last(json, host.last);
  json.end_object();
}

void write_text(JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  text.empty() ? json.null() : json.value(text);
}

void write_branch(JsonWriter& json, const HostBranch& one) {
  const conflicts::StreamBranch& branch = one.branch;
  json.begin_object().member("stream", branch.stream.str());
  json.member("name", core::json_path(branch.name.str())).member("remote", branch.remote);
  json.member("tip", branch.tip.hex());
  json.member("ahead", branch.divergence.ahead).member("behind", branch.divergence.behind);
  write_text(json, "host", one.host);
  write_text(json, "agent", branch.agent ? branch.agent->full() : one.agent);
  json.end_object();
}

}  // namespace

void write_other_hosts(JsonWriter& json, const StatusReport& report) {
  json.key("other_hosts");
  if (!report.overview.others) {
    json.null();
    return;
  }
  const OtherHosts& others = *report.overview.others;
  json.begin_object().member("remote", others.remote).member("alone", others.alone).key("read");
  others.read ? json.value(core::format_utc(*others.read)) : json.null();
  json.key("faults").begin_array();
  for (const std::string& fault : others.faults) json.value(fault);
  json.end_array().key("hosts").begin_array();
  for (const OtherHost& host : others.hosts) write_host(json, host);
  json.end_array().key("branches").begin_array();
  for (const HostBranch& one : others.branches) write_branch(json, one);
  json.end_array();
  write_remote(json, others.remotes);
  json.end_object();
}

}  // namespace gs::command
