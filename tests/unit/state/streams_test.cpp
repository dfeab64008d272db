#include "lib/state/streams.h"

#include <gmock/gmock.h>
#include <thread>

#include "lib/core/json.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

using core::AgentId;
using core::StreamId;
using core::StreamStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

AgentId agent(const char* name) {
  return AgentId::parse(name).value();
}

class StreamsTest : public StateTest {
 protected:
  StreamRecord full_record() const {
    StreamRecord record;
    record.id = StreamId("F");
    record.status = StreamStatus::completed;
    record.started_at = ten;
    record.completed_at = record.merged_at = eleven;
    record.worktree = "../bot-stream-F";
    record.branch = core::BranchName("feature/stream-F-llm");
    record.agents = {agent("F1"), agent("F2")};
    record.completed_tip = core::ObjectId::from_hex("1234567890123456789012345678901234567890");
    record.merge = core::ObjectId::from_hex("abcdefabcdabcdefabcdabcdefabcdabcdefabcd");
    record.completed_agents = {{agent("F2"), ten}, {agent("F1"), eleven}};
    record.runs = {{agent("F1"), {4711, 99, "boot"}, ten, eleven, 3, std::nullopt},
                   {agent("F2"), {12, 0, ""}, eleven, std::nullopt, std::nullopt, 9}};
    return record;
  }
  Streams add(const StreamRecord& record) const {
    return change_streams(state, [&](Streams& streams) { streams.records.push_back(record); });
  }
  core::Json file() const { return core::parse_json(slurp(state.streams())); }
  std::string text(std::initializer_list<const char*> names) const {
    const core::Json tree = file();
    const core::Json* const found = member(tree, names);
    return found == nullptr ? "none" : core::compact_json(*found);
  }
};

TEST_F(StreamsTest, WhatIsWrittenIsRead) {
  Streams wanted{ten, {full_record()}};
  StreamRecord plain;
  plain.id = StreamId("E");
  plain.worktree = "/w/\xff and \"quotes\"";  // as bytes: no UTF-8
  plain.branch = core::BranchName("feature/\xe4");
  wanted.records.push_back(plain);
  EXPECT_EQ(change_streams(state, [&](Streams& streams) { streams = wanted; }), wanted);
  EXPECT_EQ(read_streams(state), wanted) << slurp(state.streams());
  EXPECT_EQ(read_streams(state).status(StreamId("F")), StreamStatus::completed);
  EXPECT_EQ(read_streams(state).status(StreamId("G")), StreamStatus::waiting);
  EXPECT_TRUE(read_streams(state).find(StreamId("F"))->completed(agent("F1")));
  EXPECT_FALSE(read_streams(state).find(StreamId("E"))->completed(agent("F1")));
}

TEST_F(StreamsTest, WritesTheReferenceDesignsMembers) {
  StreamRecord record = full_record();
  record.merged_at.reset();
  change_streams(state, [&](Streams& streams) { streams = {ten, {record}}; });
  EXPECT_EQ(text({"streams", "F", "status"}), "\"completed\"");
  EXPECT_EQ(text({"streams", "F", "started_at"}), "\"2025-12-06T10:00:00Z\"");
  EXPECT_EQ(text({"streams", "F", "worktree"}), "\"../bot-stream-F\"");
  EXPECT_EQ(text({"streams", "F", "branch"}), "\"feature/stream-F-llm\"");
  EXPECT_EQ(text({"streams", "F", "agents"}), "[\"F1\",\"F2\"]");
  EXPECT_EQ(text({"streams", "F", "completed_at"}), "\"2025-12-06T11:00:00Z\"");
  EXPECT_EQ(text({"streams", "F", "merged_at"}), "none");
  EXPECT_EQ(text({"started_at"}), "\"2025-12-06T10:00:00Z\"");
}

TEST_F(StreamsTest, ReadsTheReferenceDesignsOwnFile) {
  spill(state.streams(), R"({
  "streams": {
    "A": {"status": "completed", "started_at": "2025-12-06T10:00:00Z",
          "worktree": "../trading-bot-stream-A", "branch": "feature/stream-A-foundation",
          "agents": ["A1", "A2", "A3"], "completed_at": "2025-12-06T11:00:00Z"}
  },
  "started_at": null
})");
  const Streams streams = read_streams(state);
  ASSERT_EQ(streams.records.size(), 1U);
  const StreamRecord& record = streams.records[0];
  EXPECT_EQ(record.status, StreamStatus::completed);
  EXPECT_EQ(record.completed_at, eleven);
  EXPECT_THAT(record.agents, ElementsAre(agent("A1"), agent("A2"), agent("A3")));
  EXPECT_FALSE(streams.started_at);
}

TEST_F(StreamsTest, WhatWeDoNotKnowStays) {
  spill(state.streams(), R"({"note": [1], "streams": {
    "F": {"status": "paused", "colour": "red", "agents": ["F1", 7], "started_at": "yesterday",
          "runs": {"agent-F1": {"pid": 5, "host": "here"}, "cron": 1, "F9": 2},
          "completed_agents": {"agent-F2": "2025-12-06T10:00:00Z", "by hand": true}},
    "not an id!": {"status": "merged"},
    "G": {"status": 3}}, "started_at": 12})");
  core::Json wanted = file();
  const Streams read = read_streams(state);
  ASSERT_EQ(read.records.size(), 2U);
  EXPECT_EQ(read.status(StreamId("F")), StreamStatus::waiting);
  EXPECT_THAT(read.records[0].agents, ElementsAre(agent("F1")));
  ASSERT_EQ(read.records[0].runs.size(), 1U);
  change_streams(state, [&](Streams& streams) {
    StreamRecord& f = *streams.find(StreamId("F"));
    f.runs[0].exit_code = 0;
    f.completed_agents.emplace_back(agent("F1"), eleven);
  });
  core::Json& f = *wanted.find("streams")->find("F");
  f.find("runs")->set("agent-F1", core::parse_json(R"({"pid": 5, "host": "here", "start_time": 0,
      "boot_id": "", "started_at": "1970-01-01T00:00:00Z", "exit_code": 0})"));
  f.find("completed_agents")->set("F1", "2025-12-06T11:00:00Z");
  EXPECT_EQ(file(), wanted) << slurp(state.streams());
}

TEST_F(StreamsTest, MembersGoWhenTheirValuesDo) {
  add(full_record());
  change_streams(state, [](Streams& streams) {
    StreamRecord& record = streams.records[0];
    record.completed_at.reset();
    record.completed_tip.reset();
    record.completed_agents.clear();
    record.runs.erase(record.runs.begin());
    record.runs[0].signal.reset();
  });
  for (const char* name : {"completed_at", "commit", "completed_agents"})
    EXPECT_EQ(text({"streams", "F", name}), "none");
  EXPECT_EQ(text({"streams", "F", "runs", "F1"}), "none");
  EXPECT_EQ(text({"streams", "F", "runs", "F2", "signal"}), "none");
  EXPECT_EQ(text({"streams", "F", "runs", "F2", "pid"}), "12");
  change_streams(state, [](Streams& streams) { streams.records.clear(); });
  EXPECT_EQ(text({"streams"}), "{}");
}

TEST_F(StreamsTest, NumbersThatCannotBeAreNone) {
  spill(state.streams(), R"({"streams": {"F": {"runs": {"F1": {"pid": 18446744073709551615,
      "exit_code": 18446744073709551615, "signal": -2147483649, "start_time": -1}}}}})");
  const AgentRun run = read_streams(state).records.at(0).runs.at(0);
  EXPECT_EQ(run.process.pid, 0);
  EXPECT_EQ(run.process.start_time, 0U);
  EXPECT_EQ(run.exit_code, std::nullopt);
  EXPECT_EQ(run.signal, std::nullopt);
}

TEST_F(StreamsTest, NothingIsWrittenWhenNothingChanges) {
  const std::string odd = "{ \"streams\":{}, \"started_at\" : null }";
  spill(state.streams(), odd);
  change_streams(state, [](Streams&) {});
  EXPECT_EQ(slurp(state.streams()), odd);
}

TEST_F(StreamsTest, AChangeThatThrowsChangesNothing) {
  const std::string before = slurp(state.streams());
  EXPECT_THROW(change_streams(state,
                              [](Streams& streams) {
                                streams.records.emplace_back();
                                throw core::Error(core::ExitCode::findings, "no");
                              }),
               core::Error);
  EXPECT_EQ(slurp(state.streams()), before);
}

TEST_F(StreamsTest, DamageIsAnErrorThatNamesTheRepair) {
  for (const char* bad : {"", "{", "[]", "{\"streams\": []}", "{\"streams\": {\"F\": 1}}",
                          "{\"streams\": {\"F\": {}, \"F\": {}}}"}) {
    spill(state.streams(), bad);
    const core::Error error = error_of([&] { read_streams(state); });
    EXPECT_EQ(error.code(), core::ExitCode::broken) << bad;
    EXPECT_THAT(error.what(), HasSubstr("orchestrator_state.json is damaged")) << bad;
    EXPECT_EQ(error.hint(), "git stream init --repair") << bad;
    EXPECT_THROW(change_streams(state, [](Streams&) {}), core::Error) << bad;
    EXPECT_EQ(slurp(state.streams()), bad);
  }
}

TEST_F(StreamsTest, WhereThereIsNoStateThereAreNoStreams) {
  const StateDir none(folder.path() / "none");
  EXPECT_THAT(read_streams(none).records, IsEmpty());
  EXPECT_EQ(error_of([&] { change_streams(none, [](Streams&) {}); }).hint(), "git stream init");
  std::filesystem::create_directory_symlink(state.root(), folder.path() / "linked");
  const StateDir linked(folder.path() / "linked");
  EXPECT_THAT(error_of([&] { read_streams(linked); }).what(), HasSubstr("is a symbolic link"));
}

TEST_F(StreamsTest, AFileThatNobodyCouldReadIsNotWritten) {
  const std::string before = slurp(state.streams());
  const core::Error error = error_of([&] {
    StreamRecord record = full_record();
    record.worktree = std::string(std::size_t{17} << 20, 'x');
    add(record);
  });
  EXPECT_THAT(error.what(), HasSubstr("would grow beyond"));
  EXPECT_EQ(slurp(state.streams()), before);
}

TEST_F(StreamsTest, ThoseWhoChangeItAtOnceLoseNothing) {
  constexpr int kThreads = 4, kRounds = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        StreamRecord record;
        record.id = StreamId("S" + std::to_string(t * kRounds + i));
        add(record);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read_streams(state).records.size(), std::size_t{kThreads * kRounds});
}

}  // namespace
}  // namespace gs::state
