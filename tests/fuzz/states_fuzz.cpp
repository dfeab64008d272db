// Whatever the state files hold, reading them ends, and what is read survives being written: an
// untouched entry stays as it was.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/state/handoffs.h"
#include "lib/state/streams.h"
#include "lib/state/tasks.h"

namespace {

namespace fs = std::filesystem;
using namespace gs;

void require(bool fine) {
  if (!fine) std::abort();
}

// A state directory in memory where there is one: every change is synced to the disk.
struct Scratch {
  Scratch() {
    std::error_code none;
    const fs::path base =
        fs::is_directory("/dev/shm", none) ? fs::path("/dev/shm") : fs::temp_directory_path();
    folder = base / ("gs-states-fuzz-" + std::to_string(getpid()));
    fs::create_directories(folder);
  }
  ~Scratch() {
    std::error_code none;
    fs::remove_all(folder, none);
  }
  fs::path folder;
};

std::string slurp(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void put(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void streams_survive(const state::StateDir& state, const std::string& text) {
  put(state.streams(), text);
  const state::Streams before = state::read_streams(state);
  require(state::change_streams(state, [](state::Streams&) {}) == before);
  require(slurp(state.streams()) == text);
  state::read_finished(state);
  state::StreamRecord added;
  added.id = core::StreamId("never.in.a.file");
  state::change_streams(state, [&](state::Streams& all) { all.records.push_back(added); });
  const state::Streams after = state::read_streams(state);
  for (const state::StreamRecord& record : before.records) {
    if (record.id != added.id) require(*after.find(record.id) == record);
  }
  const auto same = state::change_streams(state, [&](state::Streams& all) {
    for (state::StreamRecord& record : all.records) record.status = core::StreamStatus::merged;
  });
  require(state::read_streams(state) == same);
}

void handoffs_survive(const state::StateDir& state, const std::string& text) {
  put(state.handoffs(), text);
  const auto before = state::read_handoffs(state);
  const state::Handoff added{"agent-F1", {"agent-F2"}, {}, {"never in a file"}, {}, {}, "", ""};
  require(state::add_handoffs(state, {added}).size() <= 1);
  require(state::add_handoffs(state, {added}).empty());
  auto after = state::read_handoffs(state);
  after.resize(before.size());
  require(after == before);
}

void tasks_survive(const state::StateDir& state, const std::string& text) {
  put(state.tasks(), text);
  const auto before = state::read_task_notes(state);
  const auto after = state::change_task_notes(state, [](std::vector<state::TaskNote>& notes) {
    notes.push_back({{"never in a file", "", "todo", std::nullopt, std::nullopt}, true});
  });
  require(after.size() == before.size() + 1 &&
          std::equal(before.begin(), before.end(), after.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  const state::StateDir state(scratch.folder);
  const std::string text(reinterpret_cast<const char*>(data), size);
  put(state.handoffs(), "{\"handoffs\": []}");
  for (const auto survive : {streams_survive, handoffs_survive, tasks_survive}) {
    try {
      survive(state, text);
    } catch (const core::Error& error) {
      require(error.code() == core::ExitCode::broken && !error.hint().empty());
    }
  }
  return 0;
}
