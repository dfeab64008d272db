#include <gtest/gtest.h>

#include "tests/unit/gates/source_view.h"

namespace gs::analyzers {
namespace {

// What is wrong with the calls in `user`, a file beside the package m; "" when nothing is.
std::string broken(const std::string& user, const std::string& module,
                   const std::string& package = {}) {
  SourceView view({{"user.py", user}, {"m/core.py", module}, {"m/__init__.py", package}});
  const auto blob = *view.tree.file("user.py");
  std::string text;
  for (const BrokenCall& one : broken_calls(view.called, "user.py", view.called.facts_of(blob),
                                            view.called.calls_of(blob).list)) {
    text += (text.empty() ? "" : "; ") + std::to_string(one.call.line) + " " + one.target + " " +
            one.fault + (one.certain ? "" : " (perhaps)");
  }
  return text;
}

constexpr char kMissing[] = "2 m.core.f argument 'a' is missing";

TEST(BrokenCalls, FollowEveryWayOfImporting) {
  const std::string f = "def f(a): pass\n";
  EXPECT_EQ(broken("from m.core import f\nf()\n", f), kMissing);
  EXPECT_EQ(broken("from m.core import f as g\ng()\n", f), kMissing);
  EXPECT_EQ(broken("import m.core\nm.core.f()\n", f), kMissing);
  EXPECT_EQ(broken("import m.core as c\nc.f()\n", f), kMissing);
  EXPECT_EQ(broken("from m import core\ncore.f()\n", f), kMissing);
  EXPECT_EQ(broken("from m import f\nf()\n", f, "from .core import f\n"), kMissing);
  EXPECT_EQ(broken("import m\nm.f()\n", f, "from m.core import f\n"), kMissing);
}

TEST(BrokenCalls, NameWhatIsGone) {
  EXPECT_EQ(broken("import m.core\nm.core.g()\n", "x = 1\n"), "2 m.core.g is not there");
  EXPECT_EQ(broken("from m.core import C\nC.make()\n", "class C: pass\n"),
            "2 m.core.C.make is not there");
  // An import that names it is told already.
  EXPECT_EQ(broken("from m.core import g\ng()\n", "x = 1\n"), "");
}

TEST(BrokenCalls, KnowClasses) {
  const std::string made = "class C:\n  def __init__(self, a): pass\n";
  EXPECT_EQ(broken("from m.core import C\nC()\n", made), "2 m.core.C argument 'a' is missing");
  EXPECT_EQ(broken("from m.core import C\nC(1)\n", "class C: pass\n"),
            "2 m.core.C takes 0 positional arguments, is given 1");
  EXPECT_EQ(broken("from m.core import D\nD()\n", made + "class D(C): pass\n"),
            "2 m.core.D argument 'a' is missing");
  EXPECT_EQ(broken("from m.core import D\nD(1)\n", "class D(Other): pass\n"), "");
  EXPECT_EQ(
      broken("from m.core import D\nD()\n", "class D(Other):\n  def __init__(self, a): pass\n"),
      "2 m.core.D argument 'a' is missing (perhaps)");
  EXPECT_EQ(broken("from m.core import C\nC.make(1)\n",
                   "class C:\n  @classmethod\n  def make(cls): pass\n"),
            "2 m.core.C.make takes 0 positional arguments, is given 1");
  EXPECT_EQ(broken("from m.core import C\nC.run()\n", "class C:\n  def run(self): pass\n"),
            "2 m.core.C.run argument 'self' is missing");
}

TEST(BrokenCalls, SayNothingOfWhatMayBeAnything) {
  const std::string f = "def f(a): pass\n", call = "from m.core import f\nf()\n";
  EXPECT_EQ(broken(call, "@wraps\n" + f), "");
  EXPECT_EQ(broken(call, "f = partial(g)\n"), "");
  EXPECT_EQ(broken(call, "if x:\n  " + f + "else:\n  def f(): pass\n"), "");
  EXPECT_EQ(broken("from m.core import f\nf = mock\nf()\n", f), "");
  EXPECT_EQ(broken("from m.core import f\ndef g(f):\n  f()\n", f), "");
  EXPECT_EQ(broken("from m.core import f\nfor f in x: f()\n", f), "");
  EXPECT_EQ(broken("from m.core import f\nwith x as f:\n  f()\n", f), "");
  EXPECT_EQ(broken("from m.core import f\nf(*x)\n", f), "");
  EXPECT_EQ(broken("import m.core\nm.core.f = stub\nm.core.f()\n", f), "");
  EXPECT_EQ(broken("try:\n  from m.core import f\nexcept ImportError:\n  f = None\nf()\n", f), "");
  EXPECT_EQ(broken("from m.core import f\ntry:\n  f()\nexcept TypeError:\n  f(1)\n", f), "");
  EXPECT_EQ(broken("from m.core import f\nwith pytest.raises(TypeError):\n  f()\n", f), "");
  EXPECT_EQ(broken("import m.core\nm.core.g()\n", "def __getattr__(n): pass\n"), "");
  EXPECT_EQ(broken("from m.core import f\ndef g(x=f()): pass\n", f), kMissing);  // a default
}

TEST(BrokenCalls, OfWhatClassesInheritAcrossModules) {
  const std::string base =
      "import abc\nclass B(abc.ABC):\n def __init__(self, a): pass\n @classmethod\n def make(cls, "
      "a): pass\n"
      "class O:\n def __init__(self): pass\nclass A(abc.ABC):\n @abc.abstractmethod\n def f(self): "
      "pass\n";
  const std::string module =
      "from m import B, O, A\nclass C(B): pass\nclass D(O, B): pass\nclass E(A): pass\n"
      "class F(A):\n def f(self): pass\nclass G(B, Unknown): pass\n@dataclass\nclass H(O): pass\n";
  const auto of = [&](const std::string& call) {
    return broken("from m.core import C, D, E, F, G, H\n" + call + "\n", module, base);
  };
  EXPECT_EQ(of("C()"), "2 m.core.C argument 'a' is missing");
  EXPECT_EQ(of("C(1)"), "");
  EXPECT_EQ(of("C.make()"), "2 m.core.C.make argument 'a' is missing");
  EXPECT_EQ(of("C.take()"), "2 m.core.C.take is not there");
  EXPECT_EQ(of("D(1)"), "2 m.core.D takes 0 positional arguments, is given 1");
  EXPECT_EQ(of("E()"), "2 m.core.E cannot be made: m.A.f is abstract");
  EXPECT_EQ(of("F()"), "");
  EXPECT_EQ(of("G()"), "2 m.core.G argument 'a' is missing (perhaps)");
  EXPECT_EQ(of("G.take()"), "");
  EXPECT_EQ(of("H(1)"), "");
}

}  // namespace
}  // namespace gs::analyzers
