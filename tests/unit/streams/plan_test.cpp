#include "lib/streams/lifecycle/plan.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>

#include "lib/core/error.h"
#include "lib/policy/policy_file.h"

namespace gs::streams {
namespace {

using core::AgentId;
using core::Policy;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Lines = std::vector<std::string>;

Policy reference() {
  std::ifstream in(GS_SOURCE_DIR "/config/trading-bot.yaml");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return policy::parse_policy(text, "trading-bot.yaml");
}

Policy parsed(const std::string& streams) {
  return policy::parse_policy("version: 1\nstreams:\n" + streams, "test.yaml");
}

// "A B C D" a phase.
Lines phases(const Plan& plan) {
  Lines lines;
  for (const auto& phase : plan.phases) {
    std::string& line = lines.emplace_back();
    for (const PlannedStream& stream : phase) line += (line.empty() ? "" : " ") + stream.id.str();
  }
  return lines;
}

const PlannedStream& stream_of(const Plan& plan, const std::string& id) {
  for (const auto& phase : plan.phases) {
    for (const PlannedStream& stream : phase) {
      if (stream.id.str() == id) return stream;
    }
  }
  throw std::runtime_error("no stream " + id);
}

// "E1 E3 > E2"
std::string waves(const Plan& plan, const std::string& id) {
  std::string text;
  for (const auto& wave : stream_of(plan, id).waves) {
    text += text.empty() ? "" : " >";
    for (const PlannedAgent& agent : wave)
      text += (text.empty() ? "" : " ") + agent.id.short_name();
  }
  return text;
}

Lines titles(const std::vector<Task>& tasks) {
  Lines lines;
  for (const Task& task : tasks) lines.push_back(task.task.title);
  return lines;
}

state::StreamRecord record(const std::string& stream, StreamStatus status) {
  state::StreamRecord record;
  record.id = StreamId(stream);
  record.status = status;
  return record;
}

Task task(std::size_t number, const std::string& title, const std::string& priority,
          const std::string& stream, const std::string& agent = {}) {
  return {number, {title, priority, "todo", StreamId(stream), AgentId::parse(agent)}, false};
}

TEST(Plan, OfTheReferenceDesign) {
  const Plan plan = plan_of(reference(), {}, {});
  EXPECT_THAT(phases(plan), ElementsAre("A B C D", "E F", "G", "H"));
  EXPECT_EQ(waves(plan, "A"), "A1 A2 A3");
  EXPECT_EQ(waves(plan, "E"), "E1 E3 > E2");
  EXPECT_EQ(waves(plan, "H"), "H1 > H2 > H3 > H4") << "parallel: none";
  EXPECT_TRUE(stream_of(plan, "D").ready());
  EXPECT_FALSE(stream_of(plan, "E").ready());
  EXPECT_THAT(plan.circle, IsEmpty());
}

TEST(Plan, ShowsHowFarEverybodyIs) {
  state::Streams streams;
  streams.records = {record("A", StreamStatus::merged), record("B", StreamStatus::completed),
                     record("E", StreamStatus::in_progress)};
  streams.records[2].completed_agents = {{*AgentId::parse("E1"), core::Instant{}}};
  const Plan plan = plan_of(reference(), streams, {});
  EXPECT_THAT(phases(plan), ElementsAre("A B C D", "E F", "G", "H")) << "whatever is done";
  EXPECT_EQ(stream_of(plan, "A").status, StreamStatus::merged);
  EXPECT_FALSE(stream_of(plan, "E").ready()) << "it is started";
  EXPECT_TRUE(stream_of(plan, "F").ready());
  EXPECT_THAT(stream_of(plan, "G").missing, ElementsAre(StreamId("E"), StreamId("F")));
  const auto& first = stream_of(plan, "E").waves.front();
  EXPECT_TRUE(first[0].done);
  EXPECT_FALSE(first[1].done);
  EXPECT_TRUE(stream_of(plan, "A").waves[0][0].done) << "with its stream";
}

TEST(Plan, OrdersAgentsOneByOneAsAfterSays) {
  const Plan plan = plan_of(parsed("  S:\n    parallel: none\n    agents:\n"
                                   "      S1: {files: [a], after: [S3]}\n"
                                   "      S2: {files: [b]}\n"
                                   "      S3: {files: [c]}\n"),
                            {}, {});
  EXPECT_EQ(waves(plan, "S"), "S2 > S3 > S1");
}

TEST(Plan, FollowsAfterThroughOtherStreams) {
  // X1 waits for Y1, whose stream waits for Z, where Z1 waits for X2.
  const Policy policy = parsed(
      "  X:\n    agents:\n      X1: {files: [a], after: [Y1]}\n      X2: {files: [b]}\n"
      "      X3: {files: [c], after: [Z1]}\n"
      "  Y:\n    depends_on: [Z]\n    agents:\n      Y1: {files: [d]}\n"
      "  Z:\n    agents:\n      Z1: {files: [e], after: [X2]}\n");
  const Plan plan = plan_of(policy, {}, {});
  EXPECT_THAT(phases(plan), ElementsAre("X Z", "Y")) << "an agent's wait is not its stream's";
  EXPECT_EQ(waves(plan, "X"), "X2 > X1 X3");
  const PlannedAgent& waiting = stream_of(plan, "X").waves[1][0];
  EXPECT_THAT(waiting.awaited, ElementsAre(*AgentId::parse("Y1")));
  state::Streams streams;
  streams.records = {record("Y", StreamStatus::completed)};
  EXPECT_THAT(stream_of(plan_of(policy, streams, {}), "X").waves[1][0].awaited, IsEmpty());
}

TEST(Plan, TellsACircleOfWholeStreamsEdgeByEdge) {
  const Plan plan = plan_of(
      parsed("  E:\n    depends_on: [B]\n    agents:\n      E1: {files: [a]}\n"
             "  A:\n    agents:\n      A1: {files: [b], after: [E1]}\n      A2: {files: [c]}\n"
             "  B:\n    agents:\n      B1: {files: [d], after: [A2]}\n"),
      {}, {});
  EXPECT_THAT(phases(plan), ElementsAre("A B", "E"));
  EXPECT_THAT(
      plan.circle,
      ElementsAre(conflicts::StreamWait{StreamId("E"), StreamId("B"), "E depends on B", true},
                  conflicts::StreamWait{StreamId("B"), StreamId("A"), "B1 comes after A2", false},
                  conflicts::StreamWait{StreamId("A"), StreamId("E"), "A1 comes after E1", false}));
}

std::string refusal(const Policy& policy) {
  try {
    plan_of(policy, {}, {});
  } catch (const core::Error& error) {
    EXPECT_EQ(error.code(), core::ExitCode::usage);
    return error.what();
  }
  return "no error";
}

TEST(Plan, RefusesWhatCouldNeverStart) {
  Policy policy =
      parsed("  A:\n    agents:\n      A1: {files: [a]}\n      A2: {files: [b]}\n  B: {}\n");
  policy.streams[0].agents[0].after = {*AgentId::parse("A2")};
  policy.streams[0].agents[1].after = {*AgentId::parse("A1")};
  EXPECT_EQ(refusal(policy), "dependency cycle: A1 comes after A2; A2 comes after A1");
  policy.streams[0].agents[0].after = {};
  policy.streams[0].agents[1].after = {*AgentId::parse("B1")};
  policy.streams[1].agents = {{*AgentId::parse("B1"), {}, {}, {}}};
  policy.streams[1].depends_on = {StreamId("A")};
  EXPECT_EQ(refusal(policy),
            "dependency cycle: A2 comes after B1; B1 starts with B; B depends on A; A is complete "
            "when A2 is");
  policy.streams[0].depends_on = {StreamId("B")};
  policy.streams[1].depends_on = {StreamId("A")};
  EXPECT_EQ(refusal(policy), "dependency cycle: A depends on B; B depends on A");
}

TEST(Plan, PutsTasksWhereTheyBelong) {
  const Plan plan =
      plan_of(reference(), {},
              {task(1, "second wave", "P0", "E", "E2"), task(2, "nobody's", "P0", "E"),
               task(3, "later", "P2", "E", "E1"), task(4, "sooner", "P1", "E", "E1"),
               task(5, "some day", "", "E", "E1"), task(6, "homeless", "P0", "SDK"),
               task(7, "by its agent", "P1", "", "F2"), task(8, "equal", "P1", "E", "E1")});
  EXPECT_THAT(titles(stream_of(plan, "E").tasks),
              ElementsAre("sooner", "equal", "later", "some day", "second wave", "nobody's"));
  EXPECT_THAT(titles(stream_of(plan, "F").tasks), ElementsAre("by its agent"));
  EXPECT_THAT(titles(plan.tasks), ElementsAre("homeless"));
}

TEST(Plan, OfAPolicyWithoutStreams) {
  EXPECT_THAT(plan_of({}, {}, {}).phases, IsEmpty());
}

TEST(StreamWaits, AreDeclaredOrByAgents) {
  const auto waits = conflicts::stream_waits(
      parsed("  A:\n    agents:\n      A1: {files: [a]}\n      A2: {files: [b], after: [A1]}\n"
             "  B:\n    depends_on: [A]\n    agents:\n      B1: {files: [c], after: [A1, A2]}\n"));
  Lines reasons;
  for (const conflicts::StreamWait& wait : waits) reasons.push_back(wait.reason);
  EXPECT_THAT(reasons, ElementsAre("B depends on A", "B1 comes after A1", "B1 comes after A2"));
}

}  // namespace
}  // namespace gs::streams
