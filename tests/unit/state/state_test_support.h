#pragma once
// What the tests of this room share: a state directory that goes away, and files as text.

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <initializer_list>
#include <iterator>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"
#include "tests/support/temp_repo.h"

namespace gs::state {

inline core::Instant at(const char* time) {
  return core::parse_time(time, local_offset).value();
}

inline std::string slurp(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void spill(const std::filesystem::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

// The error that this throws; fails the test when it throws none.
template <class Action>
core::Error error_of(const Action& action) {
  try {
    action();
  } catch (const core::Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {core::ExitCode::clean, ""};
}

// The member to which these names lead; null where there is none.
inline const core::Json* member(const core::Json& json, std::initializer_list<const char*> names) {
  const core::Json* at = &json;
  for (const char* name : names) at = at == nullptr ? nullptr : at->find(name);
  return at;
}

class StateTest : public testing::Test {
 protected:
  StateTest() { state.create(); }

  LockRequest request(const std::string& agent, std::vector<std::string> paths) const {
    LockRequest wish;
    wish.agent = agent;
    wish.paths = std::move(paths);
    wish.stream = "F";
    return wish;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(state.root()))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }

  test::TempFolder folder;
  StateDir state{folder.path() / "main" / ".claude" / "state"};
  const core::Instant ten = at("2025-12-06T10:00:00Z"), eleven = at("2025-12-06T11:00:00Z");
};

}  // namespace gs::state
