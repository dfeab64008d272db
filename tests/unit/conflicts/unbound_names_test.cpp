// Names that a merge leaves unbound, in trees that git really merged.

#include "lib/conflicts/unbound_names.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "lib/conflicts/merged_tree.h"
#include "tests/unit/streams/merge_support.h"

namespace gs::conflicts {
namespace {

using test::Files;
using test::MergeScene;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kPolicy[] = R"(version: 1
streams:
  E: {name: Shop, agents: {E1: {files: ["**"]}}}
  F: {name: Tax, agents: {F1: {files: ["tax/**"]}}}
)";

// Five lines apart, so that git merges what either side does to one of them.
std::string text_of(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part + "\n#\n#\n#\n#\n";
  return text;
}

// "shop.py:6: block: uses json, which is no longer imported" each.
std::vector<std::string> judged(const Files& start, const Files& develop, const Files& stream) {
  const MergeScene scene(kPolicy);
  scene.commit(start);
  scene.repo.git({"checkout", "-q", "-b", "feature/stream-F"});
  scene.commit(stream);
  scene.repo.git({"checkout", "-q", "develop"});
  scene.commit(develop);
  const auto before = core::ObjectId::from_hex(scene.rev("HEAD"));
  scene.repo.git({"merge", "-q", "--no-ff", "-m", "Merge", "feature/stream-F"});
  session::Session session = scene.session();
  std::vector<std::string> lines;
  for (const core::Finding& finding :
       judge_merged(session, *before, *core::ObjectId::from_hex(scene.rev("HEAD")))) {
    lines.push_back(fmt::format("{}:{}: {}: {}", finding.path, finding.line,
                                finding.severity == core::Severity::block ? "block" : "warn",
                                finding.message.substr(0, finding.message.find("; last changed"))));
  }
  return lines;
}

// Of one file, shop.py, in parts: as it was, what develop made of it, and what the stream did.
using Parts = std::vector<std::string>;
std::vector<std::string> judged_file(const Parts& start, const Parts& develop,
                                     const Parts& stream) {
  const Files more{{"tax/__init__.py", "RATE = 20\n"}};
  Files first = more;
  first["shop.py"] = text_of(start);
  return judged(first, {{"shop.py", text_of(develop)}}, {{"shop.py", text_of(stream)}});
}

TEST(UnboundNamesOfAMerge, AnImportThatOneSideDropsAndTheOtherUses) {
  EXPECT_THAT(
      judged_file({"import json", "a = 1"}, {"", "a = 1"}, {"import json", "a = json.dumps(1)"}),
      ElementsAre("shop.py:6: block: uses json, which is no longer imported"));
  EXPECT_THAT(judged_file({"import json", "a = 1"}, {"import json", "def f():\n    json.dumps(1)"},
                          {"", "a = 1"}),
              ElementsAre("shop.py:7: block: uses json, which is no longer imported"));
}

TEST(UnboundNamesOfAMerge, WhateverItWasBoundBy) {
  EXPECT_THAT(judged_file({"def f(x, y):", "    return x"}, {"def f(x):", "    return x"},
                          {"def f(x, y):", "    return x + y"}),
              ElementsAre("shop.py:6: block: uses y, which is no longer a parameter of f"));
  EXPECT_THAT(
      judged_file({"LIMIT = 1", "a = 1"}, {"MOST = 1", "a = 1"}, {"LIMIT = 1", "a = LIMIT"}),
      ElementsAre("shop.py:6: block: uses LIMIT, which is no longer assigned"));
  EXPECT_THAT(judged_file({"def f(): pass", "a = 1"}, {"def g(): pass", "a = 1"},
                          {"def f(): pass", "class C:\n    a = [f() for _ in '1']"}),
              ElementsAre("shop.py:7: block: uses f, which is no longer defined"));
  EXPECT_THAT(
      judged_file({"def f():\n    n = 0", "    def g(): pass"}, {"def f():", "    def g(): pass"},
                  {"def f():\n    n = 0", "    def g():\n        nonlocal n\n        n = 1"}),
      ElementsAre("shop.py:7: block: uses n, which is no longer assigned"));
}

TEST(UnboundNamesOfAMerge, EachOnceHoweverOftenItIsUsed) {
  EXPECT_THAT(judged_file({"import json, os", "a = 1", "b = 1"}, {"", "a = 1", "b = 1"},
                          {"import json, os", "def f(): json, json, os", "b = json"}),
              ElementsAre("shop.py:6: block: uses json, which is no longer imported",
                          "shop.py:6: block: uses os, which is no longer imported"));
}

TEST(UnboundNamesOfAMerge, NothingWhereBothKnowWhatTheyUse) {
  EXPECT_THAT(judged_file({"import json", "a = 1", "b = json"}, {"", "a = 1", "b = 2"},
                          {"import json", "a = 3", "b = json"}),
              IsEmpty());
  EXPECT_THAT(judged_file({"import json", "a = 1"}, {"import json as json", "a = 1"},
                          {"import json", "a = json"}),
              IsEmpty());
  EXPECT_THAT(judged_file({"a = 1", "b = 1"}, {"a = unicode", "b = 1"}, {"a = 1", "b = unicode"}),
              IsEmpty());
  EXPECT_THAT(judged_file({"import json", "a = 1"}, {"", "a = 1"},
                          {"import json", "try:\n    a = json\nexcept NameError:\n    a = 1"}),
              IsEmpty());
}

TEST(UnboundNamesOfAMerge, NothingThatOneSideHasAlone) {
  EXPECT_THAT(judged_file({"import json", "a = 1", "b = 1"}, {"", "a = json", "b = 1"},
                          {"import json", "a = 1", "b = 2"}),
              IsEmpty());
  EXPECT_THAT(judged(Files{{"shop.py", "import json\n"}}, {{"shop.py", "a = json\n"}},
                     {{"other.py", "a = 1\n"}}),
              IsEmpty());
}

TEST(UnboundNamesOfAMerge, StarImportsInTheRepositoryAreFollowed) {
  const auto with_star = [](const std::string& star) {
    return judged_file({"import json\n" + star, "a = 1"}, {star, "a = 1"},
                       {"import json\n" + star, "a = json, RATE"});
  };
  EXPECT_THAT(with_star("from tax import *"),
              ElementsAre("shop.py:6: block: uses json, which is no longer imported"));
  EXPECT_THAT(with_star("from elsewhere import *\nRATE = 1"),
              ElementsAre("shop.py:7: warn: uses json, which is no longer imported (unless from "
                          "elsewhere import * has it)"));
  EXPECT_THAT(
      judged_file({"from tax import *", "a = 1"}, {"", "a = 1"}, {"from tax import *", "a = RATE"}),
      ElementsAre("shop.py:6: block: uses RATE, which is bound nowhere"));
  EXPECT_THAT(judged_file({"from elsewhere import *", "a = 1"}, {"", "a = 1"},
                          {"from elsewhere import *", "a = RATE"}),
              ElementsAre("shop.py:6: warn: uses RATE, which is bound nowhere"));
}

TEST(UnboundNamesOfAMerge, NamesMadeAsTheFileRunsAreADoubtWhereOneSideMadeThem) {
  EXPECT_THAT(judged_file({"import json", "a = 1"}, {"globals().update(b)", "a = 1"},
                          {"import json", "a = json"}),
              ElementsAre("shop.py:6: warn: uses json, which is no longer imported (unless it is "
                          "made as the file runs)"));
  EXPECT_THAT(judged_file({"import json", "a = globals()"}, {"", "a = globals()"},
                          {"import json", "a = globals(), json"}),
              ElementsAre("shop.py:6: block: uses json, which is no longer imported"));
}

TEST(UnboundNamesOfAMerge, WhatMayNotRunIsAWarning) {
  EXPECT_THAT(
      judged_file({"from a import B", "def f(b): pass"}, {"", "def f(b): pass"},
                  {"from a import B", "def f(b: 'B'): pass"}),
      ElementsAre("shop.py:6: warn: uses B, which is no longer imported (not run: an annotation, "
                  "or for type checking)"));
  EXPECT_THAT(judged_file({"B = 1", "a = 1", ""}, {"B = 1", "a = 1", "del B"},
                          {"B = 1", "def f(): return B", ""}),
              ElementsAre("shop.py:6: warn: uses B, which may be deleted by then"));
}

TEST(UnboundNamesOfAMerge, AnExportThatIsGone) {
  EXPECT_THAT(judged_file({"import json", "__all__ = [\n#\n#\n#\n#\n]", "a = 1"},
                          {"", "__all__ = [\n#\n#\n#\n#\n]", "a = 2"},
                          {"import json", "__all__ = [\n'json',\n#\n#\n#\n]", "a = 1"}),
              ElementsAre("shop.py:6: block: lists json in __all__, which is no longer imported"));
  // A package may list its submodules.
  EXPECT_THAT(judged(Files{{"tax/__init__.py", text_of({"import json", "__all__ = []"})},
                           {"tax/rates.py", ""}},
                     {{"tax/__init__.py", text_of({"", "__all__ = []"})}},
                     {{"tax/__init__.py", text_of({"import json", "__all__ = ['rates']"})}}),
              IsEmpty());
}

TEST(UnboundNamesOfAMerge, FollowARename) {
  const std::string rest(2000, '#');
  EXPECT_THAT(judged(Files{{"shop.py", text_of({"import json", "a = 1", rest})}},
                     {{"shop.py", "-"}, {"store.py", text_of({"", "a = 1", rest})}},
                     {{"shop.py", text_of({"import json", "a = json", rest})}}),
              ElementsAre("store.py:6: block: uses json, which is no longer imported"));
}

}  // namespace
}  // namespace gs::conflicts
