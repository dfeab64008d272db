#include "lib/gates/auto_locks.h"

#include <algorithm>
#include <string>
#include <vector>

#include "analyzers/ownership.h"
#include "lib/core/pattern.h"
#include "lib/gates/reporting.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"

namespace gs::gates {

bool take_locks(session::Session& session, const core::Verdict& verdict, const GateName& gate,
                std::string_view top) {
  if (verdict.to_lock.empty()) return true;
  std::vector<std::string> patterns;
  for (const std::string& path : verdict.to_lock) patterns.push_back(core::literal_pattern(path));
  state::LockRequest request = lock_request(session, std::move(patterns));
  request.automatic = true;
  const core::Instant now = state::now();
  const state::LockOutcome outcome = state::acquire(session.state(), request, now);
  log_locks(session, outcome);
  core::Verdict lost;
  for (const state::Held& held : outcome.held) {
    const std::string path = core::literal_path(held.path).value_or(held.path);
    lost.findings.push_back(
        {core::Rule::lock, core::Severity::block, path, 0,
         analyzers::describe_hold(held.lock, now, &state::offset_at),
         analyzers::wait_command(held.lock, std::string(top) + held.path, now)});
  }
  return pass(session, lost, gate);
}

state::LockRequest lock_request(session::Session& session, std::vector<std::string> paths) {
  const core::Identity& who = session.named();
  state::LockRequest request;
  request.paths = std::move(paths);
  request.agent = who.name();
  request.stream = who.stream ? who.stream->str() : "";
  request.ttl = session.policy().lock_ttl;
  request.ignore_case = session.repository().ignore_case();
  return request;
}

}  // namespace gs::gates
