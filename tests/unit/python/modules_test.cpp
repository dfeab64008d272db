#include "lib/python/modules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/facts.h"
#include "tests/support/listed_tree.h"

namespace gs::python {
namespace {

using core::ImportKind;
using test::facts;
using test::ListedTree;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Kind = FoundModule::Kind;

std::string found(ListedTree& tree, std::vector<std::string> roots, const std::string& module) {
  ModuleMap modules(tree, std::move(roots));
  const FoundModule answer = modules.found(modules.find(module));
  if (answer.kind == Kind::absent) return "absent";
  if (answer.kind == Kind::namespace_package) return "namespace";
  return answer.path;
}

std::string found(const std::vector<std::string>& files, const std::string& module,
                  std::vector<std::string> roots = {"."}) {
  ListedTree tree(files);
  return found(tree, std::move(roots), module);
}

TEST(ModuleMap, PrefersAPackageToAModuleAndPythonToStubs) {
  EXPECT_EQ(found({"c/__init__.py", "c.py"}, "c"), "c/__init__.py");
  EXPECT_EQ(found({"c/x.py", "c.py"}, "c"), "c.py");
  EXPECT_EQ(found({"c/__init__.pyi", "c.py"}, "c"), "c.py");
  EXPECT_EQ(found({"c/__init__.pyi", "c.pyi"}, "c"), "c/__init__.pyi");
  EXPECT_EQ(found({"c.pyi", "c/x.py"}, "c"), "c.pyi");
  EXPECT_EQ(found({"c/x/y.py"}, "c"), "namespace");
  EXPECT_EQ(found({"c/readme.md"}, "c"), "absent");
}

TEST(ModuleMap, TakesRootsInOrderButStubsAfterAllOfThem) {
  const std::vector<std::string> roots{"a", "b"};
  EXPECT_EQ(found({"a/c.py", "b/c/__init__.py"}, "c", roots), "a/c.py");
  EXPECT_EQ(found({"a/c.pyi", "b/c.py"}, "c", roots), "b/c.py");
  EXPECT_EQ(found({"a/c/x.py", "b/c.pyi"}, "c", roots), "b/c.pyi");
  EXPECT_EQ(found({"a/c/__init__.pyi", "b/c/__init__.pyi"}, "c", roots), "a/c/__init__.pyi");
  EXPECT_EQ(found({"c.py"}, "c", roots), "absent");
}

TEST(ModuleMap, LooksBelowARegularPackageOnlyThere) {
  const std::vector<std::string> files{"a/c/__init__.py", "a/c/x.py", "b/c/__init__.py",
                                       "b/c/y.py"};
  EXPECT_EQ(found(files, "c.x", {"a", "b"}), "a/c/x.py");
  EXPECT_EQ(found(files, "c.y", {"a", "b"}), "absent");
}

TEST(ModuleMap, LooksBelowANamespacePackageInAllItsFolders) {
  const std::vector<std::string> files{"a/c/x.py", "a/c/d/p.py", "b/c/y.py", "b/c/d/q.py",
                                       "b/c/x.py"};
  EXPECT_EQ(found(files, "c.x", {"a", "b"}), "a/c/x.py");
  EXPECT_EQ(found(files, "c.x", {"b", "a"}), "b/c/x.py");
  EXPECT_EQ(found(files, "c.y", {"a", "b"}), "b/c/y.py");
  EXPECT_EQ(found(files, "c.d", {"a", "b"}), "namespace");
  EXPECT_EQ(found(files, "c.d.q", {"a", "b"}), "b/c/d/q.py");
}

TEST(ModuleMap, FindsNothingBelowAPlainModule) {
  EXPECT_EQ(found({"c.py", "c/x.py"}, "c.x"), "absent");
}

TEST(ModuleMap, PassesOverWhatNeverCounts) {
  EXPECT_EQ(found({".c/x.py"}, ".c"), "absent");
  EXPECT_EQ(found({"__pycache__/x.py"}, "__pycache__"), "absent");
  EXPECT_EQ(found({"c/.hidden/x.py", "c/__pycache__/x.py"}, "c"), "absent");
  EXPECT_EQ(found({".venv/lib/c.py"}, "c", {".venv/lib"}), "absent");
  EXPECT_EQ(found({"c/x.so"}, "c.x"), "absent");
}

TEST(ModuleMap, TakesNamesThatCannotBeModules) {
  const std::vector<std::string> files{"a/b.py", "a/__init__.py"};
  for (const char* name : {"", ".", "a/b", "a.", ".a", "a..b", "/a", "a.b.c.d"}) {
    EXPECT_EQ(found(files, name), "absent") << name;
  }
  EXPECT_EQ(found(files, std::string(200000, '.')), "absent");
}

TEST(ModuleMap, IsInternalByTheFirstComponent) {
  ListedTree tree({"a/b.py"});
  ModuleMap modules(tree, {"."});
  EXPECT_TRUE(modules.internal(modules.find("a.b.nowhere")));
  EXPECT_TRUE(modules.internal(modules.find("a.nowhere.at.all")));
  EXPECT_FALSE(modules.internal(modules.find("os.path")));
  EXPECT_EQ(modules.name(modules.find("a.nowhere.at.all")), "a.nowhere.at.all");
  EXPECT_EQ(modules.find("a.b"), modules.find("a.b"));
  EXPECT_NE(modules.find("a.b"), modules.find("a"));
}

TEST(ModuleMap, AsksTheTreeEachQuestionOnce) {
  ListedTree tree({"src/a/__init__.py", "src/a/b.py", "src/n/c.py", "n/d.py"});
  ModuleMap modules(tree, {"src", "."});
  for (const char* name : {"a", "a.b", "n.c", "n.d", "n.c", "x.y", "x.z", "n.x", "a.nothing",
                           "a.nothing.more", "a.b.c", "a.b.d"}) {
    modules.find(name);
  }
  modules.find("a.nothing");
  const std::string from = facts({"1 from a import nothing, x, b", "2 from n import x, y"});
  ModuleMap::FileEdges edges;
  for (const char* path : {"n/d.py", "src/n/c.py"}) modules.edges_of(path, from, edges);
  EXPECT_THAT(tree.asked, Each(Pair(testing::_, 1)));
}

TEST(ModuleMap, NamesFilesBelowTheLongestRoot) {
  ListedTree tree;
  const ModuleMap modules(tree, {".", "./src/", "src//vendor"});
  EXPECT_EQ(modules.module_of("src/a/b.py"), "a.b");
  EXPECT_EQ(modules.module_of("src/a/__init__.pyi"), "a");
  EXPECT_EQ(modules.module_of("src/vendor/v.pyi"), "v");
  EXPECT_EQ(modules.module_of("srcs/a.py"), "srcs.a");
  EXPECT_EQ(modules.module_of("setup.py"), "setup");
  EXPECT_EQ(modules.module_of("src/__init__.py"), "__init__");
  EXPECT_EQ(ModuleMap(tree, {"src"}).module_of("tools/x.py"), "tools.x");
}

TEST(PythonRoots, TakesSrcWhereItHoldsAPackageAndIsNone) {
  const auto roots = [](const std::vector<std::string>& files) {
    ListedTree tree(files);
    return python_roots({}, tree);
  };
  EXPECT_THAT(roots({"src/a/__init__.py"}), ElementsAre("src", ""));
  EXPECT_THAT(roots({"src/a/__init__.pyi"}), ElementsAre("src", ""));
  EXPECT_THAT(roots({"src/a/__init__.py", "src/__init__.py"}), ElementsAre(""));
  EXPECT_THAT(roots({"src/a/__init__.py", "src/__init__.pyi"}), ElementsAre(""));
  EXPECT_THAT(roots({"src/a.py", "src/a/b.py", "src/.h/__init__.py", "src/a/b/__init__.py"}),
              ElementsAre(""));
  EXPECT_THAT(roots({}), ElementsAre(""));
}

TEST(PythonRoots, PutsGivenOnesInOneSpelling) {
  ListedTree tree({"src/a/__init__.py"});
  EXPECT_THAT(python_roots({"./lib/", ".", "a//b/.", "lib", ".hidden"}, tree),
              ElementsAre("lib", "", "a/b"));
}

// "3 llm.sentiment [a b]" for each edge, "3 beyond ..x" for what has none.
std::vector<std::string> edges(const std::vector<std::string>& files, const std::string& path,
                               const std::vector<std::string>& imports,
                               std::vector<std::string> roots = {"."}) {
  ListedTree tree(files);
  ModuleMap modules(tree, std::move(roots));
  std::vector<std::string> all;
  for (const core::ImportEdge& edge : import_edges(modules, path, facts(imports))) {
    std::string text = std::to_string(edge.line) + ' ' + (edge.beyond_top ? "beyond " : "") +
                       (edge.internal || edge.beyond_top ? "" : "external ") + edge.target;
    for (std::size_t i = 0; i < edge.names.size(); ++i) {
      text += (i == 0 ? " [" : " ") + edge.names[i] + (i + 1 == edge.names.size() ? "]" : "");
    }
    all.push_back(text);
  }
  return all;
}

const std::vector<std::string> kFiles{"p/__init__.py", "p/m.py",   "p/q/__init__.py",
                                      "p/q/k.py",      "p/n/l.py", "top.py"};

TEST(ImportEdges, LeadFromPlainImportsToTheModuleOnly) {
  EXPECT_THAT(edges(kFiles, "top.py", {"1 import p.q.k", "2 import os.path", "3 import p.gone"}),
              ElementsAre("1 p.q.k", "2 external os.path", "3 p.gone"));
}

TEST(ImportEdges, LeadFromNamesToModulesWhereTheyAreAny) {
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p import x, m, y, q, n, m"}),
              ElementsAre("1 p [x y]", "1 p.m", "1 p.q", "1 p.n"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p import m, x"}), ElementsAre("1 p.m", "1 p [x]"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p.m import q"}), ElementsAre("1 p.m [q]"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p.gone import q"}), ElementsAre("1 p.gone [q]"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p import *"}), ElementsAre("1 p"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from os import path"}),
              ElementsAre("1 external os [path]"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from p.n import l"}), ElementsAre("1 p.n.l"));
}

TEST(ImportEdges, FollowRelativeLevels) {
  EXPECT_THAT(edges(kFiles, "p/q/k.py",
                    {"1 from . import k, x", "2 from .k import z", "3 from .. import m",
                     "4 from ..m import z", "5 from ... import m", "6 from ...m import *"}),
              ElementsAre("1 p.q.k", "1 p.q [x]", "2 p.q.k [z]", "3 p.m", "4 p.m [z]",
                          "5 beyond ... [m]", "6 beyond ...m"));
  EXPECT_THAT(edges(kFiles, "p/q/__init__.py", {"1 from . import k", "2 from .. import m"}),
              ElementsAre("1 p.q.k", "2 p.m"));
  EXPECT_THAT(edges(kFiles, "top.py", {"1 from . import p", "2 from .p import m"}),
              ElementsAre("1 beyond . [p]", "2 beyond .p [m]"));
  EXPECT_THAT(
      edges({"src/__init__.py", "src/a.py"}, "src/__init__.py", {"1 from . import a"}, {"src"}),
      ElementsAre("1 beyond . [a]"));
}

TEST(ImportEdges, FollowDynamicImportsFromTheirAnchor) {
  EXPECT_THAT(edges(kFiles, "p/q/k.py",
                    {"1 dynamic p.m", "2 dynamic .m p", "3 dynamic ..m __package__",
                     "4 dynamic .k __name__", "5 dynamic ..x p", "6 dynamic .x", "7 dynamic p/m",
                     "8 dynamic . p.n"}),
              ElementsAre("1 p.m", "2 p.m", "3 p.m", "4 p.q.k.k", "5 beyond ..x", "6 beyond .x",
                          "7 external p/m", "8 p.n"));
}

TEST(ImportEdges, CarryWhereTheyStand) {
  ListedTree tree(kFiles);
  ModuleMap modules(tree, {"."});
  std::vector<core::Partial> partials;
  const auto all = import_edges(modules, "p/m.py",
                                facts({"tc class 3 from p.q import k", "guarded def 2 import top"},
                                      {{core::Trouble::open_string, 9}}),
                                &partials);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], (core::ImportEdge{"p.m",
                                      "p/m.py",
                                      2,
                                      "top",
                                      "top.py",
                                      {},
                                      ImportKind::import,
                                      core::ImportScope::function,
                                      false,
                                      true,
                                      true,
                                      false}));
  EXPECT_EQ(all[1], (core::ImportEdge{"p.m",
                                      "p/m.py",
                                      3,
                                      "p.q.k",
                                      "p/q/k.py",
                                      {},
                                      ImportKind::from,
                                      core::ImportScope::class_body,
                                      true,
                                      false,
                                      true,
                                      false}));
  ASSERT_EQ(partials.size(), 1U);
  EXPECT_EQ(partials[0].line, 9U);
}

TEST(ImportEdges, RefuseDamagedFacts) {
  ListedTree tree(kFiles);
  ModuleMap modules(tree, {"."});
  const std::string good = facts({"1 from p import q, r, s"});
  EXPECT_THROW(import_edges(modules, "top.py", good.substr(0, good.size() - 1)), core::Error);
}

TEST(ModuleMap, ReusesTheMemoryOfAnotherFilesEdges) {
  ListedTree tree(kFiles);
  ModuleMap modules(tree, {"."});
  ModuleMap::FileEdges edges;
  const std::string first =
      facts({"1 from p import a, b", "2 from .. import z"}, {{core::Trouble::syntax, 1}});
  modules.edges_of("top.py", first, edges);
  EXPECT_EQ(edges.beyond.size(), 1U);
  const std::string second = facts({"5 from p.m import c"});
  modules.edges_of("p/q/k.py", second, edges);
  ASSERT_EQ(edges.edges.size(), 1U);
  EXPECT_THAT(edges.edges[0].names, ElementsAre("c"));
  EXPECT_THAT(edges.beyond, IsEmpty());
  EXPECT_THAT(edges.partials, IsEmpty());
}

}  // namespace
}  // namespace gs::python
