// Interface changes as they are found in real Python.

#include <gmock/gmock.h>

#include "analyzers/interface_changes.h"
#include "lib/python/interface/interface.h"

namespace gs::analyzers {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Source {
  const char* module;
  const char* before;  // null: not there
  const char* after;
};

InterfaceChanges changes_in(const std::vector<Source>& sources) {
  std::vector<ModuleChange> modules;
  for (const Source& source : sources) {
    ModuleChange change{source.module, {}, {}};
    if (source.before != nullptr) change.before = python::interface_of(source.before);
    if (source.after != nullptr) change.after = python::interface_of(source.after);
    modules.push_back(std::move(change));
  }
  return interface_changes(modules);
}

// "new: A, B; breaking: C" of one module.
std::string told(const char* before, const char* after) {
  const InterfaceChanges changes = changes_in({{"m", before, after}});
  std::string text;
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    if (!lines.empty()) text += std::string(text.empty() ? "" : "; ") + title;
    for (std::size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? " " : ", ") + lines[i];
  };
  add("new:", changes.new_interfaces);
  add("breaking:", changes.breaking_changes);
  return text;
}

TEST(InterfaceChangesInPython, TheReferenceDesignsExample) {
  const InterfaceChanges changes = changes_in(
      {{"models.risk_manager", "class RiskManager:\n  def validate(self, order): ...\n",
        "class RiskManager:\n  def validate(self, order, limits): ...\n"},
       {"models.risk_chain", nullptr, "class RiskEnforcementChain:\n  def run(self): ...\n"}});
  EXPECT_THAT(changes.new_interfaces, ElementsAre("RiskEnforcementChain"));
  EXPECT_THAT(changes.breaking_changes, ElementsAre("RiskManager.validate() signature changed"));
}

struct Row {
  const char* before;
  const char* after;
  const char* told;
};

class Rows : public testing::TestWithParam<Row> {};

TEST_P(Rows, Told) {
  EXPECT_EQ(told(GetParam().before, GetParam().after), GetParam().told)
      << GetParam().before << "\n---\n"
      << GetParam().after;
}

INSTANTIATE_TEST_SUITE_P(
    Modules, Rows,
    testing::Values(
        Row{"def f(a): ...\n", "def f(a): ...\n", ""},
        Row{"", "def f(): ...\nclass C:\n  def m(self): ...\nX = 1\nx = 1\n_p = 1\n",
            "new: f(), C, X"},
        Row{"def f(): ...\ndef g(a): ...\nX = 1\nx = 2\n_p = 1\nimport os\n", "",
            "breaking: f() removed, g() removed, X removed, x removed"},
        Row{"import logging\nlogger = logging.getLogger()\n", "", ""},
        Row{"def validate(a, b=1): ...\n", "def check(a, b=2): ...\n",
            "breaking: validate() renamed to check()"},
        Row{"def a(x): ...\n", "def b(x): ...\ndef c(x): ...\n",
            "new: b(), c(); breaking: a() removed"},
        Row{"def a(x): ...\ndef b(x): ...\n", "def c(x): ...\n",
            "new: c(); breaking: a() removed, b() removed"},
        Row{"def a(x): ...\n", "def b(x, y): ...\n", "new: b(); breaking: a() removed"},
        Row{"class A:\n  def m(self, x): ...\n", "class B:\n  def m(self, x): ...\n",
            "breaking: A renamed to B"},
        Row{"class A: ...\n", "class B: ...\n", "new: B; breaking: A removed"},
        Row{"A = 1\n", "B = 1\n", "new: B; breaking: A removed"},
        Row{"class A: ...\n", "def A(): ...\n", "breaking: A became a function"},
        Row{"def a(): ...\n", "class a: ...\n", ""},
        Row{"def f(a): ...\n", "from other import f\n", ""},
        Row{"def f(a): ...\n", "from other import *\n", ""},
        Row{"def f(a): ...\n", "def __getattr__(name): ...\n", ""},
        Row{"def f(a): ...\n", "def g(:\n", "new: g()"},
        Row{"__all__ = ['f']\ndef f(): ...\ndef g(): ...\n", "__all__ = ['f']\ndef f(): ...\n", ""},
        Row{"__all__ = ['_f']\ndef _f(): ...\n", "__all__ = []\n", "breaking: _f() removed"},
        Row{"__all__ = ['f']\nfrom x import f\n", "__all__ = []\n", "breaking: f removed"},
        Row{"__all__ = []\n", "__all__ = ['low']\nlow = 1\ndef f(): ...\n", "new: low"},
        Row{"if X:\n  def f(a): ...\nelse:\n  def f(a, b): ...\n", "def f(a, b): ...\n",
            "breaking: f() signature changed"},
        Row{"def f(a, b): ...\n", "if X:\n  def f(a): ...\nelse:\n  def f(a, b): ...\n", ""},
        Row{"@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a): ...\n",
            "def f(a): ...\n", ""}));

INSTANTIATE_TEST_SUITE_P(
    Signatures, Rows,
    testing::Values(
        Row{"def f(a): ...\n", "def f(a, b=1): ...\n", ""},
        Row{"def f(a): ...\n", "def f(a: int, *, c=1) -> int: ...\n", ""},
        Row{"def f(a): ...\n", "def f(a, *args, **kw): ...\n", ""},
        Row{"def f(a): ...\n", "def f(a=1): ...\n", ""},
        Row{"def f(*, a): ...\n", "def f(a): ...\n", ""},
        Row{"def f(a, /): ...\n", "def f(b): ...\n", ""},
        Row{"def f(a, b): ...\n", "def f(*args, **kw): ...\n", ""},
        Row{"def f(a, b): ...\n", "def f(*args): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "def f(a, b): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "def f(a, *, b): ...\n", "breaking: f() signature changed"},
        Row{"def f(a, b): ...\n", "def f(a): ...\n", "breaking: f() signature changed"},
        Row{"def f(a, b): ...\n", "def f(b, a): ...\n", "breaking: f() signature changed"},
        Row{"def f(a, b, /): ...\n", "def f(b, a, /): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "def f(b): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "def f(a, /): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "def f(*, a): ...\n", "breaking: f() signature changed"},
        Row{"def f(a=1): ...\n", "def f(a): ...\n", "breaking: f() signature changed"},
        Row{"def f(*, a=1): ...\n", "def f(*, a): ...\n", "breaking: f() signature changed"},
        Row{"def f(*, a): ...\n", "def f(*, b): ...\n", "breaking: f() signature changed"},
        Row{"def f(*args): ...\n", "def f(): ...\n", "breaking: f() signature changed"},
        Row{"def f(**kw): ...\n", "def f(): ...\n", "breaking: f() signature changed"},
        Row{"def f(*args): ...\n", "def f(a=1, *args): ...\n", "breaking: f() signature changed"},
        Row{"def f(a): ...\n", "async def f(a): ...\n", "breaking: f() became async"},
        Row{"async def f(a): ...\n", "def f(a): ...\n", "breaking: f() is no longer async"},
        Row{"async def f(a): ...\n", "def f(a, b): ...\n",
            "breaking: f() signature changed, f() is no longer async"}));

// The body of a class C, before and after.
struct Members {
  const char* before;
  const char* after;
  const char* told;
};

class MemberRows : public testing::TestWithParam<Members> {};

TEST_P(MemberRows, Told) {
  const auto class_of = [](const std::string& body) {
    return body.starts_with("class") ? body : "class C:\n  pass\n" + body;
  };
  const std::string before = class_of(GetParam().before), after = class_of(GetParam().after);
  EXPECT_EQ(told(before.c_str(), after.c_str()), GetParam().told) << before << "---\n" << after;
}

constexpr char kProperty[] = "  @property\n  def limit(self): ...\n";

INSTANTIATE_TEST_SUITE_P(
    Classes, MemberRows,
    testing::Values(
        Members{"", "  def m(self): ...\n  def _p(self): ...\n  x = 1\n", "new: C.m()"},
        Members{"  def m(self): ...\n  def _p(self): ...\n", "", "breaking: C.m() removed"},
        Members{"  def m(self, a): ...\n", "  def n(self, a): ...\n",
                "breaking: C.m() renamed to n()"},
        Members{"  def m(self, a): ...\n", "  def m(this, a): ...\n", ""},
        Members{"  x = 1\n", "", "breaking: C.x removed"},
        Members{"  x = 1\n", "  def __init__(self): self.x = 1\n", ""},
        Members{kProperty, "  def __init__(self): self.limit = 1\n", ""},
        Members{kProperty, "", "breaking: C.limit removed"}, Members{"", kProperty, "new: C.limit"},
        Members{kProperty, "  def limit(self): ...\n", "breaking: C.limit became a method"},
        Members{"  def limit(self): ...\n", kProperty, "breaking: C.limit() became a property"},
        Members{"  limit = 1\n", kProperty, ""},
        Members{"  limit = 1\n", "  def limit(self): ...\n", "breaking: C.limit became a method"},
        Members{"  @property\n  def limit(self): ...\n  @limit.setter\n  def limit(self, v): ...\n",
                kProperty, "breaking: C.limit can no longer be set"},
        Members{"  def m(self, a): ...\n", "  @staticmethod\n  def m(a): ...\n",
                "breaking: C.m() became a static method"},
        Members{"  @staticmethod\n  def m(a): ...\n", "  def m(self, a): ...\n",
                "breaking: C.m() became an instance method"},
        Members{"  @staticmethod\n  def m(a): ...\n", "  @classmethod\n  def m(cls, a): ...\n", ""},
        Members{"  @classmethod\n  def m(cls, a): ...\n", "  @staticmethod\n  def m(): ...\n",
                "breaking: C.m() signature changed"},
        Members{"  def __init__(self, a): ...\n", "  def __init__(self, a, b): ...\n",
                "breaking: C() signature changed"},
        Members{"", "  def __init__(self, a): ...\n", "breaking: C() signature changed"},
        Members{"", "  def __init__(self, a=1): ...\n", ""},
        Members{"  def __init__(self, a): ...\n", "", "breaking: C() signature changed"},
        Members{"class C(B):\n  x = 1\n", "class C(B):\n  def __init__(self, a): ...\n", ""},
        Members{"class C(B):\n  def m(self): ...\n", "class C(B):\n  pass\n", ""},
        Members{"class C(B):\n  def m(self): ...\n", "class C(ABC):\n  pass\n",
                "breaking: C no longer inherits B, C.m() removed"},
        Members{"class C(B): ...\n", "class C(B, D): ...\n", ""},
        Members{"class C(B): ...\n", "class C(Unknown): ...\n", ""},
        Members{"class C(B): ...\n", "class D(B): ...\nclass C(D): ...\n", "new: D"},
        Members{"class B:\n  def m(self): ...\nclass C(B):\n  def m(self): ...\n",
                "class B:\n  def m(self): ...\nclass C(B):\n  pass\n", ""},
        Members{"class C:\n  def m(self): ...\n", "class C:\n  def __getattr__(self, name): ...\n",
                ""},
        Members{"class C:\n  class D:\n    def m(self): ...\n", "class C:\n  class D: ...\n",
                "breaking: C.D.m() removed"}));

TEST(InterfaceChangesInPython, Moves) {
  const char* const plain = "class X:\n  def m(self, a): ...\ndef f(a): ...\n";
  InterfaceChanges changes =
      changes_in({{"models.a", plain, nullptr}, {"models.b", nullptr, plain}});
  EXPECT_THAT(changes.new_interfaces, IsEmpty());
  EXPECT_THAT(changes.breaking_changes, ElementsAre("X moved from models.a to models.b",
                                                    "f() moved from models.a to models.b"));
  changes = changes_in({{"models.a", plain, "def f(a): ...\n"},
                        {"models.b", "", "class X:\n  def m(self): ...\n  def n(self): ...\n"}});
  EXPECT_THAT(changes.new_interfaces, ElementsAre("X.n()"));
  EXPECT_THAT(changes.breaking_changes,
              ElementsAre("X moved from models.a to models.b", "X.m() signature changed"));
}

TEST(InterfaceChangesInPython, AModuleThatBecomesAPackageAndKeepsItsNames) {
  const InterfaceChanges changes = changes_in(
      {{"llm.sentiment", "class Analyzer:\n  def run(self, text): ...\ndef score(text): ...\n",
        "from .analyzer import Analyzer\nfrom .score import *\n"},
       {"llm.sentiment.analyzer", nullptr, "class Analyzer:\n  def run(self): ...\n"},
       {"llm.sentiment.score", nullptr, "def score(text): ...\nclass Scale: ...\n"}});
  EXPECT_THAT(changes.new_interfaces, ElementsAre("Scale"));
  EXPECT_THAT(changes.breaking_changes, ElementsAre("Analyzer.run() signature changed"));
}

TEST(InterfaceChangesInPython, TwoPlacesToMoveToAreNoMove) {
  const char* const plain = "class X:\n  def m(self): ...\n";
  const InterfaceChanges changes =
      changes_in({{"a", plain, ""}, {"b", nullptr, plain}, {"c", nullptr, plain}});
  EXPECT_THAT(changes.new_interfaces, ElementsAre("b.X", "c.X"));
  EXPECT_THAT(changes.breaking_changes, ElementsAre("a.X removed"));
}

TEST(InterfaceChangesInPython, AModuleThatHasGone) {
  EXPECT_THAT(changes_in({{"a", "X = 1\ndef f(): ...\n", nullptr}}).breaking_changes,
              ElementsAre("module a removed"));
  EXPECT_THAT(changes_in({{"a", "def f(): ...\n", nullptr}}).breaking_changes,
              ElementsAre("f() removed"));
  EXPECT_THAT(changes_in({{"a", "_x = 1\n", nullptr}}).breaking_changes, IsEmpty());
}

TEST(InterfaceChangesInPython, NamesInSeveralModulesAreToldApart) {
  const InterfaceChanges changes =
      changes_in({{"b", "class X:\n  def m(self): ...\nclass Y:\n  def m(self): ...\n",
                   "class X:\n  def m(self, a): ...\nclass Y:\n  def m(self, a): ...\n"},
                  {"a", "class X:\n  def m(self): ...\n", "class X:\n  def m(self, a): ...\n"}});
  EXPECT_THAT(changes.breaking_changes,
              ElementsAre("a.X.m() signature changed", "b.X.m() signature changed",
                          "Y.m() signature changed"));
}

}  // namespace
}  // namespace gs::analyzers
