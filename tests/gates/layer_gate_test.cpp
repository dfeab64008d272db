// Imports at a commit: what goes up through the layers is stopped where it comes in.

#include <gtest/gtest.h>

#include "tests/gates/stream_repo.h"

namespace gs::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const char* const kIndependentLayers = R"(layers:
  - {name: base, modules: [config]}
  - {name: core models, modules: [models]}
  - {name: domain, modules: [llm, llm.agents], independent: true}
  - {name: applications, modules: [app]}
)";

// E1 works on models/**, F1 on llm/sentiment*.py and llm/agents/, F2 on llm/news*.py.
class LayerGate : public testing::Test {
 protected:
  explicit LayerGate(const std::string& more = {}) : repo_(two_streams(kIndependentLayers + more)) {
    for (const char* package : {"config", "models", "llm", "app"})
      repo_.write(std::string(package) + "/__init__.py", "");
    repo_.write("models/old.py", "import app.start\nimport llm.news\n");
    repo_.write("app/start.py", "first = 1\n");
    repo_.commit_all("Packages");
  }
  StreamRepo repo_;
};

const char* const kUp =
    "models/risk.py:2: layer: imports llm.sentiment: layer 1 (core models) may not import layer 2 "
    "(domain)";

MATCHER_P(IsBlockedBy, text, "is blocked, with this finding") {
  return arg.status == 1 && !arg.moved && arg.output.empty() &&
         testing::ExplainMatchResult(HasSubstr(text), arg.errors, result_listener);
}
MATCHER_P(IsWarnedOf, text, "goes through with this warning") {
  return arg.status == 0 && arg.moved && arg.output.empty() &&
         testing::ExplainMatchResult(HasSubstr(text), arg.errors, result_listener);
}

TEST_F(LayerGate, AnImportUpwardsIsBlockedWithFileAndLine) {
  const Place e1 = repo_.agent("E1");
  const Said said = e1.commit("models/risk.py", "import os\nfrom llm.sentiment import first\n");
  EXPECT_THAT(said, IsBlockedBy(kUp));
  EXPECT_THAT(said.errors, HasSubstr("    next: "));
  EXPECT_THAT(repo_.log(), HasSubstr("models/risk.py: layer"));
}

TEST_F(LayerGate, DownwardsWithinAndOutwardsIsSilent) {
  EXPECT_THAT(
      repo_.agent("F2").commit("llm/news.py",
                               "import os, requests\nfrom models import risk\n"
                               "import config\nfrom . import sentiment\nimport models.gone\n"),
      Commits());
}

TEST_F(LayerGate, OnlyWhatTheCommitBringsCounts) {
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/old.py", "import app.start\nimport llm.news\nmore = 1\n"),
              Commits());
  EXPECT_THAT(e1.commit("models/old.py", "import sys\n\nimport llm.news\nimport app.start\n"),
              Commits())
      << "moving a line brings nothing";
  const Said said =
      e1.commit("models/old.py", "import app.start\nimport llm.news\nimport llm.sentiment\n");
  EXPECT_THAT(said, IsBlockedBy("models/old.py:3: layer: imports llm.sentiment"));
  EXPECT_THAT(said.errors, Not(HasSubstr("app.start")));
}

TEST_F(LayerGate, AModuleThatBecomesAPackageBringsNothing) {
  const Place e1 = repo_.agent("E1");
  e1.must("mkdir models/old && git mv models/old.py models/old/__init__.py");
  EXPECT_THAT(e1.sh("git commit -q -m package"), Commits());
}

TEST_F(LayerGate, WhatIsStagedCountsNotWhatLiesInTheWorktree) {
  const Place e1 = repo_.agent("E1");
  e1.write("models/risk.py", "first = 1\n");
  e1.must("git add models/risk.py");
  e1.write("models/risk.py", "import llm.sentiment\n");
  e1.must("rm llm/__init__.py llm/sentiment.py");
  EXPECT_THAT(e1.sh("git commit -q -m staged"), Commits());
  EXPECT_THAT(e1.sh("git commit -q -m worktree models/risk.py"),
              IsBlockedBy("models/risk.py:1: layer: imports llm.sentiment"));
}

TEST_F(LayerGate, NewModulesOfTheSameCommitResolve) {
  const Place e1 = repo_.agent("E1");
  e1.write("models/fresh.py", "value = 1\n");
  e1.must("git add models/fresh.py");
  EXPECT_THAT(e1.commit("models/risk.py", "from . import fresh\nfrom .fresh import value\n"),
              Commits());
}

TEST_F(LayerGate, EveryStatementCountsWhereverItStands) {
  const Place e1 = repo_.agent("E1");
  for (const char* source :
       {"def f():\n  if False:\n    from llm import sentiment\n", "x = 1; import llm.sentiment\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import llm.sentiment\n",
        "try:\n  import llm.sentiment\nexcept ImportError:\n  pass\n",
        "import importlib\nimportlib.import_module('llm.sentiment')\n",
        "from ..llm import sentiment\nimport llm.sentiment\n"}) {
    EXPECT_THAT(e1.commit("models/risk.py", source), IsBlockedBy("imports llm.sentiment"))
        << source;
  }
  for (const char* source : {"'import llm.sentiment'\n", "# import llm.sentiment\n",
                             "\"\"\"\nimport llm.sentiment\n\"\"\"\n"})
    EXPECT_THAT(e1.commit("models/risk.py", source), Commits()) << source;
}

TEST_F(LayerGate, MembersOfAnIndependentLayerStayApart) {
  EXPECT_THAT(repo_.agent("F1").commit("llm/sentiment.py", "from llm.agents import base\n"),
              IsBlockedBy("llm/sentiment.py:1: layer: imports llm.agents.base"));
}

TEST_F(LayerGate, WhatCannotBeReadIsSaidAndNothingElseIsStopped) {
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py", "import config\nimport from nowhere\nimport sys\n"),
              IsWarnedOf("models/risk.py:2: warning: imports: read in part"));
  EXPECT_THAT(e1.commit("models/risk.py", "text = '''\nimport sys\n"),
              IsWarnedOf("models/risk.py:1: warning: imports: read in part"));
  EXPECT_THAT(e1.commit("models/risk.py", "more = 1\ntext = '''\nimport sys\n"), Commits())
      << "as it was before";
  EXPECT_THAT(e1.commit("models/risk.py", "from ...above import x\n"),
              IsWarnedOf("models/risk.py:1: warning: imports: imports ...above"));
}

TEST_F(LayerGate, OutsidersAreJudgedByLocksAlone) {
  EXPECT_THAT(repo_.owner().commit("models/risk.py", "import llm.sentiment\n"), Commits());
}

TEST_F(LayerGate, MergingInWhatOthersWroteBringsNothing) {
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py", "mine = 1\n"), Commits());
  repo_.write("models/risk.py", "import llm.sentiment\n");
  repo_.commit_all("The owner may");
  EXPECT_EQ(e1.sh("git merge -q develop >/dev/null 2>&1").status, 1);
  e1.write("models/risk.py", "import llm.sentiment\nmine = 1\n");
  e1.must("git add models/risk.py");
  const Said merged = e1.sh("git commit -q -m merged");
  EXPECT_TRUE(merged.status == 0 && merged.moved) << merged.errors;
  EXPECT_THAT(merged.errors,
              testing::StartsWith("git-stream: the merge into work-E1 brings 1 violation\n"));
}

TEST_F(LayerGate, AMergeIsNoPlaceToAddOne) {
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py", "mine = 1\n"), Commits());
  repo_.write("models/risk.py", "theirs = 1\n");
  repo_.commit_all("Theirs");
  EXPECT_EQ(e1.sh("git merge -q develop >/dev/null 2>&1").status, 1);
  e1.write("models/risk.py", "import os\nfrom llm.sentiment import first\n");
  e1.must("git add models/risk.py");
  EXPECT_THAT(e1.sh("git commit -q -m merged"), IsBlockedBy(kUp));
}

class LayersIgnored : public LayerGate {
 protected:
  LayersIgnored()
      : LayerGate("python: {ignore: [type_checking, dynamic, \"models.risk -> app.**\"]}\n") {}
};
TEST_F(LayersIgnored, AsThePolicySays) {
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit("models/risk.py",
                        "import importlib\nfrom typing import TYPE_CHECKING\n"
                        "importlib.import_module('llm.sentiment')\n"
                        "if TYPE_CHECKING:\n  import llm.news\nimport app.start\n"),
              Commits());
  EXPECT_THAT(e1.commit("models/other.py", "import app.start\n"),
              IsBlockedBy("models/other.py:1: layer: imports app.start"));
}

class LayersWarn : public LayerGate {
 protected:
  LayersWarn() : LayerGate("rules: {layer: warn}\n") {}
};
TEST_F(LayersWarn, WarnAndGoOn) {
  EXPECT_THAT(repo_.agent("E1").commit("models/risk.py", "import llm.sentiment\n"),
              IsWarnedOf("models/risk.py:1: warning: layer: imports llm.sentiment"));
}

TEST_F(LayerGate, TheBaselineOnlyShrinksInAStream) {
  repo_.owner().must("git stream baseline && git add .streams-baseline");
  EXPECT_THAT(repo_.read(".streams-baseline"),
              AllOf(HasSubstr("models.old -> app.start\n"), HasSubstr("models.old -> llm.news\n")));
  EXPECT_THAT(repo_.owner().sh("git commit -q -m Accept"), Commits());
  const Place e1 = repo_.agent("E1");
  EXPECT_THAT(e1.commit(".streams-baseline", "models.old -> llm.news\n"), Commits());
  EXPECT_THAT(e1.commit(".streams-baseline", "models.old -> llm.news\nmodels.risk -> llm.news\n"),
              IsBlockedBy(".streams-baseline: policy: "));
  EXPECT_THAT(e1.commit(".streams-baseline", "what is this\n"),
              IsBlockedBy(".streams-baseline: policy: "));
}

}  // namespace
}  // namespace gs::test
