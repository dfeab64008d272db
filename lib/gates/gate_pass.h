#pragma once
// What every gate does with a verdict: says it, logs it, and knows who may pass all the same.

#include <string>
#include <string_view>
#include <vector>

#include "lib/session/session.h"
#include "lib/core/error.h"
#include "lib/core/finding.h"

namespace gs::gates {

struct GateName {
  const char* hook;               // "pre-push", as the log has it
  const char* what;               // "push": what is blocked
  bool logs = true;               // a server logs only where there is a log
  std::string_view commits = {};  // what was judged, for the log: a JSON array of ids
};

// Says what there is to say; whether it may go on. GIT_STREAM_BYPASS counts where the policy says
// so. `remarks`: as in verdict_text.
bool pass(session::Session& session, const core::Verdict& verdict, const GateName& gate,
          const std::vector<std::string>& remarks = {});

// A person with a reason gets past damage of ours too, where a readable policy allows it.
bool bypasses_damage(session::Session& session, const core::Error& error);

}  // namespace gs::gates
