#include "lib/store/finished.h"

#include <fstream>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/support/temp_repo.h"

namespace gs::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FinishedTest : public testing::Test {
 protected:
  void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }
  test::TempFolder folder_;
  StateDir state_{folder_.path()};
};

TEST_F(FinishedTest, NobodyWhereThereIsNoState) {
  EXPECT_THAT(read_finished(state_).streams, IsEmpty());
  state_.create();
  EXPECT_THAT(read_finished(state_).streams, IsEmpty());
  EXPECT_THAT(read_finished(state_).agents, IsEmpty());
}

TEST_F(FinishedTest, StreamsByStatusAndAgentsByCompletionOrHandoff) {
  write(state_.streams(),
        R"({"streams": {"A": {"status": "completed"}, "B": {"status": "in_progress"},
      "C": {"status": "merged"}, "D": {"status": 1}, "E": {},
      "F": {"status": "in_progress", "completed_agents": {"F2": "2025-12-06T10:00:00Z", "F1": 1}}},
      "started_at": null})");
  write(state_.handoffs(), R"({"handoffs": [{"from_agent": "agent-E1", "to_agents": ["agent-E2"]},
      {"from_agent": "agent-F1"}, {"from_agent": 7}, {}]})");
  const Finished finished = read_finished(state_);
  EXPECT_THAT(finished.streams, ElementsAre("A", "C"));
  EXPECT_THAT(finished.agents, ElementsAre("agent-F2", "agent-F1", "agent-E1"));
}

TEST_F(FinishedTest, DamageIsAnError) {
  for (const char* bad : {"", "{}", "[]", "{\"handoffs\": [1]}", "{\"handoffs\": {}}"}) {
    write(state_.handoffs(), bad);
    EXPECT_THROW(read_finished(state_), core::Error) << bad;
  }
}

}  // namespace
}  // namespace gs::store
