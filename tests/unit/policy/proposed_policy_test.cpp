#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/core/pattern.h"
#include "lib/policy/policy_file.h"

namespace gs::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

core::Policy starter(const std::vector<std::string>& folders, const std::string& branch = "main") {
  const std::string text = starter_policy(folders, core::BranchName(branch));
  try {
    return parse_policy(text, "starter");
  } catch (const core::Error& error) {
    ADD_FAILURE() << error.what() << '\n' << error.hint() << '\n' << text;
    return {};
  }
}

TEST(Starter, GivesEveryFolderAStream) {
  const core::Policy policy = starter({"api", "tests", "models", "doc", "api"});
  ASSERT_THAT(policy.streams, SizeIs(2));
  EXPECT_EQ(policy.streams[0].id.str(), "A");
  EXPECT_EQ(policy.streams[0].name, "api");
  EXPECT_EQ(policy.streams[0].agents[0].id.full(), "agent-A1");
  EXPECT_THAT(policy.streams[0].agents[0].files, ElementsAre("api/**"));
  EXPECT_EQ(policy.streams[1].name, "models");
  EXPECT_THAT(policy.shared, ElementsAre("tests/**", "docs/**", "doc/**"));
  EXPECT_THAT(policy.protect, ElementsAre(".streams.yaml", ".claude/settings*.json"));
  EXPECT_EQ(policy.integration_branch.str(), "main");
}

TEST(Starter, KeepsToTheDefaultsElsewhere) {
  core::Policy expected;
  expected.integration_branch = core::BranchName("main");
  expected.shared = {"tests/**", "docs/**"};
  expected.protect = {".streams.yaml", ".claude/settings*.json"};
  expected.validate_given = true;  // none, until somebody names some
  EXPECT_EQ(starter({}), expected);
}

TEST(Starter, TakesFolderNamesLiterally) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"my code", "my code/**"},
      {"say \"hi\"", "say \"hi\"/**"},
      {"it's", "it's/**"},
      {"größe", "größe/**"},
      {"!not", "\\!not/**"},
      {"a!b", "a!b/**"},
      {"*", "\\*/**"},
      {"what?", "what\\?/**"},
      {"[ab]", "\\[ab]/**"},
      {"back\\slash", "back\\\\slash/**"},
      {"#x: {y}, &z", "#x: {y}, &z/**"},
      {"tab\tnew\nline", "tab\tnew\nline/**"},
      {"null", "null/**"},
      {"{stream}", "{stream}/**"},
      {" ", " /**"},
      {"-", "-/**"},
      {"\x1b[31m", "\x1b\\[31m/**"},
      {"\xef\xbb\xbf", "\xef\xbb\xbf/**"}};
  std::vector<std::string> folders;
  for (const auto& [folder, pattern] : names) folders.push_back(folder);
  const core::Policy policy = starter(folders);
  ASSERT_THAT(policy.streams, SizeIs(names.size()));
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(policy.streams[i].name, names[i].first);
    EXPECT_THAT(policy.streams[i].agents[0].files, ElementsAre(names[i].second));
    EXPECT_TRUE(core::pattern_matches(names[i].second, names[i].first + "/sub/x.py", false));
    EXPECT_FALSE(core::pattern_matches(names[i].second, "other/x.py", false));
  }
}

TEST(Starter, WritesBytesThatAreNoTextAsAnyByte) {
  const core::Policy policy = starter({"caf\xe9", "\xff\xfe"});
  EXPECT_THAT(policy.streams[0].agents[0].files, ElementsAre("caf?/**"));
  EXPECT_TRUE(core::pattern_matches("caf?/**", "caf\xe9/x.py", false));
  EXPECT_THAT(policy.streams[1].agents[0].files, ElementsAre("\?\?/**"));
}

TEST(Starter, LeavesOutWhatIsNoFolder) {
  using namespace std::string_literals;
  EXPECT_THAT(starter({"", ".", "..", "a/b", "a\0b"s}).streams, IsEmpty());
}

TEST(Starter, CountsStreamsInLettersAndStopsSomewhere) {
  std::vector<std::string> folders;
  for (int i = 0; i < 1000; ++i) folders.push_back("f" + std::to_string(i));
  const core::Policy policy = starter(folders);
  ASSERT_THAT(policy.streams, SizeIs(200));
  EXPECT_EQ(policy.streams[25].id.str(), "Z");
  EXPECT_EQ(policy.streams[26].id.str(), "AA");
  EXPECT_EQ(policy.streams[51].id.str(), "AZ");
  EXPECT_EQ(policy.streams[52].id.str(), "BA");
  EXPECT_THAT(starter_policy(folders, core::BranchName("main")),
              HasSubstr("# 800 more folders have no stream yet\n"));
}

TEST(Starter, StaysOutOfTheIntegrationBranchesWay) {
  for (const std::string branch :
       {"main", "develop", "release/1.0", "feature", "feature/stream-A-x", "feature/stream-A",
        "stream", "stream/A-x", "feature/x", "größe", "a\"b", "{stream}", "lane-A-x", "null"}) {
    EXPECT_EQ(starter({"a", "b"}, branch).integration_branch.str(), branch);
  }
  EXPECT_EQ(starter({"a"}, "no such ~branch").integration_branch.str(), "develop");
}

}  // namespace
}  // namespace gs::policy
