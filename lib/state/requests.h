#pragma once
// Requests from one agent to another (`git stream ask`). They stand in the activity log alone, as
// lines `asked` and `answered`, where everybody sees them: a request is open until it is answered.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/ids.h"
#include "lib/core/policy.h"
#include "lib/core/time.h"
#include "lib/state/journal.h"

namespace gs::state {

struct Request {
  std::size_t number = 0;  // from 1, in the log's order
  std::string from;        // "agent-F2", or whoever else asked
  std::string to;          // "agent-F1", or "stream-F": any of its agents
  std::string text;
  core::Instant asked{};
  std::string answered_by;  // empty: it is open
  std::string answer;       // may be empty

  bool open() const { return answered_by.empty(); }
};

// All that the log has, oldest first; a missing log has none. Throws core::Error (broken) where it
// cannot be read.
std::vector<Request> read_requests(const std::filesystem::path& log);

// Whether it is for this agent, or for its stream; a stream without an agent is asked for all of
// its agents too.
bool is_for(const Request& request, const core::Identity& who, const core::Policy& policy);

struct Asking {
  core::Instant time{};
  std::string agent, stream;  // who asks or answers, as in the log
};

// Adds a line under the log's lock; returns the request.
Request ask(const std::filesystem::path& log, const Asking& asking, const std::string& to,
            const std::string& text);
// Nothing where there is no such request, or it was answered before.
std::optional<Request> answer(const std::filesystem::path& log, const Asking& answering,
                              std::size_t number, const std::string& text);

}  // namespace gs::state
