#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzers/broken_references.h"
#include "tests/support/facts.h"
#include "tests/support/listed_tree.h"

namespace gs::analyzers {
namespace {

using core::Definition;
using core::Interface;
using testing::ElementsAre;
using testing::IsEmpty;

Interface binding(const std::vector<std::string>& names) {
  Interface interface;
  for (const std::string& name : names)
    interface.definitions.push_back({Definition::Kind::function, name, 1, {}, {}, {}, {}, false});
  return interface;
}

// A tree of empty files, where all modules have the same interface.
class BrokenImports : public testing::Test {
 protected:
  std::vector<std::string> broken(const std::vector<std::string>& imports) {
    python::ModuleMap modules(tree, {""});
    OfferedNames offered(tree, modules, [this](const core::ObjectId&) { return interface; });
    std::vector<std::string> lines;
    const auto ours = [](std::string_view top) { return top == "once"; };
    const auto edges = python::import_edges(modules, "p/use.py", test::facts(imports));
    for (const BrokenImport& found : broken_imports(offered, edges, ours)) {
      const core::Finding finding = as_finding(found);
      lines.push_back(std::to_string(finding.line) +
                      (finding.severity == core::Severity::block ? ": block: " : ": warn: ") +
                      finding.message);
    }
    return lines;
  }

  test::ListedTree tree{{"p/__init__.py", "p/use.py", "p/m.py", "n/x.py"}};
  Interface interface = binding({"f"});
};

TEST_F(BrokenImports, ModulesThatAreThere) {
  EXPECT_THAT(
      broken({"1 import p.m", "2 from p import m, f", "3 from . import m", "4 from n import x",
              "5 import numpy", "6 from p.m import f, __file__", "7 from p.m import *"}),
      IsEmpty());
}

TEST_F(BrokenImports, ModulesThatAreNot) {
  EXPECT_THAT(
      broken({"1 import p.q", "2 from p.q import x", "3 from .q import *", "4 import p.m.deep",
              "5 import once.upon", "6 from n import y", "7 dynamic p.q"}),
      ElementsAre("1: block: imports p.q, which is not there",
                  "2: block: imports p.q, which is not there",
                  "3: block: imports p.q, which is not there",
                  "4: block: imports p.m.deep, which is not there",
                  "5: block: imports once.upon, which is not there",
                  "6: block: imports y from n, which has none",
                  "7: warn: imports p.q, which is not there"));
}

TEST_F(BrokenImports, NamesThatAreNot) {
  EXPECT_THAT(broken({"1 from p.m import f, g", "tc 2 from p.m import g", "guarded 3 import p.q",
                      "def 4 from p import gone"}),
              ElementsAre("1: block: imports g from p.m, which has none",
                          "2: warn: imports g from p.m, which has none (for type checking only)",
                          "4: block: imports gone from p, which has none"));
}

TEST_F(BrokenImports, WhereNobodyCanTell) {
  interface.has_getattr = true;
  EXPECT_THAT(broken({"1 from p.m import g"}),
              ElementsAre("1: warn: imports g from p.m, which may have none: p.m has a module "
                          "__getattr__"));
  interface = binding({});
  interface.partials.push_back({core::Trouble::syntax, 1});
  EXPECT_THAT(broken({"1 from p.m import g"}),
              ElementsAre("1: warn: imports g from p.m, which may have none: p.m could be read in "
                          "part only"));
  interface = binding({});
  interface.dynamic = true;
  EXPECT_THAT(
      broken({"1 import p.q"}),
      ElementsAre("1: warn: imports p.q, which may not be there: p makes names as it runs"));
}

TEST_F(BrokenImports, StarsInACircleEnd) {
  interface.stars = {{1, "m"}, {0, "p"}};
  EXPECT_THAT(broken({"1 from p.m import f", "2 from p.m import g"}),
              ElementsAre("2: block: imports g from p.m, which has none"));
  interface.stars.push_back({0, "numpy"});
  EXPECT_THAT(broken({"1 from p.m import g"}),
              ElementsAre("1: warn: imports g from p.m, which may have none: it could come from "
                          "numpy by *"));
}

TEST_F(BrokenImports, ExtensionModulesMayBeBuilt) {
  tree.add("p/fast.pyx");
  EXPECT_THAT(
      broken({"1 import p.fast", "2 from p import fast"}),
      ElementsAre("1: warn: imports p.fast, which may not be there: p/fast.pyx may be built "
                  "into it",
                  "2: warn: imports fast from p, which may have none: p/fast.pyx may be "
                  "built into it"));
}

BrokenImport lacks(const std::string& module, const std::string& doubt = {}) {
  core::ImportEdge edge;
  edge.path = "p/use.py";
  return {edge, module, {}, doubt};
}

TEST(NewlyBroken, OnlyWhatHasBecomeWorse) {
  const auto left = [](const std::string& now, const std::vector<BrokenImport>& before,
                       const std::vector<BrokenImport>& there) {
    return newly_broken({lacks("p.q", now)}, before, there).size();
  };
  EXPECT_EQ(left("", {}, {}), 1U);
  EXPECT_EQ(left("", {lacks("p.r")}, {lacks("p.r")}), 1U);
  EXPECT_EQ(left("", {lacks("p.q")}, {}), 0U);
  EXPECT_EQ(left("", {lacks("p.q", "doubt")}, {}), 1U) << "it was a doubt, and is certain now";
  EXPECT_EQ(left("doubt", {lacks("p.q")}, {}), 0U);
  EXPECT_EQ(left("doubt", {}, {lacks("p.q", "doubt")}), 0U);
  EXPECT_EQ(left("", {}, {lacks("p.q")}), 1U) << "the import itself is new";
}

}  // namespace
}  // namespace gs::analyzers
