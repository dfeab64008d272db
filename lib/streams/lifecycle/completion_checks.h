#pragma once
// Whether a stream, or an agent of it, can be called complete.

#include "lib/conflicts/stream_work.h"
#include "lib/store/streams.h"
#include "lib/streams/lifecycle/complete.h"

namespace gs::streams {

// Throws core::Error (findings) with the first thing that stands in the way, and the next command.
void check_completion(app::Session& session, const CompletionRequest& request,
                      const core::StreamSpec& stream, const store::StreamRecord& record,
                      const StreamWork& work);

}  // namespace gs::streams
