#include "lib/conflicts/dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/streams/agent_repo.h"

namespace gs::conflicts {
namespace {

using core::AgentId;
using core::StreamId;
using core::StreamStatus;
using streams::agent;
using testing::ElementsAre;
using testing::IsEmpty;

core::StreamSpec stream(const std::string& id, const std::vector<std::string>& after,
                        std::vector<core::AgentSpec> agents = {}) {
  core::StreamSpec spec;
  spec.id = StreamId(id);
  for (const std::string& other : after) spec.depends_on.emplace_back(other);
  spec.agents = std::move(agents);
  return spec;
}

core::AgentSpec member(const std::string& name, const std::vector<std::string>& after = {}) {
  core::AgentSpec spec{agent(name), "", {}, {}};
  for (const std::string& other : after) spec.after.push_back(agent(other));
  return spec;
}

// B stands before A; F needs both, G needs F; E's second agent comes after its first and after A1.
core::Policy waiting_policy() {
  core::Policy policy;
  policy.streams = {stream("B", {}, {member("B1")}), stream("A", {}, {member("A1")}),
                    stream("E", {"A"}, {member("E1"), member("E2", {"E1", "A1"})}),
                    stream("F", {"A", "B"}, {member("F1")}), stream("G", {"F"}, {member("G1")})};
  return policy;
}

state::Streams at(const std::vector<std::pair<std::string, StreamStatus>>& statuses) {
  state::Streams streams;
  for (const auto& [id, status] : statuses) {
    streams.records.emplace_back();
    streams.records.back().id = StreamId(id);
    streams.records.back().status = status;
  }
  return streams;
}

std::vector<std::string> names(const std::vector<StreamId>& ids) {
  std::vector<std::string> text;
  for (const StreamId& id : ids) text.push_back(id.str());
  return text;
}

std::vector<std::string> names(const std::vector<AgentId>& ids) {
  std::vector<std::string> text;
  for (const AgentId& id : ids) text.push_back(id.short_name());
  return text;
}

std::vector<std::string> missing(const state::Streams& streams, const std::string& id) {
  const core::Policy all = waiting_policy();
  return names(missing_dependencies(all, streams, *all.find_stream(StreamId(id))));
}

TEST(Dependencies, AreMetByWhatIsCompletedOrMerged) {
  EXPECT_THAT(missing({}, "A"), IsEmpty());
  EXPECT_THAT(missing({}, "F"), ElementsAre("B", "A")) << "in the policy's order";
  EXPECT_THAT(missing(at({{"A", StreamStatus::in_progress}, {"B", StreamStatus::waiting}}), "F"),
              ElementsAre("B", "A"));
  EXPECT_THAT(missing(at({{"A", StreamStatus::completed}, {"B", StreamStatus::in_progress}}), "F"),
              ElementsAre("B"));
  EXPECT_THAT(missing(at({{"A", StreamStatus::completed}, {"B", StreamStatus::merged}}), "F"),
              IsEmpty());
  EXPECT_THAT(missing(at({{"A", StreamStatus::merged}, {"B", StreamStatus::merged}}), "G"),
              ElementsAre("F"))
      << "only its own";
}

TEST(Dependencies, ForMergingOnlyWhatIsMergedCounts) {
  const core::Policy all = waiting_policy();
  const auto streams = at({{"A", StreamStatus::completed}, {"B", StreamStatus::merged}});
  EXPECT_THAT(names(unmerged_dependencies(all, streams, *all.find_stream(StreamId("F")))),
              ElementsAre("A"));
}

TEST(Ready, IsWhatHasNotStartedAndWaitsForNothing) {
  EXPECT_THAT(names(ready_streams(waiting_policy(), {})), ElementsAre("B", "A"));
  EXPECT_THAT(names(ready_streams(waiting_policy(), at({{"A", StreamStatus::in_progress}}))),
              ElementsAre("B"));
  EXPECT_THAT(names(ready_streams(waiting_policy(), at({{"A", StreamStatus::completed},
                                                        {"B", StreamStatus::merged},
                                                        {"E", StreamStatus::merged}}))),
              ElementsAre("F"));
  EXPECT_THAT(names(ready_streams(waiting_policy(), at({{"A", StreamStatus::waiting}}))),
              ElementsAre("B", "A"))
      << "a record that says nothing is no start";
  EXPECT_THAT(names(ready_streams({}, {})), IsEmpty());
}

TEST(Agents, AreDoneByThemselvesOrWithTheirStream) {
  state::Streams streams = at({{"E", StreamStatus::in_progress}});
  EXPECT_FALSE(agent_done(waiting_policy(), streams, agent("E1")));
  streams.records[0].completed_agents.emplace_back(agent("E1"), core::Instant{});
  EXPECT_TRUE(agent_done(waiting_policy(), streams, agent("agent-E1")));
  EXPECT_FALSE(agent_done(waiting_policy(), streams, agent("E2")));
  EXPECT_TRUE(agent_done(waiting_policy(), at({{"E", StreamStatus::completed}}), agent("E2")));
  EXPECT_FALSE(agent_done(waiting_policy(), at({{"E", StreamStatus::merged}}), agent("nobody")));
}

TEST(Agents, WaitForThoseAfterWhomTheyCome) {
  const core::Policy all = waiting_policy();
  const auto waits_for = [&](const state::Streams& streams, const std::string& name) {
    return names(missing_agents(all, streams, *all.find_agent(agent(name))));
  };
  EXPECT_THAT(waits_for({}, "E1"), IsEmpty());
  EXPECT_THAT(waits_for({}, "E2"), ElementsAre("E1", "A1"));
  EXPECT_THAT(waits_for(at({{"A", StreamStatus::merged}}), "E2"), ElementsAre("E1"));
}

TEST(Agents, HandOverToThoseWhoFollow) {
  EXPECT_THAT(names(followers(waiting_policy(), agent("E1"))), ElementsAre("E2"));
  EXPECT_THAT(names(followers(waiting_policy(), agent("A1"))), ElementsAre("E1", "E2", "F1"))
      << "after it by name, or by their stream: once each";
  EXPECT_THAT(names(followers(waiting_policy(), agent("G1"))), IsEmpty());
  EXPECT_THAT(names(followers(waiting_policy(), agent("nobody"))), IsEmpty());
}

}  // namespace
}  // namespace gs::conflicts
