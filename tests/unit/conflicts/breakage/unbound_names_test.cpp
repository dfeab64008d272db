// Names that a merge leaves unbound, in trees that git really merged.

#include "lib/conflicts/breakage/unbound_names.h"

#include "tests/unit/conflicts/breakage/judged_merge.h"

namespace gs::conflicts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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
