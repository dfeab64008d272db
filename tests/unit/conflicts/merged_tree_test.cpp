// What a clean merge breaks, in trees that git really merged.

#include "lib/conflicts/merged_tree.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/git/refs/history.h"
#include "tests/unit/streams/merge_support.h"

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
  const MergeScene scene(kLayeredPolicy);
  scene.commit(start);
  scene.repo.git({"checkout", "-q", "-b", "feature/stream-F"});
  scene.commit(stream);
  scene.repo.git({"checkout", "-q", "develop"});
  scene.commit(develop);
  const auto before = core::ObjectId::from_hex(scene.rev("HEAD"));
  scene.repo.git({"merge", "-q", "--no-ff", "-m", "Merge", "feature/stream-F"});
  session::Session session = scene.session();
  std::vector<std::string> lines;
  for (core::Finding& finding :
       judge_merged(session, *before, *core::ObjectId::from_hex(scene.rev("HEAD")))) {
    const std::size_t at = finding.message.find("; last changed by ");
    if (who != nullptr) who->push_back(at == std::string::npos ? "" : finding.message.substr(at));
    lines.push_back(fmt::format("{}:{}: {}: {}", finding.path, finding.line,
                                finding.severity == core::Severity::block ? "block" : "warn",
                                finding.message.substr(0, at)));
  }
  return lines;
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

TEST(MergedTree, WhatOthersImportInVainMayBeMadeByABuild) {
  Files start = kStart;
  start["llm/old.py"] = "from models._version import v\nfrom models import made\n";
  EXPECT_THAT(
      judged(start, {{"readme.txt", "1\n"}},
             {{"llm/use.py", "from models._version import v\nfrom models import made\n"}}),
      ElementsAre("llm/use.py:1: warn: imports models._version, which may not be there: others "
                  "import it in vain already",
                  "llm/use.py:2: warn: imports made from models, which may have none: others "
                  "import it in vain already"));
}

TEST(MergedTree, CompiledModulesMayBeThere) {
  EXPECT_THAT(judged(kStart, {{"readme.txt", "1\n"}},
                     {{"models/_fast.pyx", "1\n"}, {"llm/use.py", "from models import _fast\n"}}),
              ElementsAre("llm/use.py:1: warn: imports _fast from models, which may have none: "
                          "models/_fast.pyx may be built into it"));
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
      ElementsAre("llm/late.py:2: warn: imports util, which is not there",
                  "llm/use.py:3: warn: imports util, which is not there (for type checking only)"));
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
