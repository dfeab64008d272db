// git stream check, imports, graph and baseline, as they are called.

#include <algorithm>
#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const char* const kPlainLayers = R"(layers:
  - {name: base, modules: [config]}
  - {name: core models, modules: [models]}
  - {name: domain, modules: [llm]}
  - {name: applications, modules: [app]}
)";

// E1 works on models/**; what develop holds breaks the layers in one place.
class CheckCommand : public testing::Test {
 protected:
  explicit CheckCommand(const std::string& more = {}) : repo_(two_streams(kPlainLayers + more)) {
    for (const char* package : {"config", "models", "llm", "app"})
      repo_.write(std::string(package) + "/__init__.py", "");
    repo_.write("models/old.py", "import config\nimport app.start\n");
    repo_.write("app/start.py", "from models.old import x\nimport os\n");
    repo_.commit_all("Packages");
  }
  Said run(const std::string& arguments) const {
    return repo_.owner().sh("git stream " + arguments);
  }
  // Three commits of stream E: an import that goes up, another one, and the second taken out.
  void three_commits() const {
    const Place e = repo_.worktree("E", "feature/stream-E-risk");
    for (const char* source :
         {"import llm.news\n", "import llm.news\nimport app\n", "import llm.news\n"}) {
      e.write("models/risk.py", source);
      e.unjudged("commit -a -m change");
    }
  }
  StreamRepo repo_;
};

const char* const kOld =
    "  models/old.py:2: layer: imports app.start: layer 1 (core models) may not import layer 3 "
    "(applications)\n";

TEST_F(CheckCommand, AllListsWhatTheTreeHolds) {
  const Said said = run("check --all");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.errors, IsEmpty());
  EXPECT_THAT(said.output,
              AllOf(StartsWith(kOld), HasSubstr("warning: imports: imports go in a circle: app → "),
                    HasSubstr("1 violation, 1 warning, ")));
  EXPECT_EQ(run("check --all --at HEAD~1").status, 0);
}

TEST_F(CheckCommand, StrictAsksForALayerOfEveryModule) {
  EXPECT_THAT(run("check --all").output, Not(HasSubstr("in no layer")));
  EXPECT_THAT(run("check --all --strict").output,
              HasSubstr("  .streams.yaml: layer: setup is in no layer\n"));
}

TEST_F(CheckCommand, StagedSaysWhatTheGateWouldSay) {
  const Place e1 = repo_.agent("E1");
  e1.write("models/risk.py", "import llm.news\n");
  EXPECT_EQ(e1.sh("git stream check").status, 0) << "not staged yet";
  e1.must("git add -A");
  const Said said = e1.sh("git stream check --staged");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, AllOf(StartsWith("  models/risk.py:1: layer: imports llm.news: "),
                                 HasSubstr("1 violation, 1 file checked\n")));
  EXPECT_EQ(e1.in("models").sh("git stream check").status, 1);
}

TEST_F(CheckCommand, ARangeJudgesEachCommitAgainstItsParent) {
  three_commits();
  const Said said = run("check --range develop..feature/stream-E-risk");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.output, AllOf(HasSubstr("models/risk.py:1: layer: imports llm.news: "),
                                 HasSubstr("models/risk.py:2: layer: imports app: "),
                                 HasSubstr("2 violations, 3 files checked\n")));
  EXPECT_EQ(run("check --range feature/stream-E-risk~1..feature/stream-E-risk").status, 0);
  EXPECT_EQ(run("check --range feature/stream-E-risk..develop").status, 0);
}

TEST_F(CheckCommand, SaysWhenNobodyIsJudged) {
  three_commits();
  const Said said = repo_.owner().sh(
      "git checkout -q --detach feature/stream-E-risk && git branch -q -m feature/stream-E-risk w "
      "&& git stream check --range develop..HEAD");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, HasSubstr("nobody's stream: judged by locks alone; GIT_STREAM_AGENT="));
  EXPECT_EQ(
      repo_.owner().with("GIT_STREAM_AGENT=E1").sh("git stream check --range develop..HEAD").status,
      1);
}

TEST_F(CheckCommand, SpeaksTheFormatsOfTools) {
  EXPECT_EQ(
      repo_.owner().must("git stream check --all --format junit >../j.xml || true; python3 -c "
                         "'import xml.etree.ElementTree as e; r = e.parse(\"../j.xml\")."
                         "getroot(); print(r.get(\"tests\"), r.get(\"failures\"))'"),
      "2 1\n");
  EXPECT_THAT(run("check --all --format github").output,
              StartsWith("::error file=models/old.py,line=2,title=git-stream%3A layer::imports "));
  EXPECT_EQ(repo_.owner().must("git stream check --all --json >../a.json || true; git stream check "
                               "--all --format json >../b.json || true; cmp ../a.json ../b.json; "
                               "python3 -c 'import json; d = json.load(open(\"../a.json\")); "
                               "print(d[\"summary\"])'"),
            "{'violations': 1, 'warnings': 1, 'accepted': 0, 'files': 12, 'imports': 4}\n");
  EXPECT_EQ(repo_.owner().must(
                "git stream check --all --format sarif >../s.json || true; python3 " GS_SOURCE_DIR
                "/tests/unit/report/check_sarif.py " GS_SOURCE_DIR
                "/build/tools/node_modules/@microsoft/sarif-multitool-ts/assets/"
                "sarif-2.1.0.schema.json <../s.json"),
            "");
}

TEST_F(CheckCommand, WhyShowsTheWay) {
  EXPECT_EQ(run("check --why models app").output,
            "models/old.py:2: models.old imports app.start\n");
  const Said none = run("check --why config app");
  EXPECT_THAT(none, Complains(1, "nothing leads from config to app"));
  EXPECT_THAT(run("check --why config nowhere"), Complains(2, "there is no module 'nowhere'"));
  EXPECT_EQ(json_of(repo_.owner(), "check --why models.old config",
                    "d[\"chain\"][0][\"file\"], d[\"chain\"][0][\"line\"]"),
            "models/old.py 1\n");
}

TEST_F(CheckCommand, RefusesWhatItCannotDo) {
  EXPECT_THAT(run("check --format xml"), Complains(2, "there is no 'xml'"));
  for (const char* range : {"''", "HEAD", "HEAD...HEAD"})
    EXPECT_EQ(run("check --range " + std::string(range)).status, 2) << range;
  EXPECT_THAT(run("check --range gone..HEAD"), Complains(2, "'gone' names no commit"));
  EXPECT_THAT(run("check --at HEAD"), Complains(2, "--at needs --all or --why"));
  EXPECT_EQ(run("check --all --staged").status, 2);
  EXPECT_EQ(run("check --why models").status, 2);
  EXPECT_EQ(run("graph --by colour").status, 2);
  EXPECT_EQ(run("imports nowhere.py").status, 2);
}

TEST_F(CheckCommand, AReportThatIsCutShortIsAnError) {
  for (const char* command : {"check --all --format sarif", "imports", "graph"})
    EXPECT_EQ(run(std::string(command) + " >/dev/full").status, 3) << command;
}

TEST_F(CheckCommand, TheBaselineAcceptsOnceAndForgets) {
  constexpr const char* kNext =
      "  next: git add .streams-baseline  # it counts once it is staged; then commit it\n";
  EXPECT_EQ(run("baseline").output,
            std::string("accepted 1 violation in .streams-baseline\n") + kNext);
  EXPECT_EQ(run("check --all").status, 1) << "it is not staged";
  repo_.owner().must("git add .streams-baseline  # it counts once it is staged; then commit it");
  EXPECT_EQ(run("check --all").status, 0);
  EXPECT_EQ(run("check --all --strict").status, 1);
  repo_.write("models/new.py", "import app\n");
  repo_.owner().must("git add models/new.py");
  const Said grown = run("baseline");
  EXPECT_EQ(grown.status, 1);
  EXPECT_THAT(grown.errors, HasSubstr("not accepted: models.new -> app\n"));
  repo_.owner().must("git rm -qf models/new.py models/old.py");
  EXPECT_THAT(run("check --all").output,
              HasSubstr(".streams-baseline: warning: layer: models.old -> app.start no longer"));
  EXPECT_EQ(run("baseline").output,
            std::string(".streams-baseline: 0 left, 1 no longer needed\n") + kNext);
  EXPECT_EQ(run("baseline").output, ".streams-baseline: 0 left, 0 no longer needed\n");
}

TEST_F(CheckCommand, ImportsAreALineEach) {
  EXPECT_EQ(
      run("imports app models/old.py").output,
      R"({"file": "app/start.py", "line": 1, "module": "models.old", "names": ["x"], "kind": "from", "type_checking": false, "guarded": false, "scope": "module"}
{"file": "app/start.py", "line": 2, "module": "os", "names": [], "kind": "import", "type_checking": false, "guarded": false, "scope": "module"}
{"file": "models/old.py", "line": 1, "module": "config", "names": [], "kind": "import", "type_checking": false, "guarded": false, "scope": "module"}
{"file": "models/old.py", "line": 2, "module": "app.start", "names": [], "kind": "import", "type_checking": false, "guarded": false, "scope": "module"}
)");
  EXPECT_EQ(run("imports").output, run("imports --all --format jsonl").output);
  repo_.write("models/up.py", "from ...above import x\n");
  repo_.owner().must("git add models/up.py");
  const Said said = run("imports models/up.py");
  EXPECT_THAT(said.output, IsEmpty()) << "beyond the top level is no import of a module";
  EXPECT_THAT(said.errors, HasSubstr("models/up.py:1: ...above is beyond the top level"));
}

TEST_F(CheckCommand, TheGraphByLayerTopAndModule) {
  EXPECT_EQ(json_of(repo_.owner(), "graph", "[n[\"name\"] for n in d[\"nodes\"]]"),
            "['base', 'core models', 'domain', 'applications', 'no layer']\n");
  EXPECT_EQ(json_of(repo_.owner(), "graph --by top",
                    "[(e[\"from\"], e[\"to\"], e[\"violation\"]) for e in d[\"edges\"]]"),
            "[('app', 'models', False), ('models', 'app', True), ('models', 'config', False)]\n");
  EXPECT_THAT(run("graph --by module --format mermaid").output,
              AllOf(StartsWith("flowchart"), HasSubstr("models.old")));
  EXPECT_THAT(run("graph --by module").output, StartsWith("digraph"));
}

TEST_F(CheckCommand, TheGraphAroundAPackage) {
  repo_.write("app/__init__.py", "");
  repo_.write("app/views/__init__.py", "from app.views import page\n");
  repo_.write("app/views/page.py", "import lonely\n");
  repo_.write("lonely.py", "");
  repo_.owner().must("git add -A");
  const auto nodes = [&](const std::string& arguments) {
    return json_of(repo_.owner(), "graph " + arguments, "[n[\"name\"] for n in d[\"nodes\"]]");
  };
  EXPECT_EQ(nodes("--by package --focus lonely"), "['app.views', 'lonely']\n");
  EXPECT_EQ(nodes("--focus app.views"), "['app.views', 'lonely']\n");
  EXPECT_EQ(nodes("--focus app.views --by module --depth 0"), "['app.views', 'app.views.page']\n");
  EXPECT_EQ(nodes("--focus config --depth 2"), "['app', 'config', 'models']\n");
  EXPECT_THAT(run("graph --focus app.view"),
              Complains(2, "there is no 'app.view'\n  next: git stream graph --focus app.views"));
  EXPECT_EQ(run("graph --depth 2").status, 2);
}

TEST_F(CheckCommand, ABareRepositoryIsReadFromHead) {
  repo_.owner().must("git clone -q --bare . ../bare.git");
  const Place bare = repo_.owner().in("../bare.git");
  EXPECT_EQ(bare.sh("git stream check --all").output, run("check --all").output);
  EXPECT_EQ(bare.sh("git stream imports models/old.py").output,
            run("imports models/old.py").output);
  EXPECT_THAT(bare.sh("git stream check"), Complains(2, "a bare repository has no index"));
}

TEST_F(CheckCommand, NeedsNoStateAndNoPolicy) {
  const Place clone = repo_.owner().in("../clone");
  repo_.owner().must("git clone -q . ../clone");
  EXPECT_EQ(clone.sh("git stream check --all").output, run("check --all").output);
  EXPECT_FALSE(clone.has(".claude"));
  const Place empty = repo_.owner().in("../empty");
  repo_.owner().must("git init -q ../empty");
  EXPECT_THAT(empty.sh("git stream check --all").output,
              AllOf(StartsWith("no violations\n"), HasSubstr("no layers are judged")));
  EXPECT_EQ(empty.sh("git stream check").status, 0);
  EXPECT_THAT(empty.sh("git stream baseline"), Complains(2, "the policy has no layers"));
}

class LayersOff : public CheckCommand {
 protected:
  LayersOff() : CheckCommand("rules: {layer: off}\n") {}
};
TEST_F(LayersOff, NothingIsSaidOfThem) {
  repo_.write(".streams-baseline", "models.old -> app.start\n");
  repo_.owner().must("git add .streams-baseline");
  const Said said = run("check --all --strict");
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.output, Not(HasSubstr(": layer: ")));
}

class TypesIgnored : public CheckCommand {
 protected:
  TypesIgnored() : CheckCommand("python: {ignore: [type_checking]}\n") {}
};
TEST_F(TypesIgnored, AnImportForTypesDoesNotOpenTheWayForARealOne) {
  const Place e1 = repo_.agent("E1");
  const std::string types =
      "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import llm.news\n";
  EXPECT_THAT(e1.commit("models/risk.py", types), Commits());
  EXPECT_THAT(e1.commit("models/risk.py", types + "x = 1\n"), Commits());
  EXPECT_THAT(e1.commit("models/risk.py", types + "import llm.news\n").errors,
              HasSubstr("models/risk.py:4: layer: imports llm.news"));
}

TEST_F(CheckCommand, ManyWarningsAreLoggedAtOnceAndOnce) {
  std::string source;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "sentiment" + std::to_string(i);
    repo_.write("llm/" + name + ".py", "");
    source += "import llm." + name + "\n";
  }
  repo_.set_policy(two_streams());
  repo_.commit_all("Many");
  repo_.agent("F1").must("git stream lock 'llm/sentiment*.py'");
  const Place e1 = repo_.agent("E1");
  EXPECT_EQ(e1.commit("models/risk.py", source).status, 0);
  const std::string logged = repo_.state("conflict_warnings.jsonl");
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 40);
  EXPECT_THAT(e1.sh("git reset -q --soft HEAD~ && git commit -q -m again").errors, IsEmpty());
  EXPECT_EQ(repo_.state("conflict_warnings.jsonl"), logged);
}

}  // namespace
}  // namespace gs::test
