#include "lib/proof/attacker.h"

#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "lib/core/pattern.h"

namespace gs::proof {
namespace {

using core::AgentId;
using core::AgentSpec;
using core::StreamId;

AgentSpec agent(const char* id, std::vector<std::string> files) {
  return {*AgentId::parse(id), "", std::move(files), {}};
}

core::Policy two_streams() {
  core::Policy policy;
  policy.streams = {
      {StreamId("E"), "", {}, {}, {agent("E1", {"models/**"})}},
      {StreamId("F"), "", {}, {}, {agent("F1", {"llm/s*.py"}), agent("F2", {"llm/n?ws.py"})}}};
  policy.protect = {".streams.yaml"};
  return policy;
}

TEST(Attacker, TakesTheRepositorysOwnFiles) {
  const Attacker attacker =
      choose_attacker(two_streams(), {"a", "llm/sx.py", "models/b/c.py"}, false);
  EXPECT_EQ(attacker.agent.short_name(), "E1");
  EXPECT_EQ(attacker.mine, "models/b/c.py");
  EXPECT_EQ(attacker.theirs, "llm/sx.py");
  EXPECT_EQ(attacker.why, "belongs to agent-F1 (stream F)");
  EXPECT_EQ(attacker.rival, StreamId("F"));
  EXPECT_TRUE(attacker.outside);
}

TEST(Attacker, MakesFilesUpWhereThereAreNone) {
  const Attacker attacker = choose_attacker(two_streams(), {}, false);
  EXPECT_EQ(attacker.mine, "models/proof");
  EXPECT_EQ(attacker.theirs, "llm/sproof.py");
}

TEST(Attacker, ASecondAgentOfTheStreamWhereThereIsNoOtherStream) {
  core::Policy policy = two_streams();
  policy.streams.erase(policy.streams.begin());
  const Attacker attacker = choose_attacker(policy, {}, false);
  EXPECT_EQ(attacker.theirs, "llm/npws.py");
  EXPECT_FALSE(attacker.rival);
  EXPECT_FALSE(attacker.outside);
}

TEST(Attacker, WhatIsProtectedWhereScopesDoNotBlock) {
  core::Policy policy = two_streams();
  policy.rules.scope = core::Action::warn;
  EXPECT_EQ(choose_attacker(policy, {}, false).theirs, ".streams.yaml");
  policy.protect.clear();
  const Attacker attacker = choose_attacker(policy, {}, false);
  EXPECT_EQ(attacker.theirs, "");
  EXPECT_EQ(attacker.other->short_name(), "F1");
}

TEST(Attacker, NobodyWithAScope) {
  core::Policy policy;
  EXPECT_THROW(choose_attacker(policy, {}, false), core::Error);
}

TEST(Attacker, NoNameThatGitWouldQuote) {
  EXPECT_EQ(choose_attacker(two_streams(), {"models/\"x", "models/a\nb"}, false).mine,
            "models/proof");
}

TEST(PathOfPattern, IsOneThatThePatternMatches) {
  for (const char* pattern : {"a/**", "**/b.py", "a*.py", "a?c", "[xy]z", "[!x]z", "a\\*b",
                              "a/**/b", "a/", "plain.py", "a/[[:alpha:]]x"}) {
    const std::string path = path_of_pattern(pattern);
    EXPECT_TRUE(core::pattern_matches(pattern, path, false)) << pattern << " " << path;
  }
  EXPECT_EQ(path_of_pattern("!a"), "");
}

}  // namespace
}  // namespace gs::proof
