#include <gmock/gmock.h>

#include "lib/state/journal.h"
#include "lib/streams/merge_report.h"

namespace gs::streams {
namespace {

using report::ActionKind;

state::LogRead log(const std::vector<std::string>& lines) {
  state::LogRead read;
  for (const std::string& line : lines) read.lines.push_back(state::parse_log_line(line).value());
  return read;
}

std::string line(const std::string& minute, const std::string& agent, const std::string& action,
                 const std::string& more = {}) {
  return R"({"timestamp": "2025-12-06T10:)" + minute + R"(:00Z", "agent": ")" + agent +
         R"(", "stream": "F", "action": ")" + action + "\"" + more + "}";
}

std::size_t count(const report::Lane& lane, ActionKind kind) {
  return lane.totals[static_cast<std::size_t>(kind)];
}

std::string held(const report::Lane& lane) {
  std::string text;
  for (const bool one : lane.holds) text += one ? '#' : '.';
  return text;
}

TEST(Timeline, NoLogIsNoTimeline) {
  EXPECT_EQ(timeline_of({}).lanes.size(), 0U);
}

TEST(Timeline, EveryAgentHasALaneInWhichItsDeedsAreCounted) {
  const auto timeline =
      timeline_of(log({line("00", "agent-F2", "committed"), line("30", "agent-F1", "blocked"),
                       line("40", "agent-F1", "bypassed"), line("59", "agent-F2", "pushed")}));
  ASSERT_EQ(timeline.lanes.size(), 2U);
  EXPECT_EQ(timeline.lanes[0].agent, "agent-F1");
  EXPECT_EQ(count(timeline.lanes[0], ActionKind::blocked), 2U);
  EXPECT_EQ(count(timeline.lanes[1], ActionKind::committed), 1U);
  EXPECT_EQ(count(timeline.lanes[1], ActionKind::other), 1U);
  EXPECT_EQ(timeline.lanes[1].bins.front()[0], 1U) << "the first moment is in the first bin";
  EXPECT_EQ(timeline.lanes[1].bins.back()[4], 1U) << "and the last in the last";
}

TEST(Timeline, ALockIsHeldUntilItIsReleasedStolenOrExpires) {
  const std::string late = R"(, "expires": "2025-12-06T23:00:00Z")";
  const auto timeline = timeline_of(log({
      line("00", "agent-F1", "locked", R"(, "file": "a")" + late),
      line("12", "agent-F1", "released", R"(, "file": "a")"),
      line("12", "agent-F2", "locked", R"(, "file": "b")" + late),
      line("24", "outsider", "stolen", R"(, "file": "b", "holder": "agent-F2")"),
      line("24", "agent-F3", "locked", R"(, "file": "c", "expires": "2025-12-06T10:36:00Z")"),
      line("48", "agent-F4", "committed"),
  }));
  ASSERT_EQ(timeline.lanes.size(), 5U);
  EXPECT_EQ(held(timeline.lanes[0]), std::string(25, '#') + std::string(71, '.'));
  EXPECT_EQ(held(timeline.lanes[1]),
            std::string(24, '.') + std::string(25, '#') + std::string(47, '.'));
  EXPECT_EQ(held(timeline.lanes[2]),
            std::string(48, '.') + std::string(25, '#') + std::string(23, '.'));
  EXPECT_EQ(held(timeline.lanes[3]), std::string(96, '.'));
}

TEST(Timeline, ALogWhoseLinesAreOutOfOrderIsNoTrouble) {
  const auto timeline =
      timeline_of(log({line("30", "a", "committed"), line("10", "a", "committed")}));
  EXPECT_LT(timeline.from, timeline.to);
  EXPECT_EQ(count(timeline.lanes[0], ActionKind::committed), 2U);
}

TEST(Timeline, ThoseWhoDidLeastAreLeftOut) {
  std::vector<std::string> lines;
  for (int i = 0; i < 40; ++i) {
    for (int times = 0; times <= i; ++times)
      lines.push_back(line("10", "agent-X" + std::to_string(i), "committed"));
  }
  const auto timeline = timeline_of(log(lines));
  EXPECT_EQ(timeline.lanes.size(), kMostLanes);
  EXPECT_EQ(timeline.more_lanes, 8U);
  for (const report::Lane& lane : timeline.lanes) EXPECT_GT(count(lane, ActionKind::committed), 8U);
}

}  // namespace
}  // namespace gs::streams
