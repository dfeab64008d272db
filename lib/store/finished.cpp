#include "lib/store/finished.h"

#include "lib/core/text.h"
#include "lib/store/exclusive.h"
#include "lib/store/json_tree.h"
#include "lib/store/lock_file.h"
#include "lib/store/posix.h"
#include "lib/store/state_files.h"

namespace gs::store {

namespace {

bool is_text(const Json* value) {
  return value != nullptr && value->is_string();
}

void read_streams(const Json& tree, std::vector<std::string>& streams) {
  for (const auto& [name, stream] : find_member(tree, "streams")->items()) {
    const Json* status = find_member(stream, "status");
    if (is_text(status) && (*status == "completed" || *status == "merged")) streams.push_back(name);
  }
}

void read_handoffs(const Json& tree, std::vector<std::string>& agents) {
  for (const Json& handoff : *find_member(tree, "handoffs")) {
    const Json* from = find_member(handoff, "from_agent");
    if (is_text(from)) agents.push_back(from->get<std::string>());
  }
}

void read(const std::filesystem::path& file, void (*check)(std::string_view),
          void (*take)(const Json&, std::vector<std::string>&), std::vector<std::string>& into) {
  const std::optional<std::string> text = read_state_file(file, kStateLimit);
  if (!text) return;
  try {
    check(*text);
    take(parse_json(*text), into);
  } catch (const Damaged& damage) {
    fail_damaged(file, damage.what());
  }
}

}  // namespace

Finished read_finished(const StateDir& state) {
  Finished finished;
  read(state.streams(), check_streams, read_streams, finished.streams);
  read(state.handoffs(), check_handoffs, read_handoffs, finished.agents);
  return finished;
}

}  // namespace gs::store
