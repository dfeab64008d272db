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
#include "lib/store/handoffs.h"
#include "lib/store/streams.h"
#include "lib/store/tasks.h"

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

void streams_survive(const store::StateDir& state, const std::string& text) {
  put(state.streams(), text);
  const store::Streams before = store::read_streams(state);
  require(store::change_streams(state, [](store::Streams&) {}) == before);
  require(slurp(state.streams()) == text);
  store::read_finished(state);
  store::StreamRecord added;
  added.id = core::StreamId("never.in.a.file");
  store::change_streams(state, [&](store::Streams& all) { all.records.push_back(added); });
  const store::Streams after = store::read_streams(state);
  for (const store::StreamRecord& record : before.records) {
    if (record.id != added.id) require(*after.find(record.id) == record);
  }
  const auto same = store::change_streams(state, [&](store::Streams& all) {
    for (store::StreamRecord& record : all.records) record.status = core::StreamStatus::merged;
  });
  require(store::read_streams(state) == same);
}

void handoffs_survive(const store::StateDir& state, const std::string& text) {
  put(state.handoffs(), text);
  const auto before = store::read_handoffs(state);
  const store::Handoff added{"agent-F1", {"agent-F2"}, {}, {"never in a file"}, {}, {}, "", ""};
  require(store::add_handoffs(state, {added}).size() <= 1);
  require(store::add_handoffs(state, {added}).empty());
  auto after = store::read_handoffs(state);
  after.resize(before.size());
  require(after == before);
}

void tasks_survive(const store::StateDir& state, const std::string& text) {
  put(state.tasks(), text);
  const auto before = store::read_task_notes(state);
  const auto after = store::change_task_notes(state, [](std::vector<store::TaskNote>& notes) {
    notes.push_back({{"never in a file", "", "todo", std::nullopt, std::nullopt}, true});
  });
  require(after.size() == before.size() + 1 &&
          std::equal(before.begin(), before.end(), after.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Scratch scratch;
  const store::StateDir state(scratch.folder);
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
