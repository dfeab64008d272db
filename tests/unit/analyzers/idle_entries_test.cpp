#include "analyzers/idle_entries.h"

#include <gtest/gtest.h>

namespace gs::analyzers {
namespace {

core::Policy policy_with_layer(const std::string& module) {
  core::Policy policy;
  policy.layers.push_back({"low", {module}, false});
  return policy;
}

// "MESSAGE | HINT" of the only finding; empty: none.
std::string idle(const core::Policy& policy, const TreeNames& tree) {
  const auto found = idle_entries(policy, tree, false);
  if (found.empty()) return "";
  EXPECT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].severity, core::Severity::warn);
  EXPECT_EQ(found[0].path, ".streams.yaml");
  return found[0].message + " | " + found[0].hint;
}

const TreeNames kService{{"src/shop/__init__.py", "src/shop/services/order.py", "docs/guide.md"},
                         {"shop", "shop.services", "shop.services.order"}};

TEST(IdleEntries, LayersModules) {
  EXPECT_EQ(idle(policy_with_layer("shop"), kService), "");
  EXPECT_EQ(idle(policy_with_layer("shop.services"), kService), "");
  EXPECT_EQ(idle(policy_with_layer("shop.services.order"), kService), "");
  const std::string nothing = "' (low) names no module here, and judges nothing | did you mean '";
  EXPECT_EQ(idle(policy_with_layer("src.shop.services"), kService),
            "layers: 'src.shop.services" + nothing + "shop.services'?");
  EXPECT_EQ(idle(policy_with_layer("shop.service"), kService),
            "layers: 'shop.service" + nothing + "shop.services'?");
  EXPECT_EQ(idle(policy_with_layer("store.services"), kService),
            "layers: 'store.services" + nothing + "shop.services'?");
  EXPECT_EQ(idle(policy_with_layer("sho"), kService), "layers: 'sho" + nothing + "shop'?");
  EXPECT_EQ(idle(policy_with_layer("zzzzzzzz"), kService),
            "layers: 'zzzzzzzz' (low) names no module here, and judges nothing | ");
}

TEST(IdleEntries, PackagesBelowNoRoot) {
  const TreeNames monorepo{
      {"packages/a/src/a/core.py"},
      {"packages", "packages.a", "packages.a.src", "packages.a.src.a", "packages.a.src.a.core"}};
  EXPECT_EQ(idle(policy_with_layer("a.core"), monorepo),
            "layers: 'a.core' (low) names no module here, and judges nothing | python.roots: "
            "[packages/a/src] would make it one");
}

core::Policy with_files(std::vector<std::string> files) {
  core::Policy policy;
  core::StreamSpec stream;
  stream.id = core::StreamId("F");
  stream.agents.push_back({*core::AgentId::parse("F1"), "", std::move(files), {}});
  policy.streams.push_back(std::move(stream));
  return policy;
}

TEST(IdleEntries, PatternsOfScopes) {
  EXPECT_EQ(idle(with_files({"src/**", "src/shop/", "docs/*.md", "!nothing/**"}), kService), "");
  EXPECT_EQ(idle(with_files({"src/shop/service/*.py"}), kService),
            "files of agent-F1: 'src/shop/service/*.py' matches nothing here | did you mean "
            "'src/shop/services'?");
  EXPECT_EQ(idle(with_files({"doc/guide.md"}), kService),
            "files of agent-F1: 'doc/guide.md' matches nothing here | did you mean 'docs'?");
  EXPECT_EQ(idle(with_files({"docs/gide.md"}), kService),
            "files of agent-F1: 'docs/gide.md' matches nothing here | did you mean "
            "'docs/guide.md'?");
  EXPECT_EQ(idle(with_files({"qqqqqq/**"}), kService),
            "files of agent-F1: 'qqqqqq/**' matches nothing here | ");
}

TEST(IdleEntries, RootsAndEdges) {
  core::Policy policy;
  policy.python_roots = {".", "./src/", "lib"};
  policy.python_ignore = {"type_checking", "shop.* -> shop.services", "** -> shop.services.order"};
  EXPECT_EQ(idle(policy, kService), "python.roots: there is no folder 'lib' here | ");
  policy.python_roots = {"scr"};
  EXPECT_EQ(idle(policy, kService),
            "python.roots: there is no folder 'scr' here | did you mean 'src'?");
  policy.python_roots.clear();
  policy.python_ignore = {"shop.services -> shop.adapter"};
  EXPECT_EQ(idle(policy, kService).substr(0, 78),
            "python.ignore: 'shop.services -> shop.adapter': 'shop.adapter' names no module");
}

TEST(IdleEntries, NothingIsSaidOfAnEmptyTree) {
  EXPECT_EQ(idle(policy_with_layer("a"), {}), "");
}

TEST(IdleEntries, LayersThatAreOffAreNotAsked) {
  core::Policy policy = policy_with_layer("zz");
  policy.rules.layer = core::Action::off;
  EXPECT_EQ(idle(policy, kService), "");
}

}  // namespace
}  // namespace gs::analyzers
