// Who was last heard of: a glance at logs that many have written to.

#include "lib/store/log_glance.h"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/support/temp_repo.h"

namespace gs::store {
namespace {

std::optional<std::size_t> group_of(std::string_view stream, std::string_view agent) {
  if (stream == "A" || (stream.empty() && agent == "agent-A1")) return 0;
  if (stream == "B") return 1;
  return std::nullopt;
}

class LogGlanceTest : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(log_, std::ios::app) << text; }
  std::string line(int minute, const std::string& agent, const std::string& stream,
                   const std::string& rest = R"("action": "committed")") {
    return fmt::format(
        "{{\"timestamp\": \"2025-12-06T10:{:02}:00Z\", \"agent\": \"{}\", \"stream\": \"{}\", "
        "{}}}\n",
        minute, agent, stream, rest);
  }
  std::string last(std::size_t group) {
    const auto found = last_activities(log_, 2, group_of)[group];
    if (!found) return "nobody";
    return core::format_utc(found->time).substr(14, 2) + " " + found->agent + " " + found->action;
  }
  static core::Instant at(int minute) {
    return *core::parse_time(fmt::format("2025-12-06T10:{:02}:00Z", minute), nullptr);
  }

  test::TempFolder folder_;
  std::filesystem::path log_ = folder_.path() / "log";
};

TEST_F(LogGlanceTest, NoLogAndAnEmptyOne) {
  EXPECT_EQ(last(0), "nobody");
  write("");
  EXPECT_EQ(last(0), "nobody");
  EXPECT_EQ(count_since(log_, {at(0), at(0)}, group_of), (std::vector<std::size_t>{0, 0}));
}

TEST_F(LogGlanceTest, TheLastLineOfEach) {
  write(line(1, "agent-A1", "A") + line(2, "agent-B1", "B") + line(3, "agent-A2", "A") +
        line(4, "agent-C1", "C"));
  EXPECT_EQ(last(0), "03 agent-A2 committed");
  EXPECT_EQ(last(1), "02 agent-B1 committed");
}

TEST_F(LogGlanceTest, UnusualLinesAreReadAndBrokenOnesPassedOver) {
  write(line(1, "agent-B1", "B"));
  write(
      "{\"action\": \"pushed\", \"stream\": \"\\u0041\", \"agent\": \"x\", \"timestamp\": "
      "\"2025-12-06T12:02:00+02:00\"}\r\n");
  write(
      "rubbish\n\n[]\n{\"timestamp\": \"2025-12-06T10:09:00Z\", \"agent\": \"agent-A1\", "
      "\"stream\": \"A\", \"act\n");
  EXPECT_EQ(last(0), "02 x pushed");
  write(
      "{\"timestamp\": \"2025-12-06T10:10:00Z\", \"agent\": \"agent-A1\", \"action\": \"locked\"}");
  EXPECT_EQ(last(0), "10 agent-A1 locked") << "without a stream, without a line break";
  EXPECT_EQ(last(1), "01 agent-B1 committed");
}

TEST_F(LogGlanceTest, ALongLogAndALongLine) {
  write(line(1, "agent-B1", "B"));
  write(line(2, "agent-A1", "A", "\"action\": \"" + std::string(700'000, 'x') + "\""));
  write(std::string(3'000'000, 'y') + "\n");
  for (int i = 0; i < 4000; ++i) write(line(3, "agent-C1", "C"));
  EXPECT_EQ(last(1), "01 agent-B1 committed");
  EXPECT_EQ(last(0).size(), 12 + 700'000U);
}

TEST_F(LogGlanceTest, CountsWhatIsNotOlder) {
  write(line(1, "agent-A1", "A") + line(2, "agent-A1", "A") + line(3, "agent-B1", "B"));
  write("{\"agent\": \"agent-A1\", \"timestamp\": \"2025-12-06T12:02:00+02:00\"}\n");
  write("{\"timestamp\": \"2025-12-06T10:02:00Z\", \"agent\": \"agent-A1\", \"warning\n");
  EXPECT_EQ(count_since(log_, {at(2), at(0)}, group_of), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(count_since(log_, {std::nullopt, at(4)}, group_of), (std::vector<std::size_t>{0, 0}));
}

}  // namespace
}  // namespace gs::store
