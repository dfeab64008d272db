#include "lib/coordination/log_lines.h"

#include <fstream>
#include <gmock/gmock.h>

#include "tests/support/temp_repo.h"

namespace gs::coordination {
namespace {

using core::Seconds;
using testing::ElementsAre;
using testing::SizeIs;

Lease lease(const std::string& path, const std::string& host, std::uint64_t generation) {
  return {path, "F", "agent-F1", "why", HostId(host), {generation}, Seconds{100}, false};
}

Unanswered change(ChangeOutcome outcome) {
  Unanswered change;
  change.nonce = Nonce(std::string(32, 'a'));
  change.agent = "agent-F1";
  change.outcome = std::move(outcome);
  return change;
}

struct LogLinesTest : testing::Test {
  test::TempFolder folder;
  std::filesystem::path log = folder.path() / "log";

  std::vector<std::string> logged() const {
    std::vector<std::string> lines;
    for (const state::LogLine& line : state::read_log(log, {}).lines)
      lines.push_back(line.activity.action + ' ' + state::log_field(line.activity, "file") + ' ' +
                      state::log_field(line.activity, "generation") +
                      state::log_field(line.activity, "uncertain"));
    return lines;
  }
};

TEST_F(LogLinesTest, EachChangeIsLoggedOnce) {
  ChangeOutcome outcome;
  outcome.expired = {lease("llm/", "there", 3)};
  outcome.acquired = {lease("llm/a.py", "here", 7), lease("b.py", "here", 7)};
  const Unanswered made = change(outcome);
  log_once(log, made, true);
  log_once(log, made, true);
  EXPECT_THAT(logged(), ElementsAre("expired llm/ 3", "locked llm/a.py 7", "locked b.py 7"));
}

TEST_F(LogLinesTest, LooksOnlyBehindWhereTheLogEndedBefore) {
  Unanswered made = change({});
  made.outcome.released = {lease("a.py", "here", 7)};
  log_once(log, made, true);
  made.log_end = log_size(log);
  log_once(log, made, true);
  EXPECT_THAT(logged(), SizeIs(2));
  made.log_end = 1'000'000;  // the log was begun anew
  log_once(log, made, true);
  EXPECT_THAT(logged(), SizeIs(3));
}

TEST_F(LogLinesTest, SaysWhatIsUncertainAndWhatWasForced) {
  Unanswered made = change({});
  made.outcome.released = {lease("a.py", "there", 7)};
  made.forced = true;
  log_once(log, made, false);
  EXPECT_THAT(logged(), ElementsAre("stolen a.py 7true"));
}

TEST_F(LogLinesTest, ARenewalLeavesNoLine) {
  ChangeOutcome outcome;
  outcome.renewed = {lease("a.py", "here", 7)};
  log_once(log, change(outcome), true);
  EXPECT_FALSE(std::filesystem::exists(log));
}

TEST(SeenLeasesTest, StandAsTheClockOfThisHostHasIt) {
  HostMemory memory;
  memory.self = HostId("here");
  memory.asked = Seconds{1000};
  memory.known.table.hosts[HostId("here")] = {{7}, {}};
  memory.known.table.hosts[HostId("there")] = {{3}, {}};
  memory.known.table.leases = {lease("a.py", "here", 7), lease("b.py", "there", 3)};
  memory.seen[HostId("there")] = {{3}, Seconds{1050}};
  const auto standing = [&](int now) {
    std::vector<std::pair<Standing, std::int64_t>> result;
    for (const SeenLease& one : seen_leases(memory, Seconds{now}).leases)
      result.emplace_back(one.standing, one.left.count());
    return result;
  };
  using enum Standing;
  using Pair = std::pair<Standing, std::int64_t>;
  EXPECT_THAT(standing(1060), ElementsAre(Pair(held, 40), Pair(foreign, 92)));
  EXPECT_THAT(standing(1100), ElementsAre(Pair(unsure, 0), Pair(foreign, 52)));
  EXPECT_THAT(standing(1152), ElementsAre(Pair(unsure, 0), Pair(over, 0)));
}

}  // namespace
}  // namespace gs::coordination
