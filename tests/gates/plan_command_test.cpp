// git stream plan and order: what they print, in every format.

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string reference() {
  std::ifstream in(GS_SOURCE_DIR "/config/trading-bot.yaml");
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string kPlannedStreams = R"(version: 1
streams:
  A: {name: Foundation, agents: {A1: {files: ["config/**"]}}}
  E: {name: Models, depends_on: [A], agents: {E1: {files: ["models/**"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
)";

// A committed file on the branch that the policy names for the stream.
void work(const StreamRepo& repo, const std::string& stream, const std::string& slug,
          const std::string& path, const std::string& content) {
  const Place place = repo.worktree(stream, "feature/stream-" + stream + "-" + slug);
  place.write(path, content);
  place.must("git add -A; git commit -q --no-verify -m work");
}

bool has_trailing_blanks(const std::string& text) {
  return text.find(" \n") != std::string::npos || text.find(" \x1b[0m\n") != std::string::npos;
}

// What a program prints on a terminal.
std::string on_terminal(const Place& place, const std::string& command) {
  return place.must("TERM=xterm python3 -c 'import pty,sys; pty.spawn(sys.argv[1:])' " + command +
                    " </dev/null | tr -d '\\r'");
}

TEST(PlanCommand, ShowsTheReferenceDesign) {
  const StreamRepo repo(reference());
  const Said said = repo.owner().sh("git stream plan");
  EXPECT_EQ(said.errors, "");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.output, R"(phase 1   A Foundation · B Observability · C Analytics · D Scanners
phase 2   E Models · F LLM
phase 3   G Execution
phase 4   H Applications

1  A  Foundation     ready                         A1 A2 A3
   B  Observability  ready                         B1 B2
      #7  B1  P2  todo  Metrics consolidation
   C  Analytics      ready                         C1 C2
   D  Scanners       ready                         D1 D2
2  E  Models         waits for A                   E1 E3 → E2
      #3  E1  P1  todo  Risk enforcement chain
      #4  E2  P1  todo  Anomaly unification (4→1)
   F  LLM            waits for A, B                F1 F2 F3 F4 F5
      #1  F1  P0  todo  Sentiment consolidation (5→1)
      #2  F2  P0  todo  News consolidation (5→1)
3  G  Execution      waits for E, F                G1
4  H  Applications   waits for A, B, C and 4 more  H1 → H2 → H3 → H4
      #5  H1  P0  todo  P0-1 Timestamp bug fix
      #6  H1  P1  todo  P1-1 BaseOptionsBot class

next: git stream start --ready (A, B, C, D)
)");
  EXPECT_EQ(
      json_of(repo.owner(), "plan",
              "[[s[\"stream\"] for s in p[\"streams\"]] for p in d[\"phases\"]], "
              "[t[\"title\"] for t in d[\"phases\"][3][\"streams\"][0][\"tasks\"]], "
              "[a[\"wave\"] for a in d[\"phases\"][1][\"streams\"][0][\"agents\"]], d[\"circle\"]"),
      "[['A', 'B', 'C', 'D'], ['E', 'F'], ['G'], ['H']] ['P0-1 Timestamp bug fix', 'P1-1 "
      "BaseOptionsBot class'] [1, 1, 2] []\n");
}

TEST(PlanCommand, ShowsHowFarStreamsAre) {
  const StreamRepo repo(reference());
  repo.write_state("orchestrator_state.json",
                   R"({"streams": {"A": {"status": "merged"}, "B": {"status": "completed"},
                       "E": {"status": "in_progress"}}, "started_at": null})");
  const std::string text = repo.owner().must("git stream plan");
  EXPECT_THAT(text, HasSubstr("phase 1   A Foundation ✓ · B Observability ✓ · C Analytics"));
  EXPECT_THAT(text, HasSubstr("1  A  Foundation     merged  "));
  EXPECT_THAT(text, HasSubstr("2  E  Models         in progress  "));
  EXPECT_THAT(text, HasSubstr("   F  LLM            ready  "));
  EXPECT_THAT(text, HasSubstr("4  H  Applications   waits for C, D, E and 2 more  "));
  EXPECT_THAT(text, HasSubstr("next: git stream start --ready (C, D, F)\n"));
}

TEST(PlanCommand, TellsTheDaysOfEachPhase) {
  const StreamRepo repo(reference());
  EXPECT_THAT(
      repo.owner().must("git stream plan --days"),
      HasSubstr("phase 1   no days    A Foundation · B Observability · C Analytics · D Scanners\n"
                "phase 2   days 1-2   E Models · F LLM\n"
                "phase 3   no days    G Execution\n"
                "phase 4   day 3      H Applications\n"));
  EXPECT_EQ(json_of(repo.owner(), "plan",
                    "[(p['begin_day'], p['end_day']) for p in d['phases']], "
                    "[t['days'] for t in d['phases'][3]['streams'][0]['tasks']]"),
            "[(0, 0), (0, 2), (2, 2), (2, 3)] [0.5, 0.5]\n");
  repo.write_state(
      "orchestrator_state.json",
      R"({"streams": {"E": {"status": "merged"}, "F": {"status": "merged"}}, "started_at": null})");
  EXPECT_THAT(repo.owner().must("git stream plan --days"), HasSubstr("phase 4   day 1     H"))
      << "what is done takes no time";
}

TEST(PlanCommand, DrawsWhatGraphvizTakes) {
  const StreamRepo repo(reference());
  const std::string dot = repo.owner().must("git stream plan --format dot");
  EXPECT_THAT(dot, HasSubstr("digraph plan {"));
  EXPECT_THAT(dot, HasSubstr("  \"E Models\" -> \"G Execution\";\n"));
  EXPECT_THAT(dot, Not(HasSubstr("\"A Foundation\" -> \"H Applications\""))) << "it follows";
  if (!std::filesystem::exists("/usr/bin/dot")) GTEST_SKIP() << "needs graphviz";
  EXPECT_THAT(repo.owner().must("git stream plan --format dot | dot -Tsvg"), HasSubstr("phase 4"));
}

TEST(PlanCommand, DrawsMermaid) {
  const StreamRepo repo(kPlannedStreams);
  EXPECT_EQ(repo.owner().must("git stream plan --format mermaid"), R"(flowchart TD
  subgraph g0["phase 1"]
    n0["A Foundation<br/>A1"]
    n1["F LLM<br/>F1"]
  end
  subgraph g1["phase 2"]
    n2["E Models<br/>E1"]
  end
  n0 --> n2
  classDef waiting fill:#f1f3f5,stroke:#868e96,color:#212529
  class n2 waiting
  classDef ready fill:#d0ebff,stroke:#1971c2,color:#212529
  class n0,n1 ready
)");
}

TEST(PlanCommand, HostileNamesStayNames) {
  const StreamRepo repo(R"py(version: 1
streams:
  end: {name: "end\n  x[\"a\"] --> <b>\e[31m", agents: {A1: {files: ["a"]}}}
  B: {name: "]; }\\", depends_on: [end], agents: {B1: {files: ["b"]}}}
tasks:
  - {title: "a\nb\e[31m", stream: B, priority: P0}
)py");
  const std::string text = repo.owner().must("git stream plan");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("phase 1   end end?  x[\"a\"] --> <b>?[31m\n"));
  EXPECT_THAT(text, HasSubstr("#1  -  P0  todo  a?b?[31m\n"));
  const std::string mermaid = repo.owner().must("git stream plan --format mermaid");
  EXPECT_EQ(std::count(mermaid.begin(), mermaid.end(), '\n'), 12);
  EXPECT_THAT(mermaid, Not(HasSubstr("<b>")));
  if (!std::filesystem::exists("/usr/bin/dot")) GTEST_SKIP() << "needs graphviz";
  EXPECT_THAT(repo.owner().must("git stream plan --format dot | dot -Tsvg"), HasSubstr("</svg>"));
}

TEST(PlanCommand, OfSixteenStreamsIsOneScreen) {
  std::string policy = "version: 1\nstreams:\n";
  for (char id = 'A'; id < 'Q'; ++id) {
    policy += std::string("  ") + id + ": {name: A rather long name for " + id + ", agents: {";
    for (char agent = '1'; agent < '6'; ++agent)
      policy += std::string(agent == '1' ? "" : ", ") + id + agent + ": {files: [\"" + id + agent +
                "/**\"]}";
    policy +=
        id < 'I' ? "}}\n" : std::string("}, depends_on: [") + static_cast<char>(id - 8) + "]}\n";
  }
  const StreamRepo repo(policy);
  const std::string text = repo.owner().must("git stream plan");
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 26) << text;
  EXPECT_FALSE(has_trailing_blanks(text)) << text;
  EXPECT_EQ(repo.owner().must("git stream plan | awk 'length > 120'"), "");
}

TEST(PlanCommand, IsColouredOnATerminalOnly) {
  const StreamRepo repo(kPlannedStreams);
  const Place owner = repo.owner();
  const std::string plain = owner.must("git stream plan");
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_FALSE(has_trailing_blanks(plain));
  const std::string coloured = on_terminal(owner, "git stream plan");
  EXPECT_NE(coloured.find('\x1b'), std::string::npos);
  EXPECT_FALSE(has_trailing_blanks(coloured));
  EXPECT_EQ(on_terminal(owner.with("NO_COLOR=1"), "git stream plan"), plain);
}

TEST(PlanCommand, TellsOfAgentsThatWaitForOtherStreams) {
  const StreamRepo repo(R"(version: 1
streams:
  A: {agents: {A1: {files: ["a"], after: [B1]}, A2: {files: ["aa"]}}}
  B: {agents: {B1: {files: ["b"]}, B2: {files: ["bb"], after: [A2]}}}
)");
  const Said said = repo.owner().sh("git stream plan");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.output, R"(phase 1   A · B

1  A  ready  A1 (after B1) A2
   B  ready  B1 B2 (after A2)

circle: each of these has agents that wait for the next one's, so none of them can be complete
before the others
  A → B   A1 comes after B1
  B → A   B2 comes after A2

next: git stream start --ready (A, B)
)");
  EXPECT_THAT(repo.owner().must("git stream plan --format mermaid"),
              HasSubstr("  n1 -.->|\"A1 after B1\"| n0\n"));
}

TEST(PlanCommand, WithoutStreams) {
  const TempRepo repo;
  const Place owner(repo, repo.path());
  EXPECT_EQ(owner.must("git stream plan"), "the policy has no streams\n");
  EXPECT_EQ(json_of(owner, "plan", "d[\"phases\"]"), "[]\n");
  EXPECT_THAT(owner.sh("git stream plan --format svg"), Complains(2, "there is no 'svg'"));
}

TEST(OrderCommand, SaysWhyStreamsComeWhereTheyDo) {
  const StreamRepo repo(kPlannedStreams);
  work(repo, "F", "llm", "llm/fresh.py",
       "import models.risk\nfrom models import chain\nimport models.more\n"
       "import models.most\n");
  work(repo, "E", "models", "models/risk.py", "limit = 2\n");
  repo.owner().in("../E").must(
      "touch models/chain.py models/more.py models/most.py; git add -A; git commit -q --no-verify "
      "-m more");
  const Said said = repo.owner().sh("git stream order");
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.errors, "");
  EXPECT_EQ(said.output, R"(to be merged into develop, in this order:
 1  E  Models  in progress  feature/stream-E-models  4 files
       depends on A, which is not merged and not in this order
 2  F  LLM     in progress  feature/stream-F-llm     1 file
       llm/fresh.py:1 imports models.risk, changed by E
       llm/fresh.py:2 imports models.chain, added by E
       llm/fresh.py:3 imports models.more, added by E
       and 1 more
)");
  EXPECT_EQ(json_of(repo.owner(), "order",
                    "[s[\"stream\"] for s in d[\"streams\"]], d[\"streams\"][1][\"reasons\"][0]"),
            "['E', 'F'] {'on': 'E', 'why': 'imports', 'text': 'llm/fresh.py:1 imports models.risk, "
            "changed by E', 'file': 'llm/fresh.py', 'line': 1, 'module': 'models.risk', 'change': "
            "'changed'}\n");
}

TEST(OrderCommand, ExplainsACircleEdgeByEdge) {
  const StreamRepo repo(kPlannedStreams);
  work(repo, "E", "models", "models/risk.py", "import llm.news\n");
  work(repo, "F", "llm", "llm/news.py", "import models.risk\nimport models.risk as again\n");
  const Said said = repo.owner().sh("git stream order");
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.errors, "");
  EXPECT_THAT(said.output, HasSubstr(R"(
circle: E → F → E
  E after F   models/risk.py:1 imports llm.news, changed by F
  F after E   llm/news.py:1 imports models.risk, changed by E
              given up for the order above
)"));
  EXPECT_EQ(repo.owner().sh("git stream order --json >/dev/null").status, 1);
  // Told, and no fault: the merges go through.
  const Said tried = repo.owner().sh("git stream order --rehearse");
  EXPECT_EQ(tried.status, 0) << tried.errors;
  EXPECT_THAT(tried.output,
              testing::AllOf(HasSubstr("\ncircle: E → F → E\n"), HasSubstr("go through\n"),
                             HasSubstr("imports go in a circle: ")));
  const Place place(repo, repo.folder() / "F");
  place.write("llm/news.py", "import models.risk\nfrom models.risk import GONE\n");
  place.must("git commit -qa --no-verify -m gone");
  EXPECT_EQ(repo.owner().sh("git stream order --rehearse").status, 1) << "it breaks";
  EXPECT_THAT(repo.owner().sh("git stream order --format mermaid").output,
              HasSubstr("  n1 -.->|\"given up: llm/news.py:1 imports"));
  if (!std::filesystem::exists("/usr/bin/dot")) GTEST_SKIP() << "needs graphviz";
  EXPECT_THAT(repo.owner().must("git stream order --format dot | dot -Tsvg"), HasSubstr("</svg>"));
}

TEST(OrderCommand, TakesNamesAndLists) {
  const StreamRepo repo(kPlannedStreams);
  EXPECT_EQ(repo.owner().must("git stream order"), "nothing to merge into develop\n");
  const std::string both = repo.owner().must("git stream order F,A");
  EXPECT_EQ(both, R"(to be merged into develop, in this order:
 1  A  Foundation  not started  no branch yet
       waits for none of the others
 2  F  LLM         not started  no branch yet
       waits for none of the others
)");
  EXPECT_EQ(repo.owner().must("git stream order F A"), both);
  const Said said = repo.owner().sh("git stream order X");
  EXPECT_THAT(said, Complains(2, "no stream 'X' in the policy"));
  EXPECT_THAT(repo.owner().sh("git stream order --format pdf"), Complains(2, "there is no 'pdf'"));
}

TEST(OrderCommand, LeavesOutWhatIsMerged) {
  const StreamRepo repo(kPlannedStreams);
  work(repo, "A", "foundation", "config/a.py", "a = 1\n");
  work(repo, "E", "models", "models/risk.py", "import config.a\n");
  repo.owner().unjudged("merge --no-ff feature/stream-A-foundation");
  repo.write_state("orchestrator_state.json",
                   R"({"streams": {"A": {"status": "merged"}, "F": {"status": "in_progress"},
                       "E": {"status": "completed", "branch": "feature/stream-E-models"}}})");
  EXPECT_EQ(repo.owner().must("git stream order"), R"(to be merged into develop, in this order:
 1  E  Models  completed  feature/stream-E-models  1 file
       waits for none of the others

merged already: A
started, but the branch is gone: F

next: git stream merge E
)");
}

}  // namespace
}  // namespace gs::test
