#pragma once
// Log lines that stand for steps: each is written once, however often its step is done again.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/app/session.h"
#include "lib/store/journal.h"

namespace gs::streams {

// The lines of one stream as they were when this was made, and those added since.
class StreamLog {
 public:
  StreamLog(app::Session& session, core::StreamId stream);

  // Unless there is a line of that agent and action with the same values in these fields.
  void add_once(const std::string& agent, const std::string& action,
                std::vector<std::pair<std::string, std::string>> fields,
                const std::vector<std::string_view>& same);
  const std::vector<store::Activity>& lines() const { return lines_; }

 private:
  app::Session& session_;
  core::StreamId stream_;
  std::vector<store::Activity> lines_;
};

}  // namespace gs::streams
