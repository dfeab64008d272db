#include "lib/policy/proposed_policy.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "lib/policy/policy_file.h"

namespace gs::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

core::Policy parsed(const ProposedPolicy& proposed) {
  const std::string text = policy_text(proposed);
  try {
    return parse_policy(text, "proposed");
  } catch (const core::Error& error) {
    ADD_FAILURE() << error.what() << '\n' << error.hint() << '\n' << text;
    return {};
  }
}

ProposedPolicy on(const std::string& branch) {
  ProposedPolicy proposed;
  proposed.integration_branch = core::BranchName(branch);
  return proposed;
}

TEST(ProposedPolicy, IsReadBackAsItWasMeant) {
  ProposedPolicy proposed = on("main");
  proposed.streams = {{"api and models", {"api/**", "models/*.py"}, "12 files, 40 % of the code"},
                      {"the rest", {"setup.py"}, ""}};
  proposed.shared = {"docs/**", "tests/**"};
  proposed.python_roots = {"packages/a/src", "packages/b", ""};
  proposed.python_ignore = {"type_checking"};
  proposed.layers = {{"config", {"config", "utils"}}, {"api", {"api.v1"}}};
  proposed.imports = 17;
  proposed.checks = {{{"style", {"ruff", "check", "."}, core::Seconds{600}}, "there is ruff.toml"},
                     {{"tests", {"pytest", "-k", "not slow: really"}, std::nullopt}, ""}};
  const core::Policy policy = parsed(proposed);
  ASSERT_THAT(policy.streams, SizeIs(2));
  EXPECT_EQ(policy.streams[0].id.str(), "A");
  EXPECT_EQ(policy.streams[0].name, "api and models");
  EXPECT_EQ(policy.streams[0].agents[0].id.full(), "agent-A1");
  EXPECT_THAT(policy.streams[0].agents[0].files, ElementsAre("api/**", "models/*.py"));
  EXPECT_EQ(policy.streams[1].name, "the rest");
  EXPECT_THAT(policy.shared, ElementsAre("docs/**", "tests/**"));
  EXPECT_THAT(policy.protect, ElementsAre(".streams.yaml", ".claude/settings*.json"));
  EXPECT_THAT(policy.python_roots, ElementsAre("packages/a/src", "packages/b", "."));
  EXPECT_THAT(policy.python_ignore, ElementsAre("type_checking"));
  EXPECT_EQ(policy.layers, proposed.layers);
  ASSERT_THAT(policy.validate, SizeIs(2));
  EXPECT_EQ(policy.validate[0], proposed.checks[0].step);
  EXPECT_EQ(policy.validate[1].run, proposed.checks[1].step.run);
  EXPECT_EQ(policy.integration_branch.str(), "main");
}

TEST(ProposedPolicy, KeepsToTheDefaultsElsewhere) {
  core::Policy expected;
  expected.integration_branch = core::BranchName("main");
  expected.protect = {".streams.yaml", ".claude/settings*.json"};
  EXPECT_EQ(parsed(on("main")), expected);  // validation is not switched off
}

TEST(ProposedPolicy, SaysWhyInComments) {
  ProposedPolicy proposed = on("main");
  proposed.streams = {{"api", {"api/**"}, "3 files\x1b[31m"}};
  proposed.checks = {{{"style", {"flake8"}, std::nullopt}, "there is .flake8"}};
  const std::string text = policy_text(proposed);
  EXPECT_THAT(text, HasSubstr("name: \"api\"  # 3 files?[31m\n"));
  EXPECT_THAT(text, HasSubstr("run: [\"flake8\"]}  # there is .flake8\n"));
}

TEST(ProposedPolicy, TakesNamesAndPatternsLiterally) {
  for (const std::string name :
       {"my code",       "say \"hi\"",   "it's",           "größe", "\\!not",   "a!b", "\\*",
        "back\\\\slash", "#x: {y}, &z",  "tab\tnew\nline", "null",  "{stream}", " ",   "-",
        "\x1b\\[31m",    "\xef\xbb\xbf", "a, b",           "]",     "yes",      "1"}) {
    ProposedPolicy proposed = on("main");
    proposed.streams = {{name, {name + "/**"}, name}};
    const core::Policy policy = parsed(proposed);
    ASSERT_THAT(policy.streams, SizeIs(1)) << name;
    EXPECT_EQ(policy.streams[0].name, name);
    EXPECT_THAT(policy.streams[0].agents[0].files, ElementsAre(name + "/**"));
  }
}

TEST(ProposedPolicy, WritesBytesThatAreNoTextAsAnyByte) {
  ProposedPolicy proposed = on("main");
  proposed.streams = {{"caf\xe9", {"caf\xe9/**"}, ""}, {"\xff\xfe", {"\xff\xfe/**"}, ""}};
  const core::Policy policy = parsed(proposed);
  EXPECT_THAT(policy.streams[0].agents[0].files, ElementsAre("caf?/**"));
  EXPECT_THAT(policy.streams[1].agents[0].files, ElementsAre("\?\?/**"));
}

TEST(ProposedPolicy, BreaksLongLists) {
  ProposedPolicy proposed = on("main");
  std::vector<std::string> patterns;
  for (int i = 0; i < 100; ++i) patterns.push_back("folder/module_" + std::to_string(i) + ".py");
  proposed.streams = {{"many", patterns, ""}};
  EXPECT_EQ(parsed(proposed).streams[0].agents[0].files, patterns);
  const std::string text = policy_text(proposed);
  for (std::size_t at = 0, end = 0; end != text.npos; at = end + 1) {
    end = text.find('\n', at);
    EXPECT_LE((end == text.npos ? text.size() : end) - at, 140U);
  }
}

TEST(ProposedPolicy, CountsStreamsInLettersAndStopsSomewhere) {
  ProposedPolicy proposed = on("main");
  for (int i = 0; i < 1000; ++i)
    proposed.streams.push_back({"f" + std::to_string(i), {"f" + std::to_string(i) + "/**"}, ""});
  const core::Policy policy = parsed(proposed);
  ASSERT_THAT(policy.streams, SizeIs(200));
  EXPECT_EQ(policy.streams[25].id.str(), "Z");
  EXPECT_EQ(policy.streams[26].id.str(), "AA");
  EXPECT_EQ(policy.streams[51].id.str(), "AZ");
  EXPECT_EQ(policy.streams[52].id.str(), "BA");
  EXPECT_THAT(policy_text(proposed), HasSubstr("# 800 more folders have no stream yet\n"));
}

TEST(ProposedPolicy, StaysOutOfTheIntegrationBranchesWay) {
  for (const std::string branch :
       {"main", "develop", "release/1.0", "feature", "feature/stream-A-x", "feature/stream-A",
        "stream", "stream/A-x", "feature/x", "größe", "a\"b", "{stream}", "lane-A-x", "null"}) {
    EXPECT_EQ(parsed(on(branch)).integration_branch.str(), branch);
  }
  EXPECT_EQ(parsed(on("no such ~branch")).integration_branch.str(), "develop");
}

}  // namespace
}  // namespace gs::policy
