// What a clean merge breaks, in trees that git really merged.

#include "lib/conflicts/breakage/merged_tree.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/git/refs/history.h"
#include "tests/unit/conflicts/breakage/judged_merge.h"

namespace gs::conflicts {
namespace {

using test::Files;
using test::MergeScene;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kLayeredPolicy[] = R"(version: 1
streams:
  E: {name: Models, agents: {E1: {files: ["models/**", "risk.py"]}}}
  F: {name: LLM, agents: {F1: {files: ["llm/**"]}}}
layers:
  - {name: low, modules: [models]}
  - {name: high, modules: [llm]}
python: {ignore: ["llm.odd -> models.made"]}
)";

// "llm/use.py:1: block: imports models.risk, which is not there" each; who did it left out.
std::vector<std::string> judged(const Files& start, const Files& develop, const Files& stream,
                                std::vector<std::string>* who = nullptr) {
  return gs::conflicts::judged(start, develop, stream, kLayeredPolicy, who);
}

const Files kStart{{"models/__init__.py", ""},
                   {"models/risk.py", "class Risk: pass\nLIMIT = 1\n"},
                   {"llm/__init__.py", ""},
                   {"llm/news.py", "import models.risk\n"},
                   {"util.py", "def helper(): pass\n"}};

TEST(MergedTree, NothingWrong) {
  EXPECT_THAT(judged(kStart, {{"models/risk.py", "class Risk: pass\nLIMIT = 2\n"}},
                     {{"llm/use.py", "from models.risk import Risk\nimport numpy, util\n"}}),
              IsEmpty());
}

TEST(MergedTree, AModuleThatTheOthersMoved) {
  std::vector<std::string> who;
  EXPECT_THAT(judged(kStart,
                     {{"models/risk.py", "-"},
                      {"models/danger.py", "class Risk: pass\n"},
                      {"llm/news.py", "import models.danger\n"}},
                     {{"llm/use.py", "import os\nfrom models.risk import Risk\n"},
                      {"llm/other.py", "from models import risk\n"}},
                     &who),
              ElementsAre("llm/other.py:1: block: imports risk from models, which has none",
                          "llm/use.py:2: block: imports models.risk, which is not there"));
  EXPECT_THAT(who, testing::Each(HasSubstr("; last changed by agent-E1 (")));
}

TEST(MergedTree, AModuleThatTheStreamMoved) {
  std::vector<std::string> who;
  EXPECT_THAT(judged(kStart, {{"llm/use.py", "from models.risk import Risk\n"}},
                     {{"models/risk.py", "-"}, {"llm/news.py", ""}}, &who),
              ElementsAre("llm/use.py:1: block: imports models.risk, which is not there"));
  EXPECT_THAT(who, ElementsAre(HasSubstr("; last changed by agent-E1 (")));
}

TEST(MergedTree, ATopLevelModuleThatIsGone) {
  EXPECT_THAT(
      judged(kStart, {{"util.py", "-"}}, {{"llm/use.py", "import util\nimport utilities\n"}}),
      ElementsAre("llm/use.py:1: block: imports util, which is not there"));
}

TEST(MergedTree, APackageThatIsGoneAltogether) {
  EXPECT_THAT(judged(kStart, {{"models", "-"}, {"llm/news.py", ""}},
                     {{"llm/use.py", "import models.risk\n"}}),
              ElementsAre("llm/use.py:1: block: imports models.risk, which is not there"));
}

TEST(MergedTree, ANameThatIsNoLongerDefined) {
  EXPECT_THAT(judged(kStart, {{"models/risk.py", "class RiskManager: pass\nLIMIT = 1\n"}},
                     {{"llm/use.py", "from models.risk import (LIMIT,\n    Risk)\n"}}),
              ElementsAre("llm/use.py:1: block: imports Risk from models.risk, which has none"));
}

TEST(MergedTree, AnImporterThatNobodyTouched) {
  Files start = kStart;
  start["llm/old.py"] = "from models.risk import Risk\nfrom models import risk\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}}, {{"models/risk.py", "LIMIT = 1\n"}}),
              ElementsAre("llm/old.py:1: block: imports Risk from models.risk, which has none"));
  EXPECT_THAT(
      judged(start, {{"readme.txt", "1\n"}}, {{"models/risk.py", "-"}, {"llm/news.py", ""}}),
      ElementsAre("llm/old.py:1: block: imports models.risk, which is not there",
                  "llm/old.py:2: block: imports risk from models, which has none"));
}

TEST(MergedTree, WhatWasBrokenBeforeIsNobodysDoing) {
  Files start = kStart;
  start["llm/old.py"] = "from models.risk import Gone\nimport models.gone\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}},
                     {{"models/risk.py", "class Risk: pass\n"},
                      {"llm/old.py", "\nfrom models.risk import Gone\nimport models.gone\n"}}),
              IsEmpty());
}

TEST(MergedTree, WhatOthersImportInVainIsNothingNew) {
  Files start = kStart;
  start["llm/old.py"] = "from models._version import v\nfrom models import made\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}},
                     {{"llm/use.py", "from models._version import v\nfrom models import made\n"}}),
              IsEmpty());
}

TEST(MergedTree, CompiledModulesMayBeThere) {
  EXPECT_THAT(
      judged(kStart, {{"models/risk.py", "-"}, {"llm/news.py", ""}, {"models/risk.pyx", "1\n"}},
             {{"llm/use.py", "from models import risk\n"}}),
      ElementsAre("llm/use.py:1: warn: imports risk from models, which may have none: "
                  "models/risk.pyx may be built into it"));
  EXPECT_THAT(judged(kStart, {{"readme.txt", "1\n"}},
                     {{"models/_fast.pyx", "1\n"}, {"llm/use.py", "from models import _fast\n"}}),
              IsEmpty())
      << "the stream's own tree has the doubt";
}

TEST(MergedTree, ModulesMayBeMadeFromWhatHasTheirName) {
  const auto doubt = [](const std::string& source) {
    return judged(kStart, {{"models/risk.py", "-"}, {"llm/news.py", ""}, {source, "1\n"}},
                  {{"llm/use.py", "import models.risk\n"}});
  };
  for (const std::string source : {"native/risk.c", "rust/src/risk.rs", "risk.cpython-311-x86.so",
                                   "api/risk.proto", "build/risk.py.in", "risk.in"}) {
    EXPECT_THAT(doubt(source), ElementsAre("llm/use.py:1: warn: imports models.risk, which may not "
                                           "be there: " +
                                           source + " may be built into it"));
  }
  for (const std::string source : {"native/risky.c", "risk.md", "api/risk_pb2.proto"}) {
    EXPECT_THAT(doubt(source),
                ElementsAre("llm/use.py:1: block: imports models.risk, which is not there"));
  }
}

TEST(MergedTree, IgnoredModulesMayBeMadeByABuild) {
  const auto doubt = [](const std::string& pattern) {
    return judged(kStart, {{"models/risk.py", "-"}, {"llm/news.py", ""}, {".gitignore", pattern}},
                  {{"llm/use.py", "import models.risk\n"}});
  };
  EXPECT_THAT(doubt("models/risk.py\n"),
              ElementsAre("llm/use.py:1: warn: imports models.risk, which may not be there: "
                          "models/risk.py is ignored: a build may make it"));
  for (const std::string pattern : {"models/\n", "/risk.py\n", "*.so\n", "r*.py\n!risk.py\n"}) {
    EXPECT_THAT(doubt(pattern),
                ElementsAre("llm/use.py:1: block: imports models.risk, which is not there"))
        << pattern;
  }
}

TEST(MergedTree, WhatALinkOrASubmoduleHoldsIsNotKnown) {
  for (const std::string mode : {"160000", "120000"}) {
    const MergeScene scene(kLayeredPolicy);
    scene.commit(kStart);
    scene.repo.git({"checkout", "-q", "-b", "feature/stream-F"});
    scene.commit({{"llm/use.py", "import models.risk\n"}});
    scene.repo.git({"checkout", "-q", "develop"});
    scene.commit({{"models", "-"}, {"llm/news.py", ""}});
    scene.repo.git(
        {"update-index", "--add", "--cacheinfo",
         mode + "," + scene.rev(mode == "160000" ? "HEAD" : "HEAD:util.py") + ",models"});
    scene.repo.git({"commit", "-q", "-m", "link"});
    const auto before = core::ObjectId::from_hex(scene.rev("HEAD"));
    scene.repo.git({"merge", "-q", "--no-ff", "-m", "Merge", "feature/stream-F"});
    session::Session session = scene.session();
    const auto findings =
        judge_merged(session, *before, *core::ObjectId::from_hex(scene.rev("HEAD")));
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings.front().message,
                HasSubstr(mode == "160000" ? "models is a submodule" : "models is a link"));
    EXPECT_EQ(findings.front().severity, core::Severity::warn);
  }
}

TEST(MergedTree, AStubDoesNotSayAllThatAModuleHas) {
  Files start = kStart;
  start["models/fast.pyi"] = "def run(): ...\nLIMIT: int\n";
  EXPECT_THAT(
      judged(start, {{"models/fast.pyi", "def run(): ...\n"}},
             {{"llm/use.py", "from models.fast import LIMIT\n"}}),
      ElementsAre("llm/use.py:1: warn: imports LIMIT from models.fast, which may have none: "
                  "models/fast.pyi is only a stub"));
}

TEST(MergedTree, ProgramsFindWhatStandsBesideThem) {
  Files start = kStart;
  start["tools/setup/util.py"] = start["llm/util.py"] = "";
  EXPECT_THAT(judged(start, {{"util.py", "-"}},
                     {{"tools/setup/steps/run.py", "import util\nfrom util import x\n"}}),
              IsEmpty());
  EXPECT_THAT(judged(start, {{"util.py", "-"}}, {{"llm/use.py", "import util\n"}}),
              ElementsAre("llm/use.py:1: warn: imports util, which may not be there: llm/util.py "
                          "may be meant"))
      << "within a package only a program that is started there finds it";
  EXPECT_THAT(judged(start, {{"util.py", "-"}}, {{"tools/run.py", "import util\n"}}),
              ElementsAre("tools/run.py:1: block: imports util, which is not there"));
}

TEST(MergedTree, ImportsThatAreMeantToFailMay) {
  EXPECT_THAT(judged(kStart, {{"util.py", "-"}},
                     {{"llm/use.py",
                       "with pytest.raises(ImportError):\n    import util\n"
                       "with suppress(ModuleNotFoundError):\n    from util import helper\n"}}),
              IsEmpty());
}

TEST(MergedTree, DoubtsAreToldOnceForAModule) {
  EXPECT_THAT(
      judged(kStart, {{"models/risk.py", "from numpy import *\n"}},
             {{"llm/use.py", "from models.risk import Risk, LIMIT\n"},
              {"llm/more.py", "from models.risk import LIMIT\n"}}),
      ElementsAre("llm/more.py:1: warn: imports LIMIT from models.risk, which may have none: "
                  "it could come from numpy by *; 2 more imports like it"));
}

TEST(MergedTree, AsThePolicyIgnoresIt) {
  EXPECT_THAT(
      judged(kStart, {{"readme.txt", "1\n"}},
             {{"llm/odd.py", "import models.made\n"}, {"llm/use.py", "import models.made\n"}}),
      ElementsAre("llm/use.py:1: block: imports models.made, which is not there"));
}

TEST(MergedTree, GuardedImportsMayFail) {
  EXPECT_THAT(judged(kStart, {{"util.py", "-"}},
                     {{"llm/use.py", "try:\n    import util\nexcept ImportError:\n    pass\n"}}),
              IsEmpty());
}

TEST(MergedTree, TypeCheckingAndDynamicOnesAreWarnedOf) {
  EXPECT_THAT(
      judged(
          kStart, {{"util.py", "-"}},
          {{"llm/use.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import util\n"},
           {"llm/late.py", "import importlib\nimportlib.import_module('util')\n"}}),
      ElementsAre("llm/late.py:2: warn: imports util, which is not there; 1 more import like it"));
}

TEST(MergedTree, WhatCannotBeDecidedIsWarnedOf) {
  EXPECT_THAT(
      judged(kStart,
             {{"models/risk.py", "def __getattr__(name): return 1\n"},
              {"util.py", "from numpy import *\n"}},
             {{"llm/use.py", "from models.risk import Risk\nfrom util import helper\n"}}),
      ElementsAre("llm/use.py:1: warn: imports Risk from models.risk, which may have none: "
                  "models.risk has a module __getattr__",
                  "llm/use.py:2: warn: imports helper from util, which may have none: it could "
                  "come from numpy by *"));
}

TEST(MergedTree, DoubtsThatWereThereBeforeAreNotRepeated) {
  Files start = kStart;
  start["util.py"] = "from numpy import *\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}}, {{"llm/use.py", "from util import array\n"}}),
              IsEmpty());
}

TEST(MergedTree, StarImportsInsideAreFollowed) {
  Files start = kStart;
  start["models/__init__.py"] = "from .risk import *\n";
  start["llm/old.py"] = "from models import Risk\nfrom models import LIMIT\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}}, {{"models/risk.py", "LIMIT = 1\n"}}),
              ElementsAre("llm/old.py:1: block: imports Risk from models, which has none"));
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}},
                     {{"models/risk.py", "__all__ = ['Risk']\nclass Risk: pass\nLIMIT = 1\n"}}),
              ElementsAre("llm/old.py:2: block: imports LIMIT from models, which has none"));
}

TEST(MergedTree, APackageCannotGiveItselfWhatItHasNot) {
  Files start = kStart;
  start["models/__init__.py"] = "from . import risk\nfrom .risk import Risk\n";
  EXPECT_THAT(judged(start, {{"llm/use.py", "from models import Risk\n"}},
                     {{"models/risk.py", "-"}, {"llm/news.py", ""}}),
              ElementsAre("models/__init__.py:1: block: imports risk from models, which has none",
                          "models/__init__.py:2: block: imports models.risk, which is not there"));
}

TEST(MergedTree, ViolationsOfLayersThatAreNew) {
  Files start = kStart;
  start["models/old.py"] = "import llm.news\n";
  EXPECT_THAT(judged(start, {{"readme.txt", "1\n"}}, {{"models/new.py", "import llm.news\n"}}),
              ElementsAre("models/new.py:1: block: imports llm.news: layer 0 (low) may not import "
                          "layer 1 (high)"));
  EXPECT_THAT(judged(start, {{".streams-baseline", "models.new -> llm.news\n"}},
                     {{"models/new.py", "import llm.news\n"}}),
              IsEmpty());
}

TEST(MergedTree, CirclesThatTheMergeCloses) {
  Files start = kStart;
  start["one/a.py"] = start["two/a.py"] = start["three/a.py"] = "";
  start["one/b.py"] = "import two.b\n";
  start["two/b.py"] = "import one.b\n";
  EXPECT_THAT(
      judged(start, {{"two/a.py", "import three.a\n"}}, {{"three/a.py", "import two.a\n"}}),
      ElementsAre("three/a.py:1: warn: imports go in a circle: three → two (three/a.py:1) → "
                  "three (two/a.py:1)"));
}

}  // namespace
}  // namespace gs::conflicts
