// What is found in Python that is well-formed.

#include "lib/python/interface/interface.h"

#include <gtest/gtest.h>

#include "tests/unit/python/interface_text.h"

namespace {

using gs::core::Interface;
using gs::python::expect_interfaces;
using gs::python::interface_of;

TEST(InterfaceOf, Signatures) {
  expect_interfaces({
      {"def f(): pass\n", "def f()"},
      {"def f(a, /, b: int = 3, *args: str, c, d=1, **kw: X) -> None: pass\n",
       "def f(a/, b: int=, *args: str, c!, d=!, **kw: X) -> None"},
      {"async def f(*, a): pass\n", "async def f(a!)"},
      {"def f(\n    a: dict[str,\n           int],  # why\n    b=[\n    ],\n): pass\n",
       "def f(a: dict[str, int], b=)"},
      {"def f(a: \"A  B\" \\\n  | None): pass\n", "def f(a: \"A  B\" | None)"},
      {"def f[T: int](a: T, *b: *Ts) -> T: pass\n", "def f(a: T, *b: *Ts) -> T"},
      {"def f(a, (b, c), d): pass\n", "def f(a, (b, c), d)"},
      {"@a\n@b.c(1)(2)\n@d(\n 3)\ndef f(): pass\n", "@a @b.c(1) @d def f()"},
      {"def match(type, print): pass\nmatch(1, 2)\n", "def match(type, print)"},
  });
}

TEST(InterfaceOf, Classes) {
  expect_interfaces({
      {"class A: pass\n", "class A"},
      {"class A(B, c.D[int], *e, metaclass=M): x = 1\n", "class A(B, c.D[int], *e){x}"},
      {"class A[T](B):\n  class C:\n    def f(self): pass\n  import os\n  y: int\n",
       "class A(B){class C{def f(self)}, import os, y}"},
      {"class A:\n  @property\n  def x(self): pass\n  @x.setter\n  def x(self, v): pass\n",
       "class A{@property def x(self), @x.setter def x(self, v)}"},
      {"class A:\n  if x:\n    y = 1\n  z = 2\n  del z\n", "class A{?y}"},
      {"if x:\n  class A:\n    y = 1\n", "?class A{y}"},
      {"class A:\n  def f(self):\n    self.x = y = 1\n    def g(): pass\n", "class A{def f(self)}"},
  });
}

TEST(InterfaceOf, Assignments) {
  expect_interfaces({
      {"a = b = 1\n", "a, b"},
      {"a, (b, [c, *d]), e.f, g[0] = x\n", "a, b, c, d"},
      {"a += 1; b: int; c: int = 2\n", "a, b, c"},
      {"(a) = 1\n[b, c] = x\n", "a, b, c"},
      {"a = 1\na = 2\ndef a(): pass\na = 3\n", "a, def a(), a"},
      {"print((a := 1), [b := c for c in d], lambda e=(f := 1): (g := 2))\n", "a, b, f"},
      {"def f(x=(a := 1)):\n  b = 1\n  (c := 2)\n", "def f(x=), a"},
      {"type A = int\ntype B[T] = list[T]\n", "A, B"},
      {"type = 1\nmatch = 2\nprint = 3\ntype(a)\n", "type, match, print"},
      {"f\"{(a := 1)} {b:=5}\"\n", "a"},
      {"ﬁ = 1\n", "fi"},
      {"if x: pass\n\\\n\n", ""},
  });
}

TEST(InterfaceOf, Statements) {
  expect_interfaces({
      {"if (a := 1): b = 1\nelif c: d = 1\nelse: e = 1\n", "?a, ?b, ?d, ?e"},
      {"for a, (b, *c) in x:\n  d = 1\nelse:\n  e = 1\n", "?a, ?b, ?c, ?d, ?e"},
      {"while x: a = 1\n", "?a"},
      {"try: a = 1\nexcept (X, Y) as e: b = 1\nelse: c = 1\nfinally: d = 1\n", "?a, ?b, ?c, ?d"},
      {"try: a = 1\nexcept* X as e: b = 1\n", "?a, ?b"},
      {"with x as a, y as (b, c), z as d.e: f = 1\n", "?a, ?b, ?c, ?f"},
      {"with (x as a, y as b): pass\nwith (x as c): pass\nwith (x): pass\n", "?a, ?b, ?c"},
      {"async def f():\n  async with x as a: pass\n", "async def f()"},
      {"match x:\n  case P(q=a) | [a, *_]: b = 1\n  case {'k': c, **d} as e if (f := 1): pass\n"
       "  case g.h: pass\n  case i: pass\n  case _: pass\n  case [1, 'x', None, -2, *j]: pass\n",
       "?a, ?b, ?c, ?d, ?e, ?f, ?i, ?j"},
      {"if a:\n  if b:\n    c = 1\nd = 1\n", "?c, d"},
      {"if a: c = 1\nelse: c = 2\nc = 3\n", "c"},
  });
}

TEST(InterfaceOf, Imports) {
  expect_interfaces({
      {"import a.b, c.d as e\n", "import a, import e"},
      {"from .a import b, c as d\nfrom . import e\n", "import b, import d, import e"},
      {"from a import (\n  b,  # why\n  c as d,\n)\n", "import b, import d"},
      {"from __future__ import annotations\n", "import annotations"},
      {"import a.b\nimport a.c\nif x: import d\nimport d\n", "import a, import d"},
  });
  const Interface stars = interface_of("from a.b import *\nfrom .. import *\nfrom .c import *\n");
  const std::vector<gs::core::StarImport> expected{{0, "a.b"}, {2, ""}, {1, "c"}};
  EXPECT_EQ(stars.stars, expected);
  EXPECT_EQ(stars.binds("x"), Interface::Answer::unclear);
}

TEST(InterfaceOf, Removals) {
  expect_interfaces({
      {"a = b = 1\ndel a\n", "b"},
      {"a = b = c = 1\ndel (a, [b]), c\n", ""},
      {"a = 1\nif x: del a\n", "?a"},
      {"if x:\n  a = 1\n  del a\n", ""},
      {"for a in x: pass\ndel a\n", ""},
      {"a = 1\ndel a\na = 2\n", "a"},
      {"a = 1\ndef f():\n  global a\n  del a\n", "a, def f()"},
      {"a = {}\ndel a[0], a.b\n", "a"},
  });
}

TEST(InterfaceOf, Globals) {
  expect_interfaces({
      {"def f():\n  global a, b\n  a = 1\n", "def f(), ?a"},
      {"a = 1\ndef f():\n  global a\n  a = 2\n", "a, def f()"},
      {"def f():\n  global g, C, os\n  def g(x): pass\n  class C: y = 1\n  import os\n",
       "def f(), ?def g(x), ?class C{y}, ?import os"},
      {"def f():\n  def g():\n    global a\n    a = 1\n  b = 1\n", "def f(), ?a"},
      {"class A:\n  global a\n  a = b = 1\n  def f(self):\n    global c\n    for c in x: pass\n",
       "class A{b, def f(self)}, ?a, ?c"},
      {"def f():\n  global a\n  a.b = 1\n  print(a)\n", "def f()"},
  });
}

TEST(InterfaceOf, AnyNameMayBeThere) {
  EXPECT_TRUE(interface_of("def __getattr__(name): pass\n").has_getattr);
  EXPECT_TRUE(interface_of("from a import __getattr__\n").has_getattr);
  EXPECT_FALSE(interface_of("class A:\n  def __getattr__(self, name): pass\n").has_getattr);
  for (const std::string_view source :
       {"globals()['a'] = 1\n", "def f():\n  globals().update(x)\n", "exec(x)\n", "exec 'x'\n",
        "vars()['a'] = 1\n", "setattr(sys.modules[__name__], 'a', 1)\n"}) {
    EXPECT_TRUE(interface_of(source).dynamic) << source;
  }
  for (const std::string_view source :
       {"'globals()'  # exec(x)\n", "def f():\n  exec(x, {})\n", "a.globals()\n", "vars(a)\n"}) {
    EXPECT_FALSE(interface_of(source).dynamic) << source;
  }
}

TEST(InterfaceOf, Lines) {
  const Interface found =
      interface_of("\r\na = 1\rb = '''\n\n'''\n@x\ndef c(): pass\n\fclass D: pass");
  ASSERT_EQ(found.definitions.size(), 4U);
  EXPECT_EQ(found.find("a")->line, 2U);
  EXPECT_EQ(found.find("b")->line, 3U);
  EXPECT_EQ(found.find("c")->line, 7U);
  EXPECT_EQ(found.find("D")->line, 8U);
  EXPECT_TRUE(found.partials.empty());
}

}  // namespace
