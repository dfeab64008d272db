#include "lib/core/policy.h"

#include <gtest/gtest.h>

namespace gs::core {
namespace {

Policy policy_with(const std::string& rule, const std::vector<std::string>& streams) {
  Policy policy;
  policy.branch = rule;
  for (const std::string& name : streams) policy.streams.emplace_back().id = StreamId(name);
  return policy;
}

std::string stream_of(const Policy& policy, const std::string& branch) {
  const std::optional<StreamId> id = stream_of_branch(policy, BranchName(branch));
  return id ? id->str() : "none";
}

TEST(StreamOfBranch, FollowsTheNamingRule) {
  const Policy policy = policy_with("feature/stream-{stream}-{slug}", {"A", "F", "A-1"});
  EXPECT_EQ(stream_of(policy, "feature/stream-A-foundation"), "A");
  EXPECT_EQ(stream_of(policy, "feature/stream-F-a-b/c"), "F");
  EXPECT_EQ(stream_of(policy, "feature/stream-F-"), "none");
  EXPECT_EQ(stream_of(policy, "feature/stream-F"), "none");
  EXPECT_EQ(stream_of(policy, "feature/stream-G-x"), "none");
  EXPECT_EQ(stream_of(policy, "xfeature/stream-F-x"), "none");
  EXPECT_EQ(stream_of(policy, "develop"), "none");
  EXPECT_EQ(stream_of(policy, ""), "none");
}

TEST(StreamOfBranch, TheLongestIdWins) {
  EXPECT_EQ(stream_of(policy_with("s-{stream}-{slug}", {"A", "A-1"}), "s-A-1-x"), "A-1");
  EXPECT_EQ(stream_of(policy_with("s-{stream}-{slug}", {"A-1", "A"}), "s-A-1-x"), "A-1");
  EXPECT_EQ(stream_of(policy_with("s-{stream}-{slug}", {"A-1", "A"}), "s-A-1"), "A");
}

TEST(StreamOfBranch, TheSlugMayStandAnywhere) {
  const Policy policy = policy_with("{slug}/{stream}/{slug}.x", {"A"});
  EXPECT_EQ(stream_of(policy, "q/A/y.x"), "A");
  EXPECT_EQ(stream_of(policy, "q/A/A/A/y.x.x"), "A");
  EXPECT_EQ(stream_of(policy, "/A/y.x"), "none");
  EXPECT_EQ(stream_of(policy, "q/A/.x"), "none");
  EXPECT_EQ(stream_of(policy, "q/A/y.xx"), "none");
  EXPECT_EQ(stream_of(policy_with("{stream}{stream}", {"ab"}), "abab"), "ab");
}

TEST(StreamOfBranch, ARuleWithoutStreamTellsNone) {
  EXPECT_EQ(stream_of(policy_with("feature/{slug}", {"A"}), "feature/x"), "none");
}

TEST(StreamOfBranch, InOtherLettersOnlyWhereNamesAreFolded) {
  Policy policy = policy_with("feature/stream-{stream}-{slug}", {"A", "F", "f"});
  EXPECT_EQ(stream_of(policy, "Feature/Stream-a-x"), "none");
  policy.branches_ignore_case = true;
  EXPECT_EQ(stream_of(policy, "Feature/Stream-a-x"), "A");
  EXPECT_EQ(stream_of(policy, "feature/stream-f-x"), "f") << "the name as it is comes first";
  EXPECT_EQ(stream_of(policy, "FEATURE/STREAM-f-X"), "F");
  EXPECT_EQ(stream_of(policy, "feature/stream-G-x"), "none");
}

TEST(StreamOfBranch, ManySlugsEndInAnAnswer) {
  std::string rule = "{stream}";
  for (int i = 0; i < 30; ++i) rule += "{slug}a";
  EXPECT_EQ(stream_of(policy_with(rule + "b", {"A"}), "A" + std::string(3000, 'a')), "none");
}

TEST(Policy, FindsStreamsAndAgents) {
  Policy policy = policy_with("{stream}", {"A", "F"});
  policy.streams[1].agents.push_back({*AgentId::parse("F1"), "", {"llm/*"}, {}});
  const AgentId f1 = *AgentId::parse("agent-F1"), f2 = *AgentId::parse("F2");
  EXPECT_EQ(policy.find_stream(StreamId("F")), &policy.streams[1]);
  EXPECT_EQ(policy.find_stream(StreamId("G")), nullptr);
  EXPECT_EQ(policy.stream_of(f1), &policy.streams[1]);
  EXPECT_EQ(policy.find_agent(f1), policy.streams[1].agents.data());
  EXPECT_EQ(policy.find_agent(f2), nullptr);
  EXPECT_EQ(policy.stream_of(f2), nullptr);
}

}  // namespace
}  // namespace gs::core
