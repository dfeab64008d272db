#include "lib/store/journal.h"

#include <gmock/gmock.h>
#include <thread>

#include "tests/unit/store/state_test_support.h"

namespace gs::store {
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

TEST_F(JournalTest, FollowsThroughTruncationAndReplacement) {
  add("agent-F1", 0);
  std::vector<std::string> seen;
  std::atomic<int> count{0};
  std::thread follower([&] {
    follow_log(log, {}, read_log(log, {}).end, [&](const LogLine& line) {
      seen.push_back(line.activity.fields[0].second);
      return ++count < 3;
    });
  });
  const auto wait_for = [&](int number) {
    while (count < number) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  add("agent-F1", 1);
  wait_for(1);
  fs::resize_file(log, 0);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  add("agent-F1", 2);
  wait_for(2);
  fs::remove(log);
  add("agent-F1", 3);
  follower.join();
  EXPECT_THAT(seen, ElementsAre("1", "2", "3"));
}

}  // namespace
}  // namespace gs::store
