#include "analyzers/import_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <random>

#include "tests/support/facts.h"
#include "tests/support/listed_tree.h"

namespace gs::analyzers {
namespace {

using test::facts;
using testing::ElementsAre;
using testing::IsEmpty;

using Files = std::vector<std::pair<std::string, std::vector<std::string>>>;  // imports by path

ImportGraph graph_of(const Files& files) {
  test::ListedTree tree;
  for (const auto& [path, imports] : files) tree.add(path);
  python::ModuleMap modules(tree, {"."});
  GraphBuilder builder(modules);
  for (const auto& [path, imports] : files) builder.add(path, facts(imports));
  return builder.take();
}

std::string text(const ImportGraph& graph, const ImportGraph::Edge& edge) {
  return graph.files[edge.file] + ":" + std::to_string(edge.line) + " " + graph.modules[edge.from] +
         ">" + graph.modules[edge.to] + (edge.type_checking ? " tc" : "") +
         (edge.kind == core::ImportKind::dynamic ? " dynamic" : "");
}

std::vector<std::string> texts(const ImportGraph& graph,
                               const std::vector<ImportGraph::Edge>& edges) {
  std::vector<std::string> all;
  for (const ImportGraph::Edge& edge : edges) all.push_back(text(graph, edge));
  return all;
}

LayerMap layers(std::vector<std::string> ignore = {}) {
  core::Policy policy;
  policy.layers = {{"low", {"a"}, false}, {"mid", {"b", "b2"}, true}, {"high", {"c"}, false}};
  policy.python_ignore = std::move(ignore);
  return LayerMap(policy);
}

TEST(GraphBuilder, SortsModulesFilesAndEdges) {
  const Files files{{"b.py", {"1 import c", "2 import a", "2 import os"}},
                    {"a/__init__.py", {"5 from . import x, y"}},
                    {"a/x.py", {"3 import c", "1 import a.gone", "2 import a.x"}},
                    {"c.py", {}}};
  Files reversed = files;
  std::ranges::reverse(reversed);
  for (const Files& order : {files, reversed}) {
    const ImportGraph graph = graph_of(order);
    EXPECT_THAT(graph.modules, ElementsAre("a", "a.gone", "a.x", "b", "c"));
    EXPECT_THAT(graph.files, ElementsAre("a/__init__.py", "a/x.py", "b.py", "c.py"));
    EXPECT_THAT(texts(graph, graph.edges),
                ElementsAre("a/__init__.py:5 a>a.x", "a/x.py:1 a.x>a.gone", "a/x.py:3 a.x>c",
                            "b.py:1 b>c", "b.py:2 b>a"));
  }
}

TEST(GraphBuilder, KeepsEachPairOfAFileOnceAtItsPlainestPlace) {
  const auto kept = [](const std::vector<std::string>& imports) {
    const ImportGraph graph = graph_of({{"a.py", imports}, {"b.py", {}}});
    return texts(graph, graph.edges);
  };
  EXPECT_THAT(kept({"1 import b", "2 from b import x", "tc 3 import b"}),
              ElementsAre("a.py:1 a>b"));
  EXPECT_THAT(kept({"tc 1 import b", "2 import b", "3 import b"}), ElementsAre("a.py:2 a>b"));
  EXPECT_THAT(kept({"1 dynamic b", "2 import b"}), ElementsAre("a.py:2 a>b"));
  EXPECT_THAT(kept({"tc 1 dynamic b", "tc 2 import b"}), ElementsAre("a.py:2 a>b tc"));
  EXPECT_THAT(kept({"tc 1 import b", "2 dynamic b", "tc 3 dynamic b"}),
              ElementsAre("a.py:1 a>b tc", "a.py:2 a>b dynamic"));
  EXPECT_THAT(kept({"tc 1 import b", "2 dynamic b", "3 import b"}), ElementsAre("a.py:3 a>b"));
}

TEST(GraphBuilder, NotesWhatCannotBeFollowed) {
  test::ListedTree tree({"a.py", "b.py"});
  python::ModuleMap modules(tree, {"."});
  GraphBuilder builder(modules);
  builder.add("b.py", facts({"2 from .. import x"}, {{core::Trouble::nul_byte, 1}}));
  builder.add("a.py", facts({"9 from .x import y"}));
  EXPECT_THROW(builder.add("c.py", "no facts"), core::Error);
  const ImportGraph graph = builder.take();
  std::vector<std::string> all;
  for (const auto& remark : graph.remarks) {
    all.push_back(graph.files[remark.file] + ":" + std::to_string(remark.line) + " " + remark.text);
  }
  EXPECT_THAT(all, ElementsAre("a.py:9 imports .x: beyond the top level",
                               "b.py:1 " + partial_text({core::Trouble::nul_byte, 1}),
                               "b.py:2 imports ..: beyond the top level"));
  EXPECT_THAT(builder.take().modules, IsEmpty());
}

TEST(LayerViolations, AreSortedByFileAndThenTheWorstFirst) {
  const ImportGraph graph = graph_of({{"b.py", {"1 import c", "2 import b2", "3 import a"}},
                                      {"b2.py", {}},
                                      {"a.py", {"1 import b", "2 import c", "3 import d"}},
                                      {"c.py", {"1 import a"}},
                                      {"d.py", {"1 import c"}}});
  const LayerMap map = layers();
  std::vector<std::string> all;
  for (const Violation& violation : layer_violations(graph, map)) {
    all.push_back(text(graph, violation.edge));
  }
  EXPECT_THAT(all, ElementsAre("a.py:2 a>c", "a.py:1 a>b", "b.py:1 b>c", "b.py:2 b>b2"));
  EXPECT_EQ(layer_violations(graph, map)[0].message,
            "imports c: layer 0 (low) may not import layer 2 (high)");
  EXPECT_THAT(modules_in_no_layer(graph.modules, map), ElementsAre("d"));
}

TEST(LayerViolations, PassOverWhatIsIgnoredAndSayAPairOnce) {
  const ImportGraph graph = graph_of(
      {{"a.py", {"tc 1 import b", "2 dynamic b", "tc 3 import c"}}, {"b.py", {}}, {"c.py", {}}});
  const auto all = [&](std::vector<std::string> ignore) {
    std::vector<std::string> lines;
    for (const Violation& violation : layer_violations(graph, layers(std::move(ignore)))) {
      lines.push_back(text(graph, violation.edge));
    }
    return lines;
  };
  EXPECT_THAT(all({}), ElementsAre("a.py:3 a>c tc", "a.py:1 a>b tc"));
  EXPECT_THAT(all({"type_checking"}), ElementsAre("a.py:2 a>b dynamic"));
  EXPECT_THAT(all({"dynamic"}), ElementsAre("a.py:3 a>c tc", "a.py:1 a>b tc"));
  EXPECT_THAT(all({"type_checking", "dynamic"}), IsEmpty());
  EXPECT_THAT(all({"a -> c"}), ElementsAre("a.py:1 a>b tc"));
}

TEST(ShortestChain, LeadsFromAModuleOrWhatIsBelowItToAnother) {
  const ImportGraph graph = graph_of({{"a/__init__.py", {}},
                                      {"a/x.py", {"1 import m", "2 import n"}},
                                      {"a/y.py", {"4 import a.x"}},
                                      {"ab.py", {"1 import z.q"}},
                                      {"m.py", {"1 import o"}},
                                      {"n.py", {"1 import o"}},
                                      {"o.py", {"1 import z.q", "2 import a.y"}},
                                      {"z/__init__.py", {}},
                                      {"z/q.py", {}}});
  const auto chain = [&](const char* from, const char* to) {
    return texts(graph, shortest_chain(graph, from, to));
  };
  EXPECT_THAT(chain("a", "z"), ElementsAre("a/x.py:1 a.x>m", "m.py:1 m>o", "o.py:1 o>z.q"));
  EXPECT_THAT(chain("a.y", "z.q"),
              ElementsAre("a/y.py:4 a.y>a.x", "a/x.py:1 a.x>m", "m.py:1 m>o", "o.py:1 o>z.q"));
  EXPECT_THAT(chain("a", "a.y"), ElementsAre("a/x.py:1 a.x>m", "m.py:1 m>o", "o.py:2 o>a.y"));
  EXPECT_THAT(chain("a.y", "a"), ElementsAre("a/y.py:4 a.y>a.x"));
  EXPECT_THAT(chain("z", "a"), IsEmpty());
  EXPECT_THAT(chain("a", "a"), IsEmpty());
  EXPECT_THAT(chain("a", "nowhere"), IsEmpty());
  EXPECT_THAT(chain("", ""), IsEmpty());
}

TEST(Cycles, AreOneShortestCircleAGroup) {
  const ImportGraph graph = graph_of({{"a/x.py", {"1 import b.x"}},
                                      {"a/y.py", {"1 import a.x", "2 import c"}},
                                      {"b/x.py", {"1 import c"}},
                                      {"c.py", {"1 import a.y", "2 import c2"}},
                                      {"c2.py", {}},
                                      {"d.py", {"1 import e"}},
                                      {"e.py", {"1 import f"}},
                                      {"f.py", {"1 import d"}},
                                      {"g.py", {"1 import h"}},
                                      {"h.py", {"tc 1 import g"}},
                                      {"i/p.py", {"1 import i.q"}},
                                      {"i/q.py", {"1 import i.p"}}});
  std::vector<std::vector<std::string>> all;
  for (const auto& circle : cycles(graph)) all.push_back(texts(graph, circle));
  EXPECT_THAT(all, ElementsAre(ElementsAre("a/y.py:2 a.y>c", "c.py:1 c>a.y"),
                               ElementsAre("d.py:1 d>e", "e.py:1 e>f", "f.py:1 f>d")));
}

TEST(Cycles, AreFoundInLongChains) {
  Files files;
  constexpr int kLength = 20000;
  const auto name = [](int i) { return "m" + std::to_string(100000 + i); };
  for (int i = 0; i < kLength; ++i) {
    files.push_back({name(i) + ".py", {"1 import " + name((i + 1) % kLength)}});
  }
  files.back().second = {};
  EXPECT_THAT(cycles(graph_of(files)), IsEmpty());
}

// Against a plain closure: two modules are in one group when each reaches the other.
TEST(Cycles, AgreeWithReachabilityOnRandomGraphs) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    constexpr std::size_t kModules = 7;
    bool reaches[kModules][kModules] = {};
    Files files;
    for (std::size_t i = 0; i < kModules; ++i) {
      std::vector<std::string> imports;
      for (std::size_t j = 0; j < kModules; ++j) {
        if (i == j || random() % 6 != 0) continue;
        reaches[i][j] = true;
        imports.push_back("1 import m" + std::to_string(j));
      }
      files.push_back({"m" + std::to_string(i) + ".py", imports});
    }
    for (std::size_t k = 0; k < kModules; ++k) {
      for (std::size_t i = 0; i < kModules; ++i) {
        for (std::size_t j = 0; j < kModules; ++j) {
          reaches[i][j] = reaches[i][j] || (reaches[i][k] && reaches[k][j]);
        }
      }
    }
    std::vector<std::string> wanted, got;
    for (std::size_t i = 0; i < kModules; ++i) {
      std::size_t first = i;
      for (std::size_t j = kModules; j-- > 0;) {
        if (reaches[i][j] && reaches[j][i]) first = std::min(first, j);
      }
      if (first == i && reaches[i][i]) wanted.push_back("m" + std::to_string(i));
    }
    const ImportGraph graph = graph_of(files);
    for (const auto& circle : cycles(graph)) {
      ASSERT_GE(circle.size(), 2U);
      std::string lowest = "n";
      for (std::size_t i = 0; i < circle.size(); ++i) {
        EXPECT_EQ(circle[i].to, circle[(i + 1) % circle.size()].from);
        const std::string& module = graph.modules[circle[i].from];
        const auto at = static_cast<std::size_t>(module[1] - '0');
        for (std::size_t j = 0; j < kModules; ++j) {
          if (reaches[at][j] && reaches[j][at]) lowest = std::min(lowest, "m" + std::to_string(j));
        }
      }
      got.push_back(lowest);
    }
    EXPECT_EQ(got, wanted) << round;
  }
}

std::vector<std::string> folded(const FoldedGraph& graph) {
  std::vector<std::string> all;
  for (const auto& node : graph.nodes) {
    all.push_back(node.name + " " + std::to_string(node.level));
  }
  for (const auto& edge : graph.edges) {
    all.push_back(graph.nodes[edge.from].name + ">" + graph.nodes[edge.to].name + " " +
                  std::to_string(edge.count) + (edge.violation ? " !" : ""));
  }
  return all;
}

TEST(Fold, ByModuleTopAndLayer) {
  const ImportGraph graph = graph_of({{"a/x.py", {"1 import b.x", "2 import a.y"}},
                                      {"a/y.py", {"1 import b.x"}},
                                      {"b/x.py", {"1 import a.x", "2 import c", "3 import b2"}},
                                      {"b2.py", {"1 import a.x"}},
                                      {"d.py", {"1 import a.x"}}});
  const LayerMap map = layers({"a.x -> **"});
  EXPECT_THAT(folded(fold(graph, map, Fold::module)),
              ElementsAre("a.x 0", "a.y 0", "b.x 1", "b2 1", "d -1", "a.x>a.y 1", "a.x>b.x 1",
                          "a.y>b.x 1 !", "b.x>a.x 1", "b.x>b2 1 !", "b2>a.x 1", "d>a.x 1"));
  EXPECT_THAT(
      folded(fold(graph, map, Fold::top)),
      ElementsAre("a 0", "b 1", "b2 1", "d -1", "a>b 2 !", "b>a 1", "b>b2 1 !", "b2>a 1", "d>a 1"));
  EXPECT_THAT(folded(fold(graph, map, Fold::layer)),
              ElementsAre("low 0", "mid 1", "high 2", "no layer -1", "low>mid 2 !", "mid>low 2",
                          "no layer>low 1"));
}

}  // namespace
}  // namespace gs::analyzers
