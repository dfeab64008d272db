#include "lib/state/handoffs.h"

#include <gmock/gmock.h>
#include <thread>

#include "lib/core/json.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class HandoffsTest : public StateTest {
 protected:
  Handoff handoff(const std::string& commit = std::string(40, 'a')) const {
    return {"agent-E1",
            {"agent-E2"},
            eleven,
            {"Risk manager refactoring", "Circuit breaker updates"},
            {"RiskEnforcementChain"},
            {"RiskManager.validate() signature changed"},
            "3548 passing",
            commit};
  }
};

TEST_F(HandoffsTest, WhatIsAddedIsRead) {
  EXPECT_THAT(add_handoffs(state, {handoff()}), ElementsAre(handoff()));
  EXPECT_THAT(read_handoffs(state), ElementsAre(handoff()));
}

TEST_F(HandoffsTest, IsTheReferenceDesignsFile) {
  const std::string reference = R"({
  "handoffs": [
    {
      "from_agent": "agent-E1",
      "to_agents": [
        "agent-E2"
      ],
      "timestamp": "2025-12-06T11:00:00Z",
      "completed_tasks": [
        "Risk manager refactoring",
        "Circuit breaker updates"
      ],
      "context": {
        "new_interfaces": [
          "RiskEnforcementChain"
        ],
        "breaking_changes": [
          "RiskManager.validate() signature changed"
        ],
        "test_status": "3548 passing"
      }
    }
  ]
}
)";
  add_handoffs(state, {handoff("")});
  EXPECT_EQ(slurp(state.handoffs()), reference);
  EXPECT_THAT(read_handoffs(state), ElementsAre(handoff("")));
}

TEST_F(HandoffsTest, TheSameIsAddedOnce) {
  Handoff later = handoff();
  later.timestamp = eleven + core::Seconds(60);
  later.test_status = "3549 passing";
  EXPECT_THAT(add_handoffs(state, {handoff(), handoff()}), SizeIs(1));
  const std::string before = slurp(state.handoffs());
  EXPECT_THAT(add_handoffs(state, {later}), IsEmpty());
  EXPECT_EQ(slurp(state.handoffs()), before);
  EXPECT_THAT(add_handoffs(state, {handoff(std::string(40, 'b')), later}), SizeIs(1));
  Handoff other = handoff();
  other.to_agents.emplace_back("agent-G1");
  EXPECT_THAT(add_handoffs(state, {other}), SizeIs(1));
  EXPECT_THAT(read_handoffs(state), SizeIs(3));
}

TEST_F(HandoffsTest, WithoutACommitTheContextTellsThemApart) {
  Handoff first = handoff(""), second = handoff("");
  second.new_interfaces = {"AnomalyDetector"};
  EXPECT_THAT(add_handoffs(state, {first}), SizeIs(1));
  EXPECT_THAT(add_handoffs(state, {second}), SizeIs(1));
  EXPECT_THAT(add_handoffs(state, {first, second}), IsEmpty());
}

TEST_F(HandoffsTest, WhatWeDoNotKnowStays) {
  const std::string old = R"({"by": "hand", "handoffs": [{"from_agent": "agent-E3", "to_agents": 5,
      "timestamp": "soon", "context": [], "mood": "good"}, {}]})";
  spill(state.handoffs(), old);
  const auto read = read_handoffs(state);
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].from_agent, "agent-E3");
  EXPECT_THAT(read[0].to_agents, IsEmpty());
  add_handoffs(state, {handoff()});
  core::Json now = core::parse_json(slurp(state.handoffs()));
  ASSERT_EQ(now.find("handoffs")->array()->size(), 3U);
  now.find("handoffs")->array()->pop_back();
  EXPECT_EQ(now, core::parse_json(old));
}

TEST_F(HandoffsTest, DamageIsAnErrorThatNamesTheRepair) {
  for (const char* bad : {"", "{}", "{\"handoffs\": {}}", "{\"handoffs\": [1]}"}) {
    spill(state.handoffs(), bad);
    const core::Error error = error_of([&] { read_handoffs(state); });
    EXPECT_THAT(error.what(), HasSubstr("handoffs.json is damaged")) << bad;
    EXPECT_EQ(error.hint(), "git stream init --repair");
    EXPECT_THROW(add_handoffs(state, {handoff()}), core::Error);
    EXPECT_EQ(slurp(state.handoffs()), bad);
  }
}

TEST_F(HandoffsTest, ThoseWhoAddAtOnceLoseNothing) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        Handoff mine = handoff();
        mine.completed_tasks = {std::to_string(t) + "." + std::to_string(i)};
        add_handoffs(state, {mine});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(read_handoffs(state), SizeIs(80));
}

// Whose work is complete.

TEST_F(StateTest, NobodyWhereThereIsNoState) {
  EXPECT_THAT(read_finished(StateDir(folder.path() / "none")).streams, IsEmpty());
  EXPECT_THAT(read_finished(state).streams, IsEmpty());
  EXPECT_THAT(read_finished(state).agents, IsEmpty());
}

TEST_F(StateTest, StreamsByStatusAndAgentsByCompletionOrHandoff) {
  spill(state.streams(),
        R"({"streams": {"A": {"status": "completed"}, "B": {"status": "in_progress"},
      "C": {"status": "merged"}, "D": {"status": 1}, "E": {},
      "F": {"status": "in_progress", "completed_agents": {"F2": "2025-12-06T10:00:00Z", "F1": 1}}},
      "started_at": null})");
  spill(state.handoffs(), R"({"handoffs": [{"from_agent": "agent-E1", "to_agents": ["agent-E2"]},
      {"from_agent": "agent-F1"}, {"from_agent": 7}, {}]})");
  const Finished finished = read_finished(state);
  EXPECT_THAT(finished.streams, ElementsAre("A", "C"));
  EXPECT_THAT(finished.agents, ElementsAre("agent-F2", "agent-F1", "agent-E1"));
}

TEST_F(StateTest, DamageIsAnError) {
  for (const char* bad : {"", "{}", "[]", "{\"handoffs\": [1]}", "{\"handoffs\": {}}"}) {
    spill(state.handoffs(), bad);
    EXPECT_THROW(read_finished(state), core::Error) << bad;
  }
}

}  // namespace
}  // namespace gs::state
