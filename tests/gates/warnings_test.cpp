#include <gmock/gmock.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;

std::string line(const std::string& time, const std::string& agent, const std::string& severity,
                 const std::string& more) {
  return "{\"timestamp\": \"" + time + "\", \"agent\": \"" + agent + "\", \"severity\": \"" +
         severity + "\", " + more + "}\n";
}

// What the command prints, without its times.
std::string warnings(const StreamRepo& repo, const std::string& arguments = {}) {
  return repo.owner().must("TZ=UTC git stream warnings " + arguments +
                           " 2>/dev/null | sed 's/^.\\{21\\}//'");
}

class Warnings : public testing::Test {
 protected:
  Warnings() {
    repo.write_state(
        "conflict_warnings.jsonl",
        line("2025-12-06T10:00:00Z", "agent-F2", "medium",
             "\"warning\": \"llm/news.py imports from llm/sentiment.py\", \"kind\": \"locked\", "
             "\"path\": \"llm/news.py\", \"line\": 7") +
            line("2025-12-06T10:05:00Z", "agent-F2", "low", "\"warning\": \"watch\\u001b out\"") +
            "{torn\n" +
            line("2025-12-06T10:06:00Z", "agent-E1", "high",
                 "\"warning\": \"gone\", \"path\": \"a\\nb.py\", \"line\": 0"));
  }
  const StreamRepo repo;
};

TEST_F(Warnings, AreShownWithTheirPlaces) {
  EXPECT_EQ(warnings(repo),
            "agent-F2   medium     llm/news.py:7 imports from llm/sentiment.py\n"
            "agent-F2   low        watch? out\n"
            "agent-E1   high       \"a\\nb.py\": gone\n");
  EXPECT_THAT(repo.owner().sh("git stream warnings").errors, HasSubstr("1 torn lines skipped"));
}

TEST_F(Warnings, AreFiltered) {
  EXPECT_EQ(warnings(repo, "--severity high"), "agent-E1   high       \"a\\nb.py\": gone\n");
  EXPECT_EQ(warnings(repo, "--severity medium --agent F2"),
            "agent-F2   medium     llm/news.py:7 imports from llm/sentiment.py\n");
  EXPECT_EQ(warnings(repo, "--severity low -n 2 --agent agent-F2"), warnings(repo, "--agent F2"));
  EXPECT_EQ(warnings(repo, "--since 2025-12-06T10:06:00Z"), warnings(repo, "--last 1"));
  EXPECT_EQ(repo.owner().must("git stream warnings --severity high --json 2>/dev/null"),
            "{\"schema\": 1, \"lines\": [{\"timestamp\": \"2025-12-06T10:06:00Z\", \"agent\": "
            "\"agent-E1\", \"severity\": \"high\", \"warning\": \"gone\", \"path\": \"a\\nb.py\", "
            "\"line\": 0}], \"torn\": 1}\n");
}

TEST_F(Warnings, RefusesWhatIsNoSeverityOrTime) {
  const Said severity = repo.owner().sh("git stream warnings --severity hihg");
  EXPECT_EQ(severity.status, 2);
  EXPECT_EQ(severity.errors,
            "git-stream: --severity: 'hihg' is no severity\n  next: --severity high\n");
  EXPECT_EQ(repo.owner().sh("git stream warnings --since tomorrowish").status, 2);
}

TEST_F(Warnings, AreFollowed) {
  EXPECT_THAT(
      repo.owner().must(
          "git stream warnings --follow --severity high >../seen 2>/dev/null & follower=$!\n"
          "wait_for 'grep -q gone ../seen'; for level in low high; do printf "
          "'{\"timestamp\": \"2025-12-06T11:00:00Z\", \"agent\": \"agent-F1\", \"severity\": "
          "\"%s\", \"warning\": \"new-%s\"}\\n' $level $level"
          " >>.claude/state/conflict_warnings.jsonl; done\n"
          "wait_for 'grep -q new-high ../seen'; kill $follower; wait $follower 2>/dev/null || "
          "true; cat ../seen"),
      testing::AllOf(HasSubstr("new-high"), testing::Not(HasSubstr("new-low"))));
}

}  // namespace
}  // namespace gs::test
