#include "lib/coordination/log_lines.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>

#include "lib/state/clock.h"

namespace gs::coordination {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

state::Activity line_of(const std::string& action, const Lease& lease, const Unanswered& change,
                        bool certain) {
  Fields fields{{"file", state::json_path_text(lease.path)},
                {"generation", std::to_string(lease.generation.number)},
                {"change", state::json_text(change.nonce.str())}};
  const bool own = action == "locked" || action == "released";
  if (!own) fields.emplace_back("holder", state::json_text(lease.agent));
  if (!own) fields.emplace_back("host", state::json_text(lease.host.str()));
  if (action == "stolen" && !change.reason.empty())
    fields.emplace_back("reason", state::json_text(change.reason));
  if (!lease.reason.empty()) fields.emplace_back("task", state::json_text(lease.reason));
  if (lease.automatic) fields.emplace_back("automatic", "true");
  if (!certain) fields.emplace_back("uncertain", "true");
  return {state::now(), change.agent, own ? lease.stream : "", action, std::move(fields)};
}

std::vector<state::Activity> lines_of(const Unanswered& change, bool certain) {
  std::vector<state::Activity> lines;
  const auto add = [&](const char* action, const std::vector<Lease>& leases) {
    for (const Lease& lease : leases) lines.push_back(line_of(action, lease, change, certain));
  };
  add("expired", change.outcome.expired);
  add("locked", change.outcome.acquired);
  add(change.forced ? "stolen" : "released", change.outcome.released);
  return lines;
}

bool is_logged(const std::filesystem::path& log, const Unanswered& change) {
  const std::uint64_t from = std::min(change.log_end, log_size(log));
  const state::LogRead read = state::read_log(log, {}, from);
  return std::any_of(read.lines.begin(), read.lines.end(), [&](const state::LogLine& line) {
    return state::log_field(line.activity, "change") == change.nonce.str();
  });
}

}  // namespace

std::uint64_t log_size(const std::filesystem::path& log) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(log, error);
  return error ? 0 : size;
}

void log_once(const std::filesystem::path& log, const Unanswered& change, bool certain) {
  const std::vector<state::Activity> lines = lines_of(change, certain);
  if (!lines.empty() && !is_logged(log, change)) state::LogWriter(log).add(lines);
}

namespace {

core::Seconds rounded(BootTime time) {
  return std::chrono::floor<core::Seconds>(std::max(time, BootTime{0}));
}

SeenLease foreign(const Lease& lease, const HostMemory& memory, BootTime now) {
  if (is_over(lease, memory.seen, now)) return {lease, Standing::over};
  const auto seen = memory.seen.find(lease.host);
  const BootTime from = seen == memory.seen.end() ? now : seen->second.first_seen;
  return {lease, Standing::foreign, rounded(from + observed_duration(lease.duration) - now)};
}

}  // namespace

SeenLeases seen_leases(const HostMemory& memory, BootTime now) {
  std::set<LeaseName> own;
  for (const Lease& lease : held(memory, now)) own.insert({lease.path, lease.generation});
  SeenLeases result{memory.self, {}};
  for (const Lease& lease : memory.known.table.leases) {
    if (lease.host != memory.self) {
      result.leases.push_back(foreign(lease, memory, now));
    } else if (!own.contains({lease.path, lease.generation})) {
      result.leases.push_back({lease, Standing::unsure});
    } else {
      result.leases.push_back(
          {lease, Standing::held, rounded(*memory.asked + lease.duration - now)});
    }
  }
  return result;
}

}  // namespace gs::coordination
