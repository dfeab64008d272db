#pragma once
// What starting a stream would do, looked at before anything is done.

#include <optional>
#include <variant>
#include <vector>

#include "lib/streams/lifecycle/start.h"
#include "lib/streams/lifecycle/worktree_location.h"

namespace gs::streams {

struct StartPlan {
  const core::StreamSpec* stream = nullptr;  // of the session's policy
  Site site;
  bool fresh = false;                    // a new round: its record begins anew
  bool finished = false;                 // completed already: nothing is to be done
  core::StreamStatus status{};           // as recorded
  std::vector<core::StreamId> unmerged;  // of its dependencies
};

std::variant<StartPlan, StartRefusal> plan_start(app::Session& session,
                                                 const store::Streams& streams,
                                                 const core::StreamSpec& stream, bool again);

// Whether the log has the line of the stream's present round.
bool start_is_logged(app::Session& session, const store::StreamRecord& record);
std::optional<core::Instant> last_logged_start(app::Session& session, const core::StreamId& stream);

}  // namespace gs::streams
