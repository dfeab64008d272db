// A new import of what somebody else is working on: warned about once, and logged.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// E1 works on models/**, F1 on llm/sentiment*.py and llm/agents/, F2 on llm/news*.py after F1.
std::string policy(const std::string& more = {}) {
  std::string text = two_streams(more);
  const std::string news = "F2: {scope: News, ";
  text.replace(text.find(news), news.size(), "F2: {scope: News, after: [F1], ");
  return text;
}

class ImportConflicts : public testing::Test {
 protected:
  explicit ImportConflicts(const std::string& more = {}) : repo_(policy(more)) {}
  std::string warnings() const { return repo_.state("conflict_warnings.jsonl"); }
  StreamRepo repo_;
};

MATCHER_P(IsWarnedInABlock, text, "goes through with this warning") {
  return arg.status == 0 && arg.moved && arg.output.empty() &&
         testing::ExplainMatchResult(AllOf(HasSubstr("git-stream: warnings for "), HasSubstr(text)),
                                     arg.errors, result_listener);
}

TEST_F(ImportConflicts, AModuleThatIsLocked) {
  repo_.agent("F1").must("git stream lock --task 'Score anew' llm/sentiment.py");
  const Place e1 = repo_.agent("E1");
  const Said said = e1.commit("models/risk.py", "import os\nfrom llm.sentiment import first\n");
  EXPECT_THAT(said, IsWarnedInABlock("models/risk.py:2: warning: import-conflict: "));
  EXPECT_THAT(said.errors, AllOf(HasSubstr("agent-F1"), HasSubstr("Score anew")));
  EXPECT_THAT(
      warnings(),
      AllOf(HasSubstr("\"agent\": \"agent-E1\""), HasSubstr("\"kind\": \"locked\""),
            HasSubstr("\"severity\": \"medium\""), HasSubstr("\"line\": 2"),
            HasSubstr("\"path\": \"models/risk.py\""), HasSubstr("\"other_agent\": \"agent-F1\"")));
}

TEST_F(ImportConflicts, IsSaidOnce) {
  repo_.agent("F1").must("git stream lock llm/sentiment.py");
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py", "import llm.sentiment\n"),
              IsWarnedInABlock("llm/sentiment.py"));
  const std::string logged = warnings();
  EXPECT_THAT(e1.commit("models/risk.py", "import llm.sentiment\nmore = 1\n"), Commits());
  e1.must("git reset -q --soft HEAD~2");
  EXPECT_THAT(e1.sh("git commit -q -m again"), Commits()) << "a new import once more, but known";
  EXPECT_EQ(warnings(), logged);
  EXPECT_THAT(e1.commit("models/other.py", "import llm.sentiment\n"),
              IsWarnedInABlock("models/other.py:1"));
}

TEST_F(ImportConflicts, NothingOfOnesOwnAndNothingOld) {
  const Place f1 = repo_.agent("F1");
  f1.must("git stream lock llm/sentiment.py");
  EXPECT_THAT(f1.commit("llm/agents/base.py", "from llm import sentiment\n"), Commits());
  repo_.write("models/risk.py", "import llm.sentiment\n");
  repo_.commit_all("Before");
  EXPECT_THAT(repo_.agent("E1").commit("models/risk.py", "import llm.sentiment\nmore = 1\n"),
              Commits());
  EXPECT_THAT(warnings(), IsEmpty());
}

TEST_F(ImportConflicts, AModuleThatItsStreamHasChanged) {
  const Place f = repo_.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --agent F1");
  EXPECT_THAT(f.commit("llm/sentiment.py", "first = 1\nsecond = 3\n"), Commits());
  const Place e1 = repo_.agent("E1");
  f.must("git stream unlock --all || true");
  const Said said =
      e1.commit("models/risk.py", "from llm.sentiment import first\nfrom llm import news\n");
  EXPECT_THAT(said, IsWarnedInABlock("models/risk.py:1: warning: import-conflict: "));
  EXPECT_THAT(said.errors, AllOf(HasSubstr("feature/stream-F-llm"), Not(HasSubstr("news"))));
  EXPECT_THAT(warnings(), HasSubstr("\"kind\": \"changed\""));
}

TEST_F(ImportConflicts, ANameThatIsGoneThere) {
  const Place f = repo_.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --agent F1");
  EXPECT_THAT(f.commit("llm/sentiment.py", "second = 3\n"), Commits());
  const Said said = repo_.agent("E1").commit("models/risk.py", "from llm.sentiment import first\n");
  EXPECT_THAT(said, IsWarnedInABlock("models/risk.py:1: warning: import-conflict: "));
  EXPECT_THAT(said.errors, HasSubstr("first"));
  EXPECT_THAT(warnings(),
              AllOf(HasSubstr("\"kind\": \"gone\""), HasSubstr("\"severity\": \"high\"")));
}

TEST_F(ImportConflicts, WhatIsMergedIsNoConflict) {
  const Place f = repo_.worktree("F", "feature/stream-F-llm");
  f.must("git stream install --agent F1");
  EXPECT_THAT(f.commit("llm/sentiment.py", "second = 3\n"), Commits());
  repo_.owner().must("git merge -q --no-ff -m Merge feature/stream-F-llm");
  const Place old = repo_.worktree("E", "work-E1");
  old.must("git stream install --agent E1 && git reset -q --hard develop~1");
  EXPECT_THAT(old.commit("models/risk.py", "from llm.sentiment import second\n"), Commits());
}

TEST_F(ImportConflicts, AnAgentThatComesFirst) {
  const Place f2 = repo_.agent("F2");
  const Said said = f2.commit("llm/news.py", "from llm import sentiment\n");
  EXPECT_THAT(said, IsWarnedInABlock("llm/news.py:1: warning: import-conflict: "));
  EXPECT_THAT(said.errors, HasSubstr("agent-F1 in progress"));
  EXPECT_THAT(warnings(),
              AllOf(HasSubstr("\"kind\": \"after\""), HasSubstr("\"severity\": \"high\"")));
  repo_.write_state("handoffs.json",
                    R"({"handoffs": [{"from_agent": "agent-F1", "to_agents": []}]})");
  EXPECT_THAT(f2.commit("llm/news_reader.py", "from llm import sentiment\n"), Commits());
}

class ConflictsBlock : public ImportConflicts {
 protected:
  ConflictsBlock() : ImportConflicts("rules: {import-conflict: block}\n") {}
};
TEST_F(ConflictsBlock, EveryTime) {
  repo_.agent("F1").must("git stream lock llm/sentiment.py");
  const Place e1 = repo_.agent("E1");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const Said said = e1.commit("models/risk.py", "import llm.sentiment\n");
    EXPECT_EQ(said.status, 1);
    EXPECT_FALSE(said.moved);
    EXPECT_THAT(said.errors, HasSubstr("models/risk.py:1: import-conflict: "));
  }
}

class ConflictsOff : public ImportConflicts {
 protected:
  ConflictsOff() : ImportConflicts("rules: {import-conflict: off}\n") {}
};
TEST_F(ConflictsOff, Silent) {
  repo_.agent("F1").must("git stream lock llm/sentiment.py");
  EXPECT_THAT(repo_.agent("E1").commit("models/risk.py", "import llm.sentiment\n"), Commits());
}

}  // namespace
}  // namespace gs::test
