#include "lib/proof/cast.h"

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

TEST(Cast, TakesTheRepositorysOwnFiles) {
  const Cast cast = cast_from(two_streams(), {"a", "llm/sx.py", "models/b/c.py"}, false);
  EXPECT_EQ(cast.agent.short_name(), "E1");
  EXPECT_EQ(cast.mine, "models/b/c.py");
  EXPECT_EQ(cast.theirs, "llm/sx.py");
  EXPECT_EQ(cast.why, "belongs to agent-F1 (stream F)");
  EXPECT_EQ(cast.rival, StreamId("F"));
  EXPECT_TRUE(cast.outside);
}

TEST(Cast, MakesFilesUpWhereThereAreNone) {
  const Cast cast = cast_from(two_streams(), {}, false);
  EXPECT_EQ(cast.mine, "models/proof");
  EXPECT_EQ(cast.theirs, "llm/sproof.py");
}

TEST(Cast, ASecondAgentOfTheStreamWhereThereIsNoOtherStream) {
  core::Policy policy = two_streams();
  policy.streams.erase(policy.streams.begin());
  const Cast cast = cast_from(policy, {}, false);
  EXPECT_EQ(cast.theirs, "llm/npws.py");
  EXPECT_FALSE(cast.rival);
  EXPECT_FALSE(cast.outside);
}

TEST(Cast, WhatIsProtectedWhereScopesDoNotBlock) {
  core::Policy policy = two_streams();
  policy.rules.scope = core::Action::warn;
  EXPECT_EQ(cast_from(policy, {}, false).theirs, ".streams.yaml");
  policy.protect.clear();
  const Cast cast = cast_from(policy, {}, false);
  EXPECT_EQ(cast.theirs, "");
  EXPECT_EQ(cast.other->short_name(), "F1");
}

TEST(Cast, NobodyWithAScope) {
  core::Policy policy;
  EXPECT_THROW(cast_from(policy, {}, false), core::Error);
}

TEST(Cast, NoNameThatGitWouldQuote) {
  EXPECT_EQ(cast_from(two_streams(), {"models/\"x", "models/a\nb"}, false).mine, "models/proof");
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
