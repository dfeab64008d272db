// What both sides of a merge have added to one file, in trees that git really merged.

#include "lib/conflicts/breakage/repeated_definitions.h"

#include "tests/unit/conflicts/breakage/judged_merge.h"

namespace gs::conflicts {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RepeatedDefinitions, AFunctionThatBothHaveAdded) {
  EXPECT_THAT(judged_file({"a = 1", "b = 1"}, {"def f(): return 1", "b = 1"},
                          {"a = 1", "def f(): return 2"}),
              ElementsAre("shop.py:6: warn: defines f twice, first in line 1, and differently "
                          "(shop.py:1)"));
  EXPECT_THAT(judged_file({"class C:", "    a = 1", "    b = 1"},
                          {"class C:\n    def f(self): pass", "    a = 1", "    b = 1"},
                          {"class C:", "    a = 1", "    def f(self): pass"}),
              ElementsAre("shop.py:12: warn: defines C.f twice, first in line 2, and alike "
                          "(shop.py:2)"));
}

TEST(RepeatedDefinitions, KeysAndAttributes) {
  EXPECT_THAT(judged_file({"A = {", "'a': 1,", "'b': 2,", "}"},
                          {"A = {", "'a': 1, 'c': 3,", "'b': 2,", "}"},
                          {"A = {", "'a': 1,", "'b': 2, 'c': 4,", "}"}),
              ElementsAre("shop.py:11: warn: has the key A['c'] twice, first in line 6, and "
                          "differently (shop.py:6)"));
}

TEST(RepeatedDefinitions, WhatIsNoPythonBlocks) {
  EXPECT_THAT(
      judged_file({"f(", "a=1,", "b=2,", ")"}, {"f(", "a=1, c=3,", "b=2,", ")"},
                  {"f(", "a=1,", "b=2, c=3,", ")"}),
      ElementsAre("shop.py:11: block: passes the argument c twice, first in line 6: that is "
                  "no Python (shop.py:6)"));
}

TEST(RepeatedDefinitions, NothingThatOneSideHasAlready) {
  EXPECT_THAT(judged_file({"def f(): return 1", "def f(): return 2", "a = 1"},
                          {"def f(): return 3", "def f(): return 2", "a = 1"},
                          {"def f(): return 1", "def f(): return 2", "a = 2"}),
              IsEmpty());
  EXPECT_THAT(judged_file({"a = 1", "b = 1"}, {"if a:\n    def f(): return 1", "b = 1"},
                          {"a = 1", "def f(): return 2"}),
              IsEmpty());
}

}  // namespace
}  // namespace gs::conflicts
