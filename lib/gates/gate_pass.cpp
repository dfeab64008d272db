#include "lib/gates/gate_pass.h"

#include <cstdio>

#include "lib/gates/reporting.h"
#include "lib/gates/verdict_text.h"
#include "lib/core/text.h"

namespace gs::gates {

bool pass(session::Session& session, const core::Verdict& verdict, const GateName& gate,
          const std::vector<std::string>& remarks) {
  if (verdict.findings.empty()) return true;
  if (!verdict.blocks()) {
    std::fputs(verdict_text(verdict, session.identity(), gate.what, remarks).c_str(), stderr);
    return true;
  }
  if (const auto reason = bypass_reason()) {
    if (session.policy().rules.bypass == core::Bypass::allow) {
      if (gate.logs) log_verdict(session, "bypassed", gate.hook, verdict, *reason, gate.commits);
      std::fprintf(stderr, "git-stream: bypassed for %s: %s\n",
                   describe(session.identity()).c_str(), core::printable(*reason).c_str());
      return true;
    }
    std::fprintf(stderr, "git-stream: the policy allows no bypass\n");
  }
  std::fputs(verdict_text(verdict, session.identity(), gate.what, remarks).c_str(), stderr);
  if (gate.logs) log_verdict(session, "blocked", gate.hook, verdict, "", gate.commits);
  return false;
}

bool bypasses_damage(session::Session& session, const core::Error& error) {
  const auto reason = bypass_reason();
  if (!reason || session.policy().rules.bypass != core::Bypass::allow) return false;
  std::fprintf(stderr, "git-stream: bypassed (%s), not judged: %s\n",
               core::printable(*reason).c_str(), error.what());
  return true;
}

}  // namespace gs::gates
