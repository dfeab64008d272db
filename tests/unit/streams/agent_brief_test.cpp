#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/streams/lifecycle/tasks.h"
#include "tests/unit/streams/agent_repo.h"

namespace gs::streams {

namespace {

using core::StreamId;
using testing::ElementsAre;
using testing::HasSubstr;

core::Policy brief_policy() {
  core::Policy result;
  core::StreamSpec stream;
  stream.id = StreamId("F");
  stream.name = "LLM";
  stream.agents = {{agent("F1"), "Sentiment", {"llm/*.py"}, {}}, {agent("F2"), "", {}, {}}};
  result.streams = {stream};
  result.shared = {"docs/**"};
  result.protect = {".streams.yaml"};
  result.tasks = {{"One", "P1", "todo", StreamId("F"), agent("F1")},
                  {"Two", "", "todo", std::nullopt, agent("F1")},
                  {"Three", "", "todo", StreamId("F"), agent("F2")}};
  return result;
}

TEST(AgentBrief, TheCurrentTaskIsTheOneInProgress) {
  EXPECT_EQ(current_task({}), "");
  EXPECT_EQ(current_task({{"A", "", "completed", {}, {}}}), "");
  EXPECT_EQ(current_task({{"A", "", "done", {}, {}}, {"B", "", "todo", {}, {}}}), "B");
  EXPECT_EQ(current_task({{"A", "", "todo", {}, {}}, {"B", "", "in_progress", {}, {}}}), "B");
}

TEST(AgentBrief, HandoffsAreThoseToTheAgentOrItsStream) {
  const std::vector<state::Handoff> all{{"a", {"agent-F1"}, {}, {}, {}, {}, "", ""},
                                        {"b", {"F1", "G1"}, {}, {}, {}, {}, "", ""},
                                        {"c", {"stream-F"}, {}, {}, {}, {}, "", ""},
                                        {"d", {"agent-F12"}, {}, {}, {}, {}, "", ""},
                                        {"e", {}, {}, {}, {}, {}, "", ""}};
  std::string from;
  for (const auto& one : handed_to(all, StreamId("F"), agent("F1"))) from += one.from_agent;
  EXPECT_EQ(from, "abc");
}

TEST(AgentBrief, SaysWhatIsToDoWhereAndWithWhat) {
  state::StreamRecord record;
  record.id = StreamId("F");
  record.branch = core::BranchName("feature/stream-F-llm");
  const core::Policy rules = brief_policy();
  const std::vector<state::Handoff> handoffs{{"agent-E1",
                                              {"F1"},
                                              core::Instant{},
                                              {"Risk\x1b[31m"},
                                              {"Chain"},
                                              {"m() gone"},
                                              "3 pass",
                                              ""}};
  const std::string text =
      agent_brief(rules, record, rules.streams[0].agents[0], rules.tasks, handoffs,
                  {{7, "agent-E1", "agent-F1", "Rename\x1b[m it", {}, {}, {}}});
  for (const char* part :
       {"# agent-F1: Sentiment\n", "Stream F (LLM), branch `feature/stream-F-llm`",
        "- [ ] One (P1, todo)\n", "- `llm/*.py`\n", "- `docs/**`\n", "- `.streams.yaml`\n",
        "### From agent-E1, 1970-01-01T00:00:00Z\n", "  - Risk?[31m\n", "  - Chain\n",
        "  - m() gone\n", "- Tests: 3 pass\n",
        "- agent-E1: Rename?[m it (when done: `git stream ask --done 7`)\n",
        "`git stream complete F1`"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const std::string bare = agent_brief(rules, record, rules.streams[0].agents[1], {}, {}, {});
  EXPECT_THAT(bare, HasSubstr("None are listed."));
  EXPECT_THAT(bare, HasSubstr("None are yours alone."));
  EXPECT_THAT(bare, testing::Not(HasSubstr("Handed over")));
  EXPECT_THAT(bare, testing::Not(HasSubstr("Asked of you")));
}

}  // namespace

}  // namespace gs::streams
