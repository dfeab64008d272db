// Methods of classes across modules: what cannot work, and what may work and is left alone.

#include "analyzers/method_faults.h"

#include <gtest/gtest.h>

#include "tests/unit/gates/source_view.h"

namespace gs::analyzers {
namespace {

using Files = std::map<std::string, std::string>;

// What is wrong with the calls of the methods in child.py: "LINE TARGET FAULT", and "in FILE" when
// it is another's call.
std::string calls(Files files) {
  SourceView view(std::move(files));
  ClassHierarchy classes(view.called);
  std::string text;
  for (const BrokenCall& one : broken_method_calls(classes, "child.py", {"child.py"})) {
    if (!text.empty()) text += "; ";
    text += std::to_string(one.call.line) + " " + one.target + " " + one.fault;
    if (one.caller != "child.py") text += " in " + one.caller;
  }
  return text;
}

// Of child.py beside base.py.
std::string calls(const std::string& base, const std::string& child) {
  return calls(
      Files{{"base.py", base}, {"child.py", "from base import *\nfrom base import B\n" + child}});
}

std::string faults(const std::string& base, const std::string& child) {
  SourceView view({{"base.py", base}, {"child.py", "from base import B\n" + child}});
  ClassHierarchy classes(view.called);
  std::string text;
  for (const ClassFault& one : class_faults(classes, "child.py")) {
    if (!text.empty()) text += "; ";
    text += std::to_string(one.line) + " " + one.text;
  }
  return text;
}

// A child of B whose method makes this call, in line 5.
std::string child(const std::string& call, const std::string& decorator = "") {
  return "class C(B):\n" + (decorator.empty() ? "" : " @" + decorator + "\n") + " def run(" +
         (decorator == "classmethod" ? "cls" : "self") + "):\n  " + call + "\n";
}

constexpr char kF[] = "class B:\n def f(self, a): pass\n";

TEST(MethodCalls, ThroughTheirOwnObject) {
  EXPECT_EQ(calls(kF, child("self.f()")), "5 base.B.f argument 'a' is missing");
  EXPECT_EQ(calls(kF, child("self.f(1)")), "");
  EXPECT_EQ(calls(kF, child("return [self.f(1, 2) for x in y]")),
            "5 base.B.f takes 1 positional argument, is given 2");
  EXPECT_EQ(calls(kF, child("super().f()")), "5 base.B.f argument 'a' is missing");
  EXPECT_EQ(calls(kF, child("super(C, self).f()")), "5 base.B.f argument 'a' is missing");
  EXPECT_EQ(calls(kF, child("super(B, self).f()")), "");
  EXPECT_EQ(calls(kF, child("self.g()")), "5 base.B.g is not there");
  EXPECT_EQ(calls(kF, child("super().g()")), "5 base.B.g is not there");
  EXPECT_EQ(calls(kF, child("lambda: self.f()")), "5 base.B.f argument 'a' is missing");
  EXPECT_EQ(calls("", "class B:\n def f(self, a): pass\n def g(self): self.f()\n"),
            "5 child.B.f argument 'a' is missing");
  EXPECT_EQ(calls(kF, "class C(B):\n def f(self): pass\n def run(self): self.f()\n"), "");
  EXPECT_EQ(calls("class B:\n def __init__(self, a): pass\n", child("super().__init__()")),
            "5 base.B.__init__ argument 'a' is missing");
  EXPECT_EQ(calls("class B: pass\n", child("super().__init__()")), "");
}

TEST(MethodCalls, AsMethodsAreBound) {
  const std::string base =
      "class B:\n @classmethod\n def c(cls, a): pass\n @staticmethod\n def s(a): pass\n"
      " def i(self, a): pass\n @property\n def p(self): return print\n @other\n def d(self): "
      "pass\n";
  for (const char* call :
       {"self.c(1)", "self.s(1)", "self.i(1)", "self.p(1, 2)", "self.d(1, 2)", "super().c(1)"})
    EXPECT_EQ(calls(base, child(call)), "") << call;
  for (const char* call : {"cls.c(1)", "cls.s(1)", "cls.i(x, 1)", "cls.p(1)", "super().c(1)"})
    EXPECT_EQ(calls(base, child(call, "classmethod")), "") << call;
  EXPECT_EQ(calls(base, child("self.c()")), "5 base.B.c argument 'a' is missing");
  EXPECT_EQ(calls(base, child("self.s()")), "5 base.B.s argument 'a' is missing");
  EXPECT_EQ(calls(base, child("cls.i(1)", "classmethod")), "6 base.B.i argument 'a' is missing");
  EXPECT_EQ(calls(base, child("cls.c()", "classmethod")), "6 base.B.c argument 'a' is missing");
  EXPECT_EQ(calls(base, child("self.i()", "staticmethod")), "");
  EXPECT_EQ(calls(base, child("self.i()", "property")), "6 base.B.i argument 'a' is missing");
}

TEST(MethodCalls, AcrossModules) {
  const Files files{{"p/__init__.py", "from .inner import B\n"},
                    {"p/inner.py", "from top import T\nclass B(T): pass\n"},
                    {"top.py", "class T:\n def f(self, a): pass\n"}};
  for (const char* base :
       {"from p import B\nclass C(B):\n", "import p\nclass C(p.B):\n",
        "import p.inner\nclass C(p.inner.B):\n", "import p as q\nclass C(q.B):\n",
        "from p.inner import B\nclass C(B[int]):\n"}) {
    Files with = files;
    with["child.py"] = std::string(base) + " def run(self): self.f()\n";
    EXPECT_EQ(calls(with), "3 top.T.f argument 'a' is missing") << base;
    with["child.py"] = std::string(base) + " def run(self): self.g()\n";
    EXPECT_EQ(calls(with), "3 p.inner.B.g is not there") << base;
  }
}

TEST(MethodCalls, InTheOrderOfPython) {
  const std::string base =
      "class A:\n def f(self): pass\nclass B(A): pass\nclass D(A):\n def f(self, a): pass\n";
  const auto of = [&](const std::string& bases) {
    return calls(base,
                 "from base import A, D\nclass C(" + bases + "):\n def run(self): self.f()\n");
  };
  EXPECT_EQ(of("B, D"), "5 base.D.f argument 'a' is missing");
  EXPECT_EQ(of("D, B"), "5 base.D.f argument 'a' is missing");
  EXPECT_EQ(of("B"), "");
  EXPECT_EQ(of("A, B"), "") << "no order: it cannot be imported";
  EXPECT_EQ(of("unknown.X, D"), "");
  EXPECT_EQ(of("D, unknown.X"), "5 base.D.f argument 'a' is missing");
  EXPECT_EQ(of("B, unknown.X, D"), "");
  EXPECT_EQ(of("C"), "");
}

TEST(MethodCalls, WhatMayWorkIsLeftAlone) {
  for (const std::string& text : std::vector<std::string>{
           child("self.g = 1; self.g()"),
           child("self.g()") + "C.g = print\n",
           child("self.g()") + "setattr(C, 'g', print)\n",
           child("self.g()") + "for n in names: setattr(C, n, print)\n",
           child("self.g()") + "class E(C):\n def g(self): pass\n",
           child("if hasattr(self, 'g'): self.g()"),
           child("self = other; self.g()"),
           child("def inner(self): self.g()"),
           child("self.__dict__.update(x); self.g()"),
           "class C(B):\n g = make()\n def run(self): self.g()\n",
           "class C(B):\n def __getattr__(self, name): return print\n def run(self): self.g()\n",
           "class C(B):\n if x:\n  def g(self): pass\n def run(self): self.g()\n",
           "class C(B, metaclass=M):\n def run(self): self.g()\n",
           "class C(B, **more):\n def run(self): self.g()\n",
           "@other\nclass C(B):\n def run(self): self.g()\n",
           "if x:\n class C(B):\n  def run(self): self.g()\n",
           "class C(B):\n class I:\n  def run(self): self.g()\n",
           "class C(B):\n def run(self):\n  class I:\n   def run(self): self.g()\n",
           "class C(B):\n def run(self):\n  try: self.g()\n  except AttributeError: pass\n",
           "class C(B):\n @other\n def run(this): this.g()\n",
           child("self.f(*x)"),
           child("self.__class__()"),
           child("self.x.f()"),
           child("other.f()")})
    EXPECT_EQ(calls(kF, text), "") << text;
  for (const std::string base :
       {"import x\nclass B(x.Y): pass\n", "class B(make()): pass\n",
        "try:\n class B: pass\nfinally: 1\n", "class B:\n def __getattr__(self, n): pass\n",
        "class B:\n def __getattribute__(self, n): pass\n",
        "class B:\n def __init__(self): self.g = print\n", "class B(type): pass\n",
        "class B:\n g: object\n"})
    EXPECT_EQ(calls(base, child("self.g()")), "") << base;
  const std::string harmless =
      "import abc, dataclasses\nfrom typing import Generic\n@dataclasses.dataclass\n"
      "class B(abc.ABC, Generic[T], object):\n x: int\n";
  EXPECT_EQ(calls(harmless, child("self.g()")), "5 base.B.g is not there");
  EXPECT_EQ(calls("import abc\nclass B(metaclass=abc.ABCMeta): pass\n", child("self.g()")),
            "5 base.B.g is not there");
  EXPECT_EQ(calls("import abc\nclass B(abc.ABC):\n @abc.abstractmethod\n def f(self, a): pass\n",
                  child("self.f()")),
            "");
}

TEST(MethodCalls, WhatAClassInAnotherFileDefinesBelow) {
  SourceView view({{"child.py", "class C:\n def run(self): self.f()\n"},
                   {"below.py", "from child import C\nclass D(C):\n def f(self): pass\n"}});
  ClassHierarchy classes(view.called);
  EXPECT_EQ(broken_method_calls(classes, "child.py", {}).size(), 1U);
  EXPECT_EQ(broken_method_calls(classes, "child.py", {"below.py"}).size(), 0U);
}

TEST(MethodCalls, OfABaseThatReachWhatOverrides) {
  const std::string base = "class B:\n def run(self): self.f(1)\n def f(self, a): pass\n";
  EXPECT_EQ(calls(base, "class C(B):\n def f(self): pass\n"),
            "2 child.C.f takes 0 positional arguments, is given 1 in base.py");
  EXPECT_EQ(calls(base, "class C(B):\n def f(self, b): pass\n"), "");
  EXPECT_EQ(calls(base, "class C(B):\n def f(self): pass\n def run(self): pass\n"), "");
  EXPECT_EQ(calls(base, "class C(B):\n f = None\n"), "");
  EXPECT_EQ(calls("class B:\n def __run(self): self.__f(1)\n def __f(self, a): pass\n",
                  "class C(B):\n def __f(self): pass\n"),
            "");
}

TEST(ClassFaults, OverridesThatDoNotTakeWhatTheyAreGiven) {
  EXPECT_EQ(
      faults(kF, "class C(B):\n def f(self): pass\n"),
      "3 C.f does not fit base.B.f, which it overrides: takes 0 positional arguments, is given 1");
  EXPECT_EQ(faults("class B:\n def f(self): pass\n", "class C(B):\n def f(self, a): pass\n"),
            "3 C.f does not fit base.B.f, which it overrides: argument 'a' is missing");
  EXPECT_EQ(faults("class B:\n def f(self, *, k): pass\n", "class C(B):\n def f(self): pass\n"),
            "3 C.f does not fit base.B.f, which it overrides: has no argument 'k'");
  for (const char* own :
       {"def f(self, b)", "def f(self, *a)", "def f(self, a, b=1)", "async def f(self, a, **k)"})
    EXPECT_EQ(faults(kF, "class C(B):\n " + std::string(own) + ": pass\n"), "") << own;
  EXPECT_EQ(faults(kF, "class C(B):\n @other\n def f(self): pass\n"), "");
  EXPECT_EQ(faults(kF, "class C(B):\n @staticmethod\n def f(): pass\n"), "");
  EXPECT_EQ(faults("class B:\n def __init__(self, a): pass\n def __f(self, a): pass\n",
                   "class C(B):\n def __init__(self): pass\n def __f(self): pass\n"),
            "");
}

TEST(ClassFaults, AbstractMethodsThatNothingDefines) {
  const std::string base =
      "import abc\nclass B(abc.ABC):\n @abc.abstractmethod\n def f(self, a): pass\n";
  EXPECT_EQ(faults(base, "class C(B): pass\n"), "2 C cannot be made: base.B.f is abstract");
  EXPECT_EQ(faults(base, "class C(B):\n def f(self, a): pass\n"), "");
  EXPECT_EQ(faults(base, "class C(B):\n f = None\n"), "");
  EXPECT_EQ(faults(base, "import abc\nclass C(B):\n @abc.abstractmethod\n def g(self): pass\n"),
            "");
  EXPECT_EQ(faults(base, "from x import Y\nclass C(B, Y): pass\n"), "");
  EXPECT_EQ(faults("import abc\nclass B:\n @abc.abstractmethod\n def f(self): pass\n",
                   "class C(B): pass\n"),
            "")
      << "without ABCMeta it says nothing";
  EXPECT_EQ(
      faults(base, "class C(B):\n def f(self): pass\n"),
      "3 C.f does not fit base.B.f, which it overrides: takes 0 positional arguments, is given 1");
}

}  // namespace
}  // namespace gs::analyzers
