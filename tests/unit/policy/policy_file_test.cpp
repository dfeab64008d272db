#include "lib/policy/policy_file.h"

#include <gmock/gmock.h>

#include "lib/core/error.h"
#include "tests/unit/policy/example_text.h"

namespace gs::policy {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

core::Policy parsed(std::string_view yaml) {
  return parse_policy(yaml, ".streams.yaml");
}

core::AgentId agent(std::string_view id) {
  return *core::AgentId::parse(id);
}

TEST(PolicyFile, ReadsTheWholeExample) {
  const core::Policy policy = parsed(example_text());
  EXPECT_EQ(policy.version, 1);
  EXPECT_EQ(policy.integration_branch.str(), "develop");
  EXPECT_EQ(policy.branch, "feature/stream-{stream}-{slug}");
  EXPECT_EQ(policy.worktree, "../{repo}-stream-{stream}");
  EXPECT_EQ(policy.state_dir, ".claude/state");
  EXPECT_THAT(policy.shared, ElementsAre("tests/**", "docs/**"));
  EXPECT_THAT(policy.protect, ElementsAre(".streams.yaml", ".claude/settings*.json"));
  EXPECT_THAT(policy.python_roots, ElementsAre("."));
  EXPECT_THAT(policy.python_ignore, SizeIs(0));
  EXPECT_EQ(policy.lock_ttl, core::Seconds(3600));
  EXPECT_TRUE(policy.lock_auto);
  EXPECT_EQ(policy.rules, core::Rules());
  EXPECT_THAT(policy.agent_command,
              ElementsAre("claude", "--task-file", "{task_file}", "--agent-id", "{agent}",
                          "--log-file", "{log_file}"));
}

TEST(PolicyFile, ReadsTheExamplesStreams) {
  const core::Policy policy = parsed(example_text());
  std::vector<std::string> ids, names;
  std::size_t agents = 0;
  for (const core::StreamSpec& stream : policy.streams) {
    ids.push_back(stream.id.str());
    names.push_back(stream.name);
    agents += stream.agents.size();
  }
  EXPECT_THAT(ids, ElementsAre("A", "B", "C", "D", "E", "F", "G", "H"));
  EXPECT_THAT(names, ElementsAre("Foundation", "Observability", "Analytics", "Scanners", "Models",
                                 "LLM", "Execution", "Applications"));
  EXPECT_EQ(agents, 22U);
  const core::StreamSpec& models = policy.streams[4];
  EXPECT_EQ(models.parallel, core::Parallel::partial);
  EXPECT_THAT(models.depends_on, ElementsAre(core::StreamId("A")));
  EXPECT_EQ(models.agents[1].scope, "Analytics models");
  EXPECT_THAT(models.agents[1].files, ElementsAre("models/volatility_*.py", "models/anomaly_*.py"));
  EXPECT_THAT(models.agents[1].after, ElementsAre(agent("E1")));
  EXPECT_EQ(policy.streams[6].parallel, core::Parallel::none);
  EXPECT_THAT(policy.streams[7].depends_on, SizeIs(7));
}

TEST(PolicyFile, ReadsTheExamplesLayersStepsAndTasks) {
  const core::Policy policy = parsed(example_text());
  ASSERT_THAT(policy.layers, SizeIs(5));
  EXPECT_EQ(policy.layers[3].name, "domain");
  EXPECT_THAT(policy.layers[3].modules, ElementsAre("llm", "execution", "backtesting", "scanners",
                                                    "indicators", "analytics"));
  EXPECT_FALSE(policy.layers[3].independent);
  ASSERT_THAT(policy.validate, SizeIs(4));
  EXPECT_EQ(policy.validate[0],
            (core::ValidateStep{"types", {"mypy", ".", "--ignore-missing-imports"}, {}}));
  EXPECT_EQ(policy.validate[1].timeout, core::Seconds(1800));
  EXPECT_TRUE(policy.validate[2].run[2].starts_with("import importlib\nimport sys\n\npackages"));
  ASSERT_THAT(policy.tasks, SizeIs(7));
  EXPECT_EQ(policy.tasks[0], (core::TaskSpec{"Sentiment consolidation (5→1)", "P0", "todo",
                                             core::StreamId("F"), agent("F1"), 20}));
}

TEST(PolicyFile, AVersionAloneIsAPolicyOfDefaults) {
  EXPECT_EQ(parsed("version: 1\n"), core::Policy());
  EXPECT_EQ(parsed("{\"version\": 1}"), core::Policy());
  EXPECT_EQ(parsed("\xef\xbb\xbf---\r\nversion: 1\r\n...\r\n"), core::Policy());
}

TEST(PolicyFile, ReadsWhatTheExampleLeavesAtItsDefault) {
  const core::Policy policy = parsed(R"(version: 1
layers: [{name: apps, modules: [a.b, é], independent: true}]
python: {roots: [src, .], ignore: [type_checking, dynamic, "api.** -> ui.*"]}
locks: {ttl: 1h30m, auto: false}
coordination: {store: etcd, remote: upstream, stale: block, endpoints: ["https://e:1"], prefix: git-stream/p}
rules: {scope: warn, lock: off, unowned: block, layer: off, import-conflict: block,
        branch-name: warn, outsider: warn, bypass: block}
)");
  EXPECT_EQ(policy.layers[0], (core::Layer{"apps", {"a.b", "é"}, true}));
  EXPECT_THAT(policy.python_roots, ElementsAre("src", "."));
  EXPECT_THAT(policy.python_ignore, ElementsAre("type_checking", "dynamic", "api.** -> ui.*"));
  EXPECT_EQ(policy.lock_ttl, core::Seconds(5400));
  EXPECT_FALSE(policy.lock_auto);
  EXPECT_EQ(
      policy.coordination,
      (core::Coordination{
          core::Store::etcd, "upstream", core::Action::block, {"https://e:1"}, "git-stream/p"}));
  using core::Action;
  EXPECT_EQ(policy.rules,
            (core::Rules{Action::warn, Action::off, Action::off, Action::block, Action::warn,
                         core::Unowned::block, core::Outsider::warn, core::Bypass::block}));
}

TEST(PolicyFile, FillsInWhatFollows) {
  const core::Policy policy = parsed(R"(version: 1
streams:
  A: {agents: {agent-A1: {files: []}, A2: {files: ["!x", "y/"], after: [agent-A1]}}}
tasks: [{title: t, agent: A2}, {title: u}]
)");
  const core::StreamSpec& stream = policy.streams[0];
  EXPECT_EQ(stream.name, "A");
  EXPECT_EQ(stream.parallel, core::Parallel::full);
  EXPECT_EQ(stream.agents[0].id.full(), "agent-A1");
  EXPECT_THAT(stream.agents[1].files, ElementsAre("!x", "y/"));
  EXPECT_EQ(policy.tasks[0], (core::TaskSpec{"t", "", "todo", core::StreamId("A"), agent("A2")}));
  EXPECT_EQ(policy.tasks[1], (core::TaskSpec{"u", "", "todo", {}, {}}));
}

TEST(PolicyFile, AliasesStandForWhatTheyName) {
  const core::Policy policy = parsed(R"(version: 1
shared: &common ["tests/**"]
protected: *common
)");
  EXPECT_EQ(policy.protect, policy.shared);
}

}  // namespace
}  // namespace gs::policy
