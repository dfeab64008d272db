#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/gates/reporting.h"

namespace gs::gates {
namespace {

using core::AgentId;
using core::Finding;
using core::Identity;
using core::Rule;
using core::Severity;
using core::StreamId;

const Identity kAgent{StreamId("F"), AgentId::parse("F2"), Identity::Source::worktree};

TEST(VerdictText, IsWhatTheContractShows) {
  const core::Verdict verdict{
      {{Rule::lock, Severity::block, "llm/sentiment.py", 0,
        "held by agent-F1 until 11:00 (35 min): Consolidate sentiment to package",
        "git stream lock --wait 40m llm/sentiment.py"}},
      {},
      {}};
  EXPECT_EQ(
      verdict_text(verdict, kAgent, "commit"),
      "git-stream: commit blocked for agent-F2 (stream F)\n"
      "  llm/sentiment.py: lock: held by agent-F1 until 11:00 (35 min): Consolidate sentiment "
      "to package\n"
      "    next: git stream lock --wait 40m llm/sentiment.py\n");
}

TEST(VerdictText, NamesLinesWhereThereAreAny) {
  const core::Verdict verdict{
      {{Rule::layer, Severity::block, "a b.py", 7, "imports up", ""}}, {}, {}};
  EXPECT_EQ(verdict_text(verdict, kAgent, "merge"),
            "git-stream: merge blocked for agent-F2 (stream F)\n  a b.py:7: layer: imports up\n");
}

TEST(VerdictText, QuotesWhatATerminalWouldObey) {
  const core::Verdict verdict{{{Rule::scope, Severity::block, "a\x1b[31m\n", 0, "x", ""}}, {}, {}};
  EXPECT_THAT(verdict_text(verdict, kAgent, "commit"),
              testing::EndsWith("\n  \"a\\033[31m\\n\": scope: x\n"));
}

TEST(VerdictText, PutsWhatBlocksFirst) {
  const core::Verdict verdict{{{Rule::scope, Severity::warn, "a", 0, "x", ""},
                               {Rule::lock, Severity::block, "b", 0, "y", ""}},
                              {},
                              {}};
  EXPECT_EQ(verdict_text(verdict, kAgent, "commit"),
            "git-stream: commit blocked for agent-F2 (stream F)\n"
            "  b: lock: y\n"
            "  a: warning: scope: x\n");
}

TEST(VerdictText, OfWarningsAlone) {
  const core::Verdict verdict{{{Rule::scope, Severity::warn, "a", 0, "x", "do"}}, {}, {}};
  EXPECT_EQ(verdict_text(verdict, {}, "commit"),
            "git-stream: warnings for an outsider\n  a: warning: scope: x\n    next: do\n");
}

TEST(VerdictText, CutsALongListShort) {
  core::Verdict verdict;
  for (int i = 0; i < 5; ++i)
    verdict.findings.push_back({Rule::scope, Severity::block, "a", 0, "x", ""});
  EXPECT_THAT(verdict_text(verdict, kAgent, "commit", {}, 5),
              testing::Not(testing::HasSubstr("more")));
  EXPECT_THAT(verdict_text(verdict, kAgent, "commit", {}, 2),
              testing::EndsWith("  … and 3 more\n"));
}

TEST(Describe, EveryKindOfIdentity) {
  EXPECT_EQ(session::describe(kAgent), "agent-F2 (stream F)");
  EXPECT_EQ(session::describe({std::nullopt, AgentId::parse("F2"), {}}), "agent-F2");
  EXPECT_EQ(session::describe({StreamId("F"), std::nullopt, {}}), "stream F");
  EXPECT_EQ(session::describe({}), "an outsider");
}

}  // namespace
}  // namespace gs::gates
