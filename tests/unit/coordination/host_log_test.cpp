#include "lib/coordination/host_log.h"

#include <fstream>
#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/json.h"
#include "tests/support/temp_repo.h"

namespace gs::coordination {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const core::Instant kNoon = *core::parse_time("2025-12-06T12:00:00Z", nullptr);

// Gives what it has beyond the position, a line an event.
class Lines : public LeaseStore {
 public:
  std::map<HostId, std::vector<std::string>> logs;
  bool away = false;

  ChangeOutcome change(const ChangeRequest& /*request*/) override { return {}; }
  SeenLeases read() override { return {}; }
  SeenLeases local_copy() const override { return {}; }
  std::size_t publish() override { return 0; }
  ReadEvents events_since(const LogPosition& position) override {
    if (away) throw core::Error(core::ExitCode::broken, "away");
    ReadEvents read;
    for (const auto& [host, lines] : logs) {
      const auto known = position.find(host);
      const std::size_t from = known == position.end() ? 0 : std::stoul(known->second);
      for (std::size_t i = from; i < lines.size(); ++i)
        read.events.push_back({host, *state::parse_log_line(lines[i])});
      read.position[host] = std::to_string(lines.size());
    }
    return read;
  }
};

std::string line(const std::string& time, const std::string& agent, const std::string& more = {}) {
  return R"({"timestamp":"2025-12-06T)" + time + R"(Z","agent":")" + agent +
         R"(","stream":"F","action":"locked")" + more + "}";
}

class HostLogTest : public testing::Test {
 protected:
  HostLogTest() { std::filesystem::create_directories(folder); }

  // "HOST AGENT" of each line that is kept.
  std::vector<std::string> kept() const {
    std::vector<std::string> found;
    for (const state::LogLine& one : state::read_log(log.lines(), {}).lines)
      found.push_back(host_of(one.activity) + " " + one.activity.agent);
    return found;
  }

  test::TempRepo repo;
  std::filesystem::path folder = repo.path() / ".git" / "coordination";
  HostLog log{folder};
  Lines store;
};

TEST_F(HostLogTest, KeepsEachLineOnceWithItsHost) {
  store.logs[HostId("a-1")] = {line("10:00:00", "agent-F1")};
  EXPECT_EQ(log.fetch(store, kNoon), 1U);
  EXPECT_EQ(log.fetch(store, kNoon), 0U);
  store.logs[HostId("b-2")] = {line("09:00:00", "agent-E1")};
  store.logs[HostId("a-1")].push_back(line("11:00:00", "agent-F2"));
  EXPECT_EQ(log.fetch(store, kNoon + core::Seconds{60}), 2U);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1", "a-1 agent-F2", "b-2 agent-E1"));
  EXPECT_EQ(log.state().read, kNoon + core::Seconds{60});
}

TEST_F(HostLogTest, BelievesNoLineThatNamesAnotherHost) {
  store.logs[HostId("a-1")] = {line("10:00:00", "agent-F1", R"(,"from_host":"b-2")")};
  log.fetch(store, kNoon);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1"));
}

TEST_F(HostLogTest, LosesAndRepeatsNothingWhereItWasKilled) {
  store.logs[HostId("a-1")] = {line("10:00:00", "agent-F1"), line("10:01:00", "agent-F2")};
  log.fetch(store, kNoon);
  const std::string before = repo.read(".git/coordination/hosts.json");
  store.logs[HostId("a-1")].push_back(line("10:02:00", "agent-F3"));
  log.fetch(store, kNoon);
  // The lines were written, and the place was not noted.
  std::ofstream(folder / "hosts.json") << before;
  log.fetch(store, kNoon);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1", "a-1 agent-F2", "a-1 agent-F3"));
}

TEST_F(HostLogTest, ReadsAllAgainWhereItsFilesAreDamagedOrGone) {
  store.logs[HostId("a-1")] = {line("10:00:00", "agent-F1")};
  for (const char* const damage : {"{", "{\"version\":2}", "[]", ""}) {
    log.fetch(store, kNoon);
    std::ofstream(folder / "hosts.json") << damage;
    log.fetch(store, kNoon);
    EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1")) << damage;
  }
  std::filesystem::remove(log.lines());
  log.fetch(store, kNoon);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1"));
}

// Ten lines of some 100 bytes; the first is a handoff.
class ShortenedHostLogTest : public HostLogTest {
 protected:
  ShortenedHostLogTest() {
    auto& lines = store.logs[HostId("a-1")];
    lines.push_back(R"({"timestamp":"2025-12-06T09:00:00Z","agent":"agent-F0","stream":"F",)"
                    R"("action":"handoff","to_agents":[]})");
    for (int i = 1; i < 10; ++i)
      lines.push_back(line("10:00:0" + std::to_string(i), "agent-F" + std::to_string(i)));
  }

  std::size_t size() const { return std::filesystem::file_size(log.lines()); }

  HostLog small{folder, {600, 300}};
};

TEST_F(ShortenedHostLogTest, KeepsTheLastLinesAndHandoffsAndWhereItHasRead) {
  EXPECT_EQ(small.fetch(store, kNoon), 10U);
  EXPECT_LE(size(), 600U);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F0", "a-1 agent-F8", "a-1 agent-F9"));
  EXPECT_EQ(small.state().size, size());
  EXPECT_EQ(small.fetch(store, kNoon), 0U);
  store.logs[HostId("a-1")].push_back(line("10:01:00", "agent-G1"));
  EXPECT_EQ(small.fetch(store, kNoon), 1U);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F0", "a-1 agent-F8", "a-1 agent-F9", "a-1 agent-G1"));
}

TEST_F(ShortenedHostLogTest, LosesAndRepeatsNothingWhereItWasKilledMeanwhile) {
  log.fetch(store, kNoon);
  FetchState state = log.state();
  const std::string whole = repo.read(".git/coordination/hosts.jsonl");
  small.fetch(store, kNoon);
  const std::vector<std::string> left = kept();
  state.cut = size();
  // It was noted, and the file not replaced; then it was replaced, and that not noted.
  for (const std::string& lines : {whole, repo.read(".git/coordination/hosts.jsonl")}) {
    std::ofstream(log.lines()) << lines;
    std::ofstream(folder / "hosts.json") << render_fetch_state(state);
    EXPECT_EQ(small.fetch(store, kNoon), 0U);
    EXPECT_EQ(kept(), left);
    EXPECT_EQ(small.state().cut, std::nullopt);
  }
}

TEST_F(HostLogTest, IsAsItWasWhereTheStoreIsAway) {
  store.logs[HostId("a-1")] = {line("10:00:00", "agent-F1")};
  log.fetch(store, kNoon);
  store.away = true;
  EXPECT_THROW(log.fetch(store, kNoon + core::Seconds{60}), core::Error);
  EXPECT_EQ(log.state().read, kNoon);
  EXPECT_THAT(kept(), ElementsAre("a-1 agent-F1"));
}

TEST_F(HostLogTest, StateIsReadAsItWasWritten) {
  FetchState state{kNoon, {{HostId("a-1"), "12"}}, {"the log of b was written anew"}, 77};
  EXPECT_EQ(parse_fetch_state(render_fetch_state(state)), state);
  state.cut = 7;
  EXPECT_EQ(parse_fetch_state(render_fetch_state(state)), state);
  EXPECT_EQ(HostLog(folder / "none").state(), FetchState{});
}

std::vector<state::LogLine> parsed(const std::vector<std::string>& lines) {
  std::vector<state::LogLine> found;
  for (const std::string& one : lines) found.push_back(*state::parse_log_line(one));
  return found;
}

std::vector<std::string> agents(const std::vector<state::LogLine>& lines) {
  std::vector<std::string> found;
  for (const state::LogLine& one : lines) found.push_back(one.activity.agent);
  return found;
}

TEST(InOneOrder, GoesByTimeAndKeepsEachHostsOwnOrder) {
  const auto own = parsed({line("10:00:00", "o1"), line("10:30:00", "o2")});
  // Its clock went back an hour between the two.
  const auto fetched = parsed({line("10:15:00", "a1", R"(,"from_host":"a")"),
                               line("09:15:00", "a2", R"(,"from_host":"a")"),
                               line("09:00:00", "b1", R"(,"from_host":"b")")});
  EXPECT_THAT(agents(in_one_order(own, fetched)), ElementsAre("b1", "o1", "a1", "a2", "o2"));
  EXPECT_THAT(agents(in_one_order(own, {})), ElementsAre("o1", "o2"));
  EXPECT_THAT(in_one_order({}, {}), IsEmpty());
}

TEST_F(HostLogTest, HasWhatOthersHandedOn) {
  const state::Handoff handoff{
      "agent-E1",    {"agent-F1", "agent-F2"}, kNoon,          {"Risk manager"},
      {"RiskChain"}, {"validate() is gone"},   "3548 passing", std::string(40, 'a')};
  state::append(folder / "their.jsonl",
                {kNoon, "agent-E1", "E", "handoff", state::log_fields_of(handoff)});
  const auto line = state::read_log(folder / "their.jsonl", {}).lines.at(0);
  store.logs[HostId("a-1")] = {line.text};
  log.fetch(store, kNoon);
  state::Handoff expected = handoff;
  expected.host = "a-1";
  EXPECT_THAT(fetched_handoffs(log), ElementsAre(expected));
}

}  // namespace
}  // namespace gs::coordination
