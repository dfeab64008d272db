#include "lib/streams/lifecycle/other_hosts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/coordination/host_log.h"
#include "lib/coordination/log_lines.h"
#include "lib/coordination/memory_file.h"
#include "lib/git/refs/remotes.h"
#include "lib/platform/boot_clock.h"
#include "lib/session/shared_logs.h"
#include "lib/session/shared_store.h"

namespace gs::streams {

namespace {

using conflicts::StreamsNow;
using coordination::HostId;
using coordination::SeenLease;
using coordination::Standing;

constexpr std::size_t kMostLines = 20'000;  // of the fetched logs, the last ones

std::string remote_of(session::Session& session) {
  const std::string& named = session.policy().coordination.remote;
  return named.empty() ? session::coordination_remote(session) : named;
}

// Everything by host, stream and agent.
using Agents = std::map<HostId, std::map<std::pair<std::string, std::string>, HostAgent>>;

HostAgent& agent_in(Agents& agents, const HostId& host, const std::string& stream,
                    const std::string& agent) {
  HostAgent& found = agents[host][{stream, agent}];
  found.stream = stream;
  found.agent = agent;
  return found;
}

void add_leases(const std::filesystem::path& folder, Agents& agents) {
  const auto memory = coordination::MemoryFile(folder).peek();
  if (!memory) return;
  const auto seen = coordination::seen_leases(memory->host, platform::boot_time());
  for (const SeenLease& one : seen.leases) {
    if (one.standing != Standing::foreign && one.standing != Standing::over) continue;
    agent_in(agents, one.lease.host, one.lease.stream, one.lease.agent).leases.push_back(one);
  }
}

using CommitMakers = std::map<std::string, std::pair<std::string, std::string>>;  // host, agent

CommitMakers add_lines(const coordination::HostLog& log, Agents& agents) {
  CommitMakers makers;
  state::LogFilter filter;
  filter.last = kMostLines;
  for (state::LogLine& line : state::read_log(log.lines(), filter).lines) {
    state::Activity& activity = line.activity;
    const HostId host(coordination::host_of(activity));
    if (host.str().empty()) continue;
    if (activity.action == "committed")
      makers[state::log_field(activity, "commit")] = {host.str(), activity.agent};
    agent_in(agents, host, activity.stream, activity.agent).last = std::move(activity);
  }
  return makers;
}

OtherHost host_of(const HostId& id,
                  const std::map<std::pair<std::string, std::string>, HostAgent>& agents) {
  OtherHost host{id, {}, {}};
  for (const auto& [names, agent] : agents) {
    const bool later = agent.last && (!host.last || host.last->time <= agent.last->time);
    if (later) host.last = agent.last;
    host.agents.push_back(agent);
  }
  return host;
}

std::vector<HostBranch> branches_of(const std::vector<conflicts::StreamBranch>& branches,
                                    const CommitMakers& makers) {
  std::vector<HostBranch> found;
  for (const conflicts::StreamBranch& branch : branches) {
    const auto maker = makers.find(branch.tip.hex());
    HostBranch& one = found.emplace_back(HostBranch{branch, {}, {}});
    if (maker != makers.end()) std::tie(one.host, one.agent) = maker->second;
  }
  return found;
}

}  // namespace

bool OtherHosts::has_work(const core::StreamId& stream) const {
  const auto holds = [&](const HostAgent& agent) {
    return agent.stream == stream.str() &&
           std::ranges::any_of(agent.leases, [](const SeenLease& one) {
             return one.standing == Standing::foreign;
           });
  };
  return std::ranges::any_of(branches,
                             [&](const HostBranch& one) { return one.branch.stream == stream; }) ||
         std::ranges::any_of(
             hosts, [&](const OtherHost& host) { return std::ranges::any_of(host.agents, holds); });
}

std::optional<OtherHosts> other_hosts(session::Session& session, const StreamsNow& now) {
  if (!session::shares_logs(session.policy())) return std::nullopt;
  OtherHosts others;
  const std::string remote = remote_of(session);
  others.remote = git::without_password(remote);
  others.alone = session::works_alone(session);
  const coordination::HostLog log = session::host_log(session);
  const coordination::FetchState fetched = log.state();
  others.read = fetched.read;
  others.faults = fetched.faults;
  Agents agents;
  add_leases(log.folder(), agents);
  const CommitMakers makers = add_lines(log, agents);
  for (const auto& [host, of_host] : agents) others.hosts.push_back(host_of(host, of_host));
  others.remotes =
      conflicts::remote_branches(session, now, conflicts::remotes_by_policy(session.policy()));
  others.branches = branches_of(others.remotes.only, makers);
  return others;
}

}  // namespace gs::streams
