#include "lib/state/journal.h"

#include <chrono>
#include <fmt/core.h>
#include <functional>
#include <gmock/gmock.h>
#include <semaphore>
#include <thread>

#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class JournalTest : public StateTest {
 protected:
  const fs::path log = state.activity();
  void add(const std::string& agent, int number) {
    append(log, {ten, agent, "F", "locked", {{"n", std::to_string(number)}}});
  }
};

TEST_F(JournalTest, WritesTheReferenceShape) {
  append(log, {ten, "agent-F1", "F", "locked", {{"file", "\"a.py\""}, {"x", "{\"b\":\n1}"}}});
  EXPECT_EQ(slurp(log),
            "{\"timestamp\": \"2025-12-06T10:00:00Z\", \"agent\": \"agent-F1\", \"stream\": \"F\", "
            "\"action\": \"locked\", \"file\": \"a.py\", \"x\": {\"b\": 1}}\n");
  const LogRead read = read_log(log, {});
  ASSERT_THAT(read.lines, SizeIs(1));
  EXPECT_EQ(read.lines[0].activity.fields[0].second, "\"a.py\"");
  EXPECT_EQ(read.end, fs::file_size(log));
}

TEST_F(JournalTest, ClosesATornLineAndReadersSkipIt) {
  add("agent-F1", 1);
  spill(log, slurp(log) + "{\"timest");
  const LogRead torn = read_log(log, {});
  EXPECT_EQ(torn.torn, 1U);
  EXPECT_EQ(torn.end, slurp(log).find('\n') + 1);
  add("agent-F2", 2);
  spill(log, slurp(log) + "\xff\n[1]\n\n");
  for (const std::size_t last : {0U, 9U}) {
    LogFilter filter;
    filter.last = last;
    const LogRead read = read_log(log, filter);
    ASSERT_THAT(read.lines, SizeIs(2));
    EXPECT_EQ(read.lines[1].activity.agent, "agent-F2");
    EXPECT_EQ(read.torn, 3U);
    EXPECT_EQ(read.end, fs::file_size(log));
  }
}

TEST_F(JournalTest, ReadsTheLastOfABigFileAndAllOfIt) {
  std::string big;
  for (int i = 0; i < 20000; ++i) {
    big += "{\"timestamp\": \"2025-12-06T10:00:00Z\", \"agent\": \"agent-F" +
           std::to_string(i % 2) + "\", \"n\": " + std::to_string(i) + "}\n";
    if (i == 9000) big += std::string(3 << 20, 'x') + '\n';
  }
  spill(log, big);
  LogFilter filter;
  filter.agent = "F1";
  EXPECT_THAT(read_log(log, filter).lines, SizeIs(10000));
  EXPECT_EQ(read_log(log, filter).torn, 1U);
  filter.last = 7000;
  const LogRead last = read_log(log, filter);
  ASSERT_THAT(last.lines, SizeIs(7000));
  EXPECT_EQ(last.lines.front().activity.fields[0].second, "6001");
  EXPECT_EQ(last.lines.back().activity.fields[0].second, "19999");
  EXPECT_EQ(last.torn, 1U);
  EXPECT_EQ(last.end, big.size());
}

TEST_F(JournalTest, RefusesLinksAndForgivesAbsence) {
  EXPECT_THAT(read_log(folder.path() / "none" / "log", {}).lines, IsEmpty());
  fs::remove(log);
  fs::create_symlink(folder.path() / "victim", log);
  EXPECT_THAT(error_of([&] { add("agent-F1", 1); }).what(), HasSubstr("is a symbolic link"));
  EXPECT_FALSE(fs::exists(folder.path() / "victim"));
}

// Whatever the follower has seen of a change when the next one comes.
TEST_F(JournalTest, FollowsThroughTruncationAndReplacement) {
  add("agent-F1", 0);
  std::vector<std::string> seen;
  std::counting_semaphore<> came(0);
  const auto comes = [&] { return came.try_acquire_for(std::chrono::seconds(30)); };
  const std::uint64_t from = read_log(log, {}).end;
  std::thread follower([&] {
    follow_log(log, {}, from, [&](const LogLine& line) {
      seen.push_back(line.activity.fields[0].second);
      came.release();
      return seen.back() != "3" && seen.back() != "stop";
    });
  });
  const auto step = [&](const char* what, const std::function<void()>& change) {
    if (testing::Test::HasFailure()) return;
    change();
    EXPECT_TRUE(comes()) << what;
  };
  step("a line", [&] { add("agent-F1", 1); });
  step("a truncated log", [&] {
    fs::resize_file(log, 0);
    add("agent-F1", 2);
  });
  step("another file", [&] {
    fs::remove(log);
    add("agent-F1", 3);
  });
  if (testing::Test::HasFailure()) append(log, {ten, "", "", "", {{"n", "\"stop\""}}});
  follower.join();
  EXPECT_THAT(seen, ElementsAre("1", "2", "3"));
}

// As what is fetched of other hosts is: the end of it in a file of its own, and more.
TEST_F(JournalTest, FollowsALogThatIsShortenedWithoutRepeatingIt) {
  for (const int number : {0, 1, 2}) add("agent-F1", number);
  const std::vector<LogLine> lines = read_log(log, {}).lines;
  const std::uint64_t from = read_log(log, {}).end - lines[2].text.size() - 1;
  std::vector<std::string> seen;
  std::binary_semaphore came(0);
  std::thread follower([&] {
    follow_log(log, {}, from, [&](const LogLine& line) {
      seen.push_back(line.activity.fields[0].second);
      came.release();
      return seen.back() != "3";
    });
  });
  came.acquire();
  AtomicFile::replace(log, lines[1].text + '\n' + lines[2].text + '\n');
  add("agent-F1", 3);
  follower.join();
  EXPECT_THAT(seen, ElementsAre("2", "3"));
}

// From its end.

std::optional<std::size_t> group_of(std::string_view stream, std::string_view agent) {
  if (stream == "A" || (stream.empty() && agent == "agent-A1")) return 0;
  if (stream == "B") return 1;
  return std::nullopt;
}

class LogTailTest : public testing::Test {
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

TEST_F(LogTailTest, NoLogAndAnEmptyOne) {
  EXPECT_EQ(last(0), "nobody");
  write("");
  EXPECT_EQ(last(0), "nobody");
  EXPECT_EQ(count_since(log_, {at(0), at(0)}, group_of), (std::vector<std::size_t>{0, 0}));
}

TEST_F(LogTailTest, TheLastLineOfEach) {
  write(line(1, "agent-A1", "A") + line(2, "agent-B1", "B") + line(3, "agent-A2", "A") +
        line(4, "agent-C1", "C"));
  EXPECT_EQ(last(0), "03 agent-A2 committed");
  EXPECT_EQ(last(1), "02 agent-B1 committed");
}

TEST_F(LogTailTest, UnusualLinesAreReadAndBrokenOnesPassedOver) {
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

TEST_F(LogTailTest, ALongLogAndALongLine) {
  write(line(1, "agent-B1", "B"));
  write(line(2, "agent-A1", "A", "\"action\": \"" + std::string(700'000, 'x') + "\""));
  write(std::string(3'000'000, 'y') + "\n");
  for (int i = 0; i < 4000; ++i) write(line(3, "agent-C1", "C"));
  EXPECT_EQ(last(1), "01 agent-B1 committed");
  EXPECT_EQ(last(0).size(), 12 + 700'000U);
}

TEST_F(LogTailTest, CountsWhatIsNotOlder) {
  write(line(1, "agent-A1", "A") + line(2, "agent-A1", "A") + line(3, "agent-B1", "B"));
  write("{\"agent\": \"agent-A1\", \"timestamp\": \"2025-12-06T12:02:00+02:00\"}\n");
  write("{\"timestamp\": \"2025-12-06T10:02:00Z\", \"agent\": \"agent-A1\", \"warning\n");
  EXPECT_EQ(count_since(log_, {at(2), at(0)}, group_of), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(count_since(log_, {std::nullopt, at(4)}, group_of), (std::vector<std::size_t>{0, 0}));
}

}  // namespace
}  // namespace gs::state
