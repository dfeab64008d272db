#include "lib/app/auto_lock.h"

#include <algorithm>
#include <string>
#include <vector>

#include "analyzers/held.h"
#include "lib/app/gate_log.h"
#include "lib/app/lock_request.h"
#include "lib/core/pattern.h"
#include "lib/store/clock.h"
#include "lib/store/locks.h"

namespace gs::app {

bool take_locks(Session& session, const core::Verdict& verdict, const GateName& gate,
                std::string_view top) {
  if (verdict.to_lock.empty()) return true;
  std::vector<std::string> patterns;
  for (const std::string& path : verdict.to_lock) patterns.push_back(core::literal_pattern(path));
  store::LockRequest request = lock_request(session, std::move(patterns));
  request.automatic = true;
  const core::Instant now = store::now();
  const store::LockOutcome outcome = store::acquire(session.state(), request, now);
  log_locks(session, outcome);
  core::Verdict lost;
  for (const store::Held& held : outcome.held) {
    const auto index =
        std::find(request.paths.begin(), request.paths.end(), held.path) - request.paths.begin();
    const std::string& path = verdict.to_lock.at(static_cast<std::size_t>(index));
    lost.findings.push_back(
        {core::Rule::lock, core::Severity::block, path, 0,
         analyzers::describe_hold(held.lock, now, &store::offset_at),
         analyzers::wait_command(held.lock, std::string(top) + held.path, now)});
  }
  return pass(session, lost, gate);
}

}  // namespace gs::app
