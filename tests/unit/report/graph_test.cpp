#include "lib/report/graph.h"

#include <cctype>
#include <filesystem>
#include <gmock/gmock.h>

#include "tests/unit/report/report_test_support.h"

namespace gs::report {
namespace {

using testing::HasSubstr;

Graph layered() {
  return {
      {{"config", "foundation", 0}, {"llm.a", "domain", 3}, {"llm.b", "domain", 3}, {"x", "", -1}},
      {{1, 0, 12, false}, {0, 2, 1, true}, {3, 0, 1, false}, {0, 1, 2, true}}};
}

Graph hostile_graph() {
  return {
      {{kHostile, "g " + kHostile, 1}, {"end", "subgraph", 0}, {"a\\", "", -1}, {"a\xfe", "", -1}},
      {{0, 1, 1, true}, {2, 3, 1, false}}};
}

// Steps of work: with states, labels and lines below the names.
Graph steps() {
  return {{{"A", "phase 1", 2, NodeState::completed, {"A1 · A2", "by \"hand\"<br>"}},
           {"B", "phase 2", 1, NodeState::ready},
           {"C", "phase 2", 1, NodeState::ready, {kHostile}}},
          {{0, 1, 1, false, false, ""}, {0, 2, 1, true, true, "C1 #1\\"}},
          "plan"};
}

TEST(Dot, HasClustersRanksAndRedViolations) {
  EXPECT_EQ(dot(layered()),
            "digraph imports {\n"
            "  newrank=true;\n"
            "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
            "  edge [fontname=\"sans-serif\", fontsize=10];\n"
            "  subgraph cluster_0 {\n    label=\"domain\";\n    \"llm.a\";\n    \"llm.b\";\n  }\n"
            "  subgraph cluster_1 {\n    label=\"foundation\";\n    \"config\";\n  }\n"
            "  \"x\";\n"
            "  { rank=same; \"llm.a\"; \"llm.b\"; }\n"
            "  { rank=same; \"config\"; }\n"
            "  \"llm.a\" -> \"config\" [style=invis];\n"
            "  \"llm.a\" -> \"config\" [label=\"12\"];\n"
            "  \"config\" -> \"llm.b\" [label=\"1\", color=red, fontcolor=red, penwidth=2, "
            "constraint=false];\n"
            "  \"x\" -> \"config\" [label=\"1\"];\n"
            "  \"config\" -> \"llm.a\" [label=\"2\", color=red, fontcolor=red, penwidth=2, "
            "constraint=false];\n"
            "}\n");
}

// Every byte outside quotes belongs to the few shapes that we write; every quote is closed.
TEST(Dot, QuotesWhateverNamesHold) {
  const std::string out = dot(hostile_graph());
  EXPECT_EQ(ask_python(R"py(
import re
text = data.decode("utf-8")
assert all(c >= " " or c == "\n" for c in text)
bare = re.sub(r'"(?:[^"\\\n]|\\.)*"', "S", text)
assert '"' not in bare, bare
node = r"S;"; edge = r"S -> S \[[a-zA-Z0-9=, ]+\];"
for line in bare.splitlines():
    assert re.fullmatch(r"\s*(digraph imports \{|newrank=true;|(node|edge) \[.*\];|subgraph cluster_\d \{|label=S;|"
                        + node + "|" + edge + r"|\{ rank=same;( S;)+ \}|\})", line), line
print(bare.count("{") == bare.count("}"), len(set(re.findall(r'^ +("(?:[^"\\\n]|\\.)*");$', text, re.M))))
)py",
                       out),
            "True 4\n");
}

TEST(Dot, KeepsTheRowsWhereAnAcceptedImportGoesUp) {
  Graph graph = layered();
  graph.edges = {{0, 1, 1, false}, {1, 2, 1, false}};
  EXPECT_THAT(dot(graph), HasSubstr("\"config\" -> \"llm.a\" [label=\"1\", constraint=false];\n"));
  EXPECT_THAT(dot(graph), HasSubstr("\"llm.a\" -> \"llm.b\" [label=\"1\"];\n"));
}

TEST(Dot, IsTakenByGraphviz) {
  if (!std::filesystem::exists("/usr/bin/dot")) GTEST_SKIP() << "needs graphviz";
  for (const Graph& graph : {layered(), hostile_graph(), steps(), Graph{}}) {
    process::Command command;
    command.argv = {"/usr/bin/dot", "-Tsvg"};
    command.input = dot(graph);
    const process::Result result = process::run(command);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("</svg>"));
  }
}

TEST(Mermaid, HasSubgraphsAndRedViolations) {
  EXPECT_EQ(mermaid(layered()),
            "flowchart TD\n"
            "  subgraph g0[\"domain\"]\n    n1[\"llm.a\"]\n    n2[\"llm.b\"]\n  end\n"
            "  subgraph g1[\"foundation\"]\n    n0[\"config\"]\n  end\n"
            "  n3[\"x\"]\n"
            "  n1 -->|12| n0\n"
            "  n0 -->|1| n2\n"
            "  n3 -->|1| n0\n"
            "  n0 -->|2| n1\n"
            "  linkStyle 1,3 stroke:red,stroke-width:2px,color:red\n");
}

TEST(Mermaid, EscapesLabels) {
  const std::string out = mermaid(hostile_graph());
  EXPECT_EQ(ask_python(R"py(
import re
for line in data.decode("utf-8").splitlines():
    assert re.fullmatch(r'flowchart TD|  end| +(subgraph )?[gn]\d\["[^"<>`\\&]*"\]|  n\d -->\|1\| n\d|  linkStyle 0 .*', line), line
    for entity in re.findall(r"#.{0,4}", line): assert re.match(r"#\d+;", entity), line
print("ok")
)py",
                       out),
            "ok\n");
  EXPECT_THAT(out, HasSubstr("n1[\"end\"]"));
  EXPECT_EQ(mermaid({}), "flowchart TD\n");
}

TEST(Dot, HasStatesAndLabels) {
  const std::string out = dot(steps());
  EXPECT_THAT(out, HasSubstr("digraph plan {\n"));
  EXPECT_THAT(out, HasSubstr("    \"A\" [label=\"A\\nA1 · A2\\nby \\\"hand\\\"<br>\", "
                             "style=\"rounded,filled\", fillcolor=\"#d3f9d8\", "
                             "color=\"#2f9e44\"];\n"));
  EXPECT_THAT(out, HasSubstr("    \"B\" [style=\"rounded,filled\", fillcolor=\"#d0ebff\", "
                             "color=\"#1971c2\"];\n"));
  EXPECT_THAT(out, HasSubstr("  \"A\" -> \"B\";\n"));
  EXPECT_THAT(out, HasSubstr("  \"A\" -> \"C\" [label=\"C1 #1\\\\\", color=red, fontcolor=red, "
                             "penwidth=2, style=dashed, constraint=false];\n"));
}

TEST(Mermaid, HasStatesAndLabels) {
  const std::string out = mermaid(steps());
  EXPECT_THAT(out, HasSubstr("    n0[\"A<br/>A1 · A2<br/>by #34;hand#34;#60;br#62;\"]\n"));
  EXPECT_THAT(out, HasSubstr("  n0 --> n1\n  n0 -.->|\"C1 #35;1#92;\"| n2\n"
                             "  linkStyle 1 stroke:red,stroke-width:2px,color:red\n"
                             "  classDef ready fill:#d0ebff,stroke:#1971c2,color:#212529\n"
                             "  class n1,n2 ready\n"
                             "  classDef completed fill:#d3f9d8,stroke:#2f9e44,color:#212529\n"
                             "  class n0 completed\n"));
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
}

TEST(GraphJson, NamesItsNodes) {
  EXPECT_EQ(json(Graph{{{"a", "low", 0}, {"b", "", -1}}, {{0, 1, 3, true}}}),
            "{\"schema\": 1, \"nodes\": [{\"name\": \"a\", \"group\": \"low\", \"level\": 0}, "
            "{\"name\": \"b\"}], \"edges\": [{\"from\": \"a\", \"to\": \"b\", \"count\": 3, "
            "\"violation\": true}]}\n");
  EXPECT_EQ(ask_python("import json; print(len({n['name'] for n in json.loads(data)['nodes']}))",
                       json(hostile_graph())),
            "4\n");
}

}  // namespace
}  // namespace gs::report
