#include "analyzers/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gs::analyzers {
namespace {

using core::Action;
using core::Finding;
using core::ImportEdge;
using core::ImportKind;
using core::Rule;
using core::Severity;
using testing::ElementsAre;
using testing::IsEmpty;

core::Policy layered_policy() {
  core::Policy policy;
  policy.layers = {{"foundation", {"config", "models.base"}, false},
                   {"plugins", {"plugins.csv", "plugins.sql"}, true},
                   {"models", {"models", "pkg.a"}, false},
                   {"apps", {"api", "pkg", "models.web", "config"}, false}};
  return policy;
}

ImportEdge module_edge(const char* importer, const char* target, std::uint32_t line = 3) {
  ImportEdge edge;
  edge.importer = importer;
  edge.path = std::string(importer) + ".py";
  edge.line = line;
  edge.target = target;
  edge.internal = true;
  return edge;
}

TEST(Layers, TakeTheLongestDottedPrefix) {
  const LayerMap layers(layered_policy());
  const auto member = [&](const char* module) -> std::string {
    const auto place = layers.place(module);
    return place ? layers.layer_name(place->level) + ":" + layers.member_name(place->member) : "";
  };
  EXPECT_EQ(member("models"), "models:models");
  EXPECT_EQ(member("models.risk.var"), "models:models");
  EXPECT_EQ(member("models.base.x"), "foundation:models.base");
  EXPECT_EQ(member("models.based"), "models:models");
  EXPECT_EQ(member("pkg.a.b"), "models:pkg.a");
  EXPECT_EQ(member("pkg.ab"), "apps:pkg");
  EXPECT_EQ(member("plugins"), "");
  EXPECT_EQ(member("modelsx"), "");
  EXPECT_EQ(member(""), "");
  EXPECT_EQ(member("config"), "foundation:config");  // named twice: the first wins
  EXPECT_EQ(layers.size(), 4U);
  EXPECT_FALSE(layers.empty());
  EXPECT_TRUE(LayerMap(core::Policy{}).empty());
}

TEST(Layers, ForbidToImportUpwards) {
  const LayerMap layers(layered_policy());
  EXPECT_EQ(layers.fault("models.risk", "api.v1"),
            "imports api.v1: layer 2 (models) may not import layer 3 (apps)");
  EXPECT_EQ(layers.fault("models.risk", "models.web"),
            "imports models.web: layer 2 (models) may not import layer 3 (apps)");
  EXPECT_EQ(layers.remedy("models.risk", "api.v1"),
            "move what is needed to layer 2 (models) or below, or let api.v1 pass it in");
  EXPECT_FALSE(layers.fault("api.v1", "models.risk"));
  EXPECT_FALSE(layers.fault("models.risk", "models.other"));
  EXPECT_FALSE(layers.fault("models.risk", "pkg.a"));
  EXPECT_FALSE(layers.fault("nowhere", "api"));
  EXPECT_FALSE(layers.fault("config", "nowhere"));
}

TEST(Layers, KeepIndependentMembersApart) {
  const LayerMap layers(layered_policy());
  EXPECT_EQ(layers.fault("plugins.csv.a", "plugins.sql.b"),
            "imports plugins.sql.b: plugins.csv and plugins.sql of layer 1 (plugins) are "
            "independent");
  EXPECT_EQ(layers.remedy("plugins.csv", "plugins.sql"),
            "move what both need below layer 1 (plugins)");
  EXPECT_FALSE(layers.fault("plugins.csv.a", "plugins.csv.b"));
  EXPECT_FALSE(layers.fault("plugins.csv.a", "config"));
  EXPECT_TRUE(layers.fault("config", "plugins.csv"));
}

TEST(Layers, PassOverWhatThePolicyIgnores) {
  core::Policy given = layered_policy();
  EXPECT_FALSE(LayerMap(given).ignored("a", "b", ImportKind::dynamic, true));
  given.python_ignore = {"type_checking", "a.** -> b.*"};
  const LayerMap layers(given);
  EXPECT_TRUE(layers.ignored("x", "y", ImportKind::from, true));
  EXPECT_FALSE(layers.ignored("x", "y", ImportKind::dynamic, false));
  EXPECT_TRUE(layers.ignored("a", "b.c", ImportKind::from, false));
  EXPECT_TRUE(layers.ignored("a.x.y", "b.c", ImportKind::from, false));
  EXPECT_FALSE(layers.ignored("a", "b", ImportKind::from, false));
  EXPECT_FALSE(layers.ignored("a", "b.c.d", ImportKind::from, false));
  given.python_ignore = {"dynamic"};
  EXPECT_TRUE(LayerMap(given).ignored("x", "y", ImportKind::dynamic, false));
  EXPECT_FALSE(LayerMap(given).ignored("x", "y", ImportKind::from, true));
}

TEST(JudgeLayers, SaysEachPairOfAFileOnce) {
  const core::Policy given = layered_policy();
  EXPECT_THAT(
      judge_layers(given, LayerMap(given),
                   {module_edge("models.a", "api", 3), module_edge("models.a", "api", 9),
                    module_edge("api", "models"), module_edge("models.b", "api", 4)}),
      ElementsAre(
          Finding{Rule::layer, Severity::block, "models.a.py", 3,
                  "imports api: layer 2 (models) may not import layer 3 (apps)",
                  "move what is needed to layer 2 (models) or below, or let api pass it in"},
          Finding{Rule::layer, Severity::block, "models.b.py", 4,
                  "imports api: layer 2 (models) may not import layer 3 (apps)",
                  "move what is needed to layer 2 (models) or below, or let api pass it in"}));
}

TEST(JudgeLayers, CountsAPairThatIsIgnoredInOnePlaceOnly) {
  core::Policy given = layered_policy();
  given.python_ignore = {"type_checking"};
  ImportEdge first = module_edge("models.a", "api", 3);
  first.type_checking = true;
  const auto found =
      judge_layers(given, LayerMap(given), {first, module_edge("models.a", "api", 9)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 9U);
  EXPECT_THAT(judge_layers(given, LayerMap(given), {first}), IsEmpty());
}

TEST(JudgeLayers, LeavesOutWhatIsNotOfTheTree) {
  const core::Policy given = layered_policy();
  ImportEdge outside = module_edge("models.a", "api"), beyond = module_edge("models.a", "api");
  outside.internal = false;
  beyond.beyond_top = true;
  EXPECT_THAT(judge_layers(given, LayerMap(given), {outside, beyond}), IsEmpty());
}

TEST(JudgeLayers, FollowsTheRulesAction) {
  core::Policy given = layered_policy();
  given.rules.layer = Action::warn;
  EXPECT_EQ(judge_layers(given, LayerMap(given), {module_edge("models.a", "api")}).at(0).severity,
            Severity::warn);
  given.rules.layer = Action::off;
  EXPECT_THAT(judge_layers(given, LayerMap(given), {module_edge("models.a", "api")}), IsEmpty());
}

TEST(ImportRemarks, WarnOfWhatLeadsNowhere) {
  ImportEdge beyond = module_edge("a", "...base", 7);
  beyond.beyond_top = true;
  EXPECT_THAT(import_remarks({module_edge("a", "b"), beyond}),
              ElementsAre(Finding{Rule::imports, Severity::warn, "a.py", 7,
                                  "imports ...base: beyond the top level", ""}));
  EXPECT_EQ(partial_remark("a.py", {core::Trouble::open_string, 4}),
            (Finding{Rule::imports, Severity::warn, "a.py", 4,
                     "read in part: " + std::string(core::trouble_text(core::Trouble::open_string)),
                     ""}));
}

}  // namespace
}  // namespace gs::analyzers
