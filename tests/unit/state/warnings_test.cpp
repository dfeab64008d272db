#include "lib/state/warnings.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/state/journal.h"
#include "tests/unit/state/state_test_support.h"

namespace gs::state {
namespace {

namespace fs = std::filesystem;
using core::ConflictKind;
using core::ConflictLevel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class WarningsTest : public StateTest {
 protected:
  const fs::path log = state.warnings();

  WarningLine line() const {
    WarningLine line;
    line.conflict = {ConflictKind::locked,
                     ConflictLevel::medium,
                     "llm/news.py",
                     7,
                     "llm.sentiment",
                     "llm/sentiment.py",
                     "agent-F1",
                     "imports from llm/sentiment.py - agent-F1 has lock",
                     ""};
    line.agent = "agent-F2";
    line.stream = "F";
    line.time = ten;
    return line;
  }
  std::size_t lines() const { return read_log(log, {}).lines.size(); }
};

TEST_F(WarningsTest, WritesTheContractsShape) {
  WarningLine warned = line();
  EXPECT_TRUE(append_warning_once(log, warned));
  const std::string first =
      "{\"timestamp\": \"2025-12-06T10:00:00Z\", \"agent\": \"agent-F2\", \"stream\": \"F\", "
      "\"warning\": \"llm/news.py imports from llm/sentiment.py - agent-F1 has lock\", "
      "\"severity\": \"medium\", \"kind\": \"locked\", \"path\": \"llm/news.py\", \"line\": 7, "
      "\"module\": \"llm.sentiment\", \"other_agent\": \"agent-F1\"}\n";
  EXPECT_EQ(slurp(log), first);
  warned.conflict.path = "b.py";
  warned.commit = std::string(40, 'c');
  EXPECT_TRUE(append_warning_once(log, warned));
  EXPECT_THAT(slurp(log).substr(first.size()),
              HasSubstr("\"other_agent\": \"agent-F1\", \"commit\": \"cccc"));
}

TEST_F(WarningsTest, SaysTheSameOnceOnly) {
  ASSERT_TRUE(append_warning_once(log, line()));
  WarningLine again = line();
  again.time = eleven;
  again.commit = std::string(40, 'c');
  again.conflict.line = 99;
  again.conflict.level = ConflictLevel::high;
  again.conflict.text = "in other words";
  again.agent = "F2";
  again.conflict.other_agent = "F1";
  EXPECT_FALSE(append_warning_once(log, again));
  EXPECT_EQ(lines(), 1U);
}

TEST_F(WarningsTest, EachPartMakesItAnother) {
  ASSERT_TRUE(append_warning_once(log, line()));
  std::vector<WarningLine> others(5, line());
  others[0].agent = "agent-F3";
  others[1].conflict.kind = ConflictKind::changed;
  others[2].conflict.path = "llm/other/news.py";
  others[3].conflict.module = "a.llm.sentiment";
  others[4].conflict.other_agent = "stream-F";
  for (const WarningLine& other : others) {
    EXPECT_TRUE(append_warning_once(log, other));
    EXPECT_FALSE(append_warning_once(log, other));
  }
  EXPECT_EQ(lines(), 6U);
}

TEST_F(WarningsTest, WithoutAnAgentTheStreamDecides) {
  WarningLine warned = line();
  warned.agent.clear();
  EXPECT_TRUE(append_warning_once(log, warned));
  EXPECT_FALSE(append_warning_once(log, warned));
  warned.stream = "G";
  EXPECT_TRUE(append_warning_once(log, warned));
}

TEST_F(WarningsTest, KnowsHostileNamesAgain) {
  for (const std::string path :
       {"a \"b\"\\\n,:%\x1b\xff/\xc3\xbc.py", "\xff", "\"", "\xc3\xbc/<&>'.py"}) {
    WarningLine warned = line();
    warned.conflict.path = path;
    warned.conflict.module = "m\xfe\xc3\xbc";
    EXPECT_TRUE(append_warning_once(log, warned));
    EXPECT_FALSE(append_warning_once(log, warned));
  }
  EXPECT_EQ(lines(), 4U);
}

TEST_F(WarningsTest, ReadsLinesOfOthers) {
  spill(log,
        "{\"agent\":\"agent-F2\",\"other_agent\":\"agent-F1\",\"module\":\"llm.sentiment\","
        "\"path\":\"llm\\/news.py\",\"kind\":\"locked\",\"extra\":[1],"
        "\"timestamp\":\"2025-12-06T10:00:00.5\"}");  // and no line break
  EXPECT_FALSE(append_warning_once(log, line()));
}

TEST_F(WarningsTest, PassesOverTornLines) {
  ASSERT_TRUE(append_warning_once(log, line()));
  const std::string whole = slurp(log);
  spill(log, "{\"agent\": \"agent-F2\", \"module\": \"llm.sentiment\"}\n[\"llm.sentiment\"]\n" +
                 std::string(3 << 20, 'x') + whole + whole.substr(0, whole.size() - 5));
  EXPECT_TRUE(append_warning_once(log, line()));
  EXPECT_FALSE(append_warning_once(log, line()));
  const LogRead read = read_log(log, {});
  EXPECT_THAT(read.lines, SizeIs(1));
  EXPECT_EQ(read.torn, 4U);
}

TEST_F(WarningsTest, FindsItAmongTenThousandOldLines) {
  WarningLine other = line();
  std::string big;
  other.conflict.other_agent = "agent-G1";
  append_warning_once(log, other);
  const std::string one = slurp(log);
  for (int i = 0; i < 5000; ++i) big += one;
  fs::remove(log);
  append_warning_once(log, line());
  const std::string wanted = slurp(log);
  std::string rest = big;
  for (const std::string& content :
       {wanted + big + rest, big + wanted + rest, big + rest + wanted}) {
    spill(log, content);
    EXPECT_FALSE(append_warning_once(log, line()));
    EXPECT_EQ(fs::file_size(log), content.size());
  }
  spill(log, big + rest);
  EXPECT_TRUE(append_warning_once(log, line()));
  EXPECT_EQ(lines(), 10001U);
}

TEST_F(WarningsTest, OfManyProcessesOneWrites) {
  constexpr int kProcesses = 8, kWarnings = 20, kOld = 300;
  WarningLine old = line();
  old.conflict.kind = ConflictKind::after;  // to be looked at, and passed over
  append_warning_once(log, old);
  const std::string one = slurp(log);
  std::string before;
  for (int i = 0; i < kOld; ++i) before += one;
  spill(log, before);
  int gate[2];
  ASSERT_EQ(pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      char none = 0;
      close(gate[1]);
      (void)!read(gate[0], &none, 1);  // until all are there
      int appended = 0;
      for (int n = 0; n < kWarnings; ++n) {
        WarningLine warned = line();
        warned.agent += std::to_string(n);
        if (append_warning_once(log, warned)) ++appended;
      }
      _exit(appended);
    }
    children.push_back(child);
  }
  close(gate[0]);
  close(gate[1]);
  int appended = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    appended += WEXITSTATUS(status);
  }
  EXPECT_EQ(appended, kWarnings);
  EXPECT_EQ(lines(), static_cast<std::size_t>(kOld + kWarnings));
}

TEST_F(WarningsTest, FiltersBySeverity) {
  WarningLine warned = line();
  for (const ConflictLevel level :
       {ConflictLevel::low, ConflictLevel::medium, ConflictLevel::high}) {
    warned.conflict.level = level;
    warned.conflict.module += 'x';
    append_warning_once(log, warned);
  }
  append(log, {ten, "agent-F1", "F", "locked", {{"severity", "3"}}});
  LogFilter filter;
  filter.severities = {"medium", "high"};
  std::vector<std::string> found;
  for (const LogLine& read : read_log(log, filter).lines)
    found.push_back(log_field(read.activity, "severity"));
  EXPECT_THAT(found, ElementsAre("medium", "high"));
  filter.last = 1;
  EXPECT_THAT(read_log(log, filter).lines, SizeIs(1));
}

}  // namespace
}  // namespace gs::state
