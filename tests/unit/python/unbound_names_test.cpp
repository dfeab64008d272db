// Names that a source uses and binds nowhere. CPython agrees on each row without a mark: see
// tests/differential/compare_scopes.py for real files.

#include "lib/python/names/unbound_names.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>

namespace gs::python {
namespace {

// "name:line" each, of a scope "name@scope:line"; '?' where it is not run, '-' where it is deleted.
std::string unbound_in(std::string_view source) {
  const auto facts = names_of(source);
  if (!facts) return "no time";
  std::string text;
  for (const core::UnboundName& one : facts->unbound) {
    text += (text.empty() ? "" : " ") + one.name;
    if (!one.scope.empty()) text += "@" + one.scope;
    text += ":" + std::to_string(one.line);
    text += std::array{"", "?", "-"}[static_cast<std::size_t>(one.doubt)];
  }
  return text;
}

struct Row {
  std::string_view source, unbound;
};

void expect_unbound(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(unbound_in(row.source), row.unbound) << row.source;
}

TEST(UnboundNames, OfAModule) {
  expect_unbound({
      {"a = 1\nprint(a, b)\n", "b:2"},
      {"print(__name__, __file__, __debug__, __builtins__, len, exit)\n", ""},
      {"import a.b, c as d\nfrom e import f as g, h\na, d, g, h\nb, c, e, f\n", "b:4 c:4 e:4 f:4"},
      {"a, [b, *c], (d) = e.f = x[y] = z\na, b, c, d\n", "e:1 x:1 y:1 z:1"},
      {"for a, b in c: pass\nwith d as (e, f), g as h.i: pass\na, b, e, f\n", "c:1 d:2 g:2 h:2"},
      {"while (a := b): a\n", "b:1"},
      {"def f(): pass\nclass C: pass\nf, C\n", ""},
      {"a += 1\n", "a:1"},
      {"a = 0\na += b\n", "b:2"},
      {"a: int\na\n", "a:2"},
      {"a: int = 1\na\nb.c: d = 1\n", "b:3 d:3"},
      {"@a\n@b.c(d)\ndef f(): pass\n@e\nclass C: pass\n", "a:1 b:2 d:2 e:4"},
      {"f(a=b, *c, **d)\n", "f:1 b:1 c:1 d:1"},
      {"f'{a} {b!r:{c}} {d=} {e:=10}' 'g' f\"{h['i']}\"\n", "a:1 b:1 c:1 d:1 e:1 h:1"},
      {"t'{a}'\nlazy import b\nb\n", "a:1"},
      {"\xEF\xBC\xA1 = 1\nA\n", ""},
      {"print >>a, b\nexec c in d\n", "a:1 b:1 c:2 d:2"},
      {"match = type = _ = 1\nprint(match, type, _)\n", ""},
  });
}

TEST(UnboundNames, OfFunctions) {
  expect_unbound({
      {"def f(a, /, b=c, *d, e: g = h, **i) -> j: return a, b, d, e, i, k\n",
       "c:1 g:1 h:1 j:1 k@f:1"},
      {"def f():\n  a = 1\n  def g(): return a, b\n  return g\nb = 2\n", ""},
      {"def f(): return a\ndef g(a): pass\n", "a@f:1"},
      {"lambda a, b=c: a + b + d\n", "c:1 d:1"},
      {"def f():\n  global a\n  a = 1\nprint(a)\n", ""},
      {"def f():\n  global a\n  return a\n", "a@f:3"},
      {"def f():\n  a = 1\n  def g():\n    nonlocal a\n    a = 2\n", ""},
      {"def f():\n  def g():\n    nonlocal a\n    a = 2\na = 1\n", "a@f.g:3"},
      {"def f():\n  a: int\n  def g():\n    nonlocal a\n    a = 2\n  return a\n", ""},
      {"def f():\n  global a\n  def g(): return a\n  a = 1\n", ""},
      {"def f():\n  a += 1\n", "a@f:2"},
      {"a = 1\ndef f():\n  a += 1\n", "a@f:3"},
      {"def f((a, b), c): return a, b\n", ""},
      {"async def f():\n  async with a as b: await b\n  async for c in d: c\n", "a@f:2 d@f:3"},
  });
}

TEST(UnboundNames, OfClasses) {
  expect_unbound({
      {"class C(A, metaclass=M):\n  a = 1\n  b = a\n  def f(self): return a\n", "A:1 M:1 a@C.f:4"},
      {"class C:\n  def f(self): return __class__, super()\n  print(__module__, __qualname__)\n",
       ""},
      {"class C:\n  __class__\ndef f(): __class__, __qualname__\n",
       "__class__@C:2 __class__@f:3 __qualname__@f:3"},
      {"a = 1\nclass C:\n  a += 1\n", ""},
      {"class C:\n  a = 1\n  b = [a for _ in a]\n  c = [_ for _ in b if a]\n", "a@C:3"},
      {"class C:\n  class D: pass\n  def f(self, d: D): return D\n", "D@C.f:3"},
      {"__a = 1\nclass _C:\n  def f(self, __b):\n    return __a, __b, __c__\n",
       "_C__a@_C.f:4 __c__@_C.f:4"},
      {"class __:\n  __a = 1\n  __a\n", ""},
      {"class C:\n  import __a.b\n  _C__a\n", ""},
      {"def f():\n  a = 1\n  class C:\n    b = a\n    def g(self): return a\n", ""},
  });
}

TEST(UnboundNames, OfComprehensions) {
  expect_unbound({
      {"[a for a in b if a if c]\na\n", "b:1 c:1 a:2"},
      {"{a: b for a, b in c}\n{a for a in a}\n(a for b in c for a in b)\n", "c:1 a:2"},
      {"[(b := a) for a in range(3)]\nb\n", ""},
      {"def f():\n  any((b := a) for a in [])\n  return b\n", ""},
      {"[lambda: (b := a) for a in []]\nb\n", "b:2"},
      {"f(a for a in b)\n", "f:1 b:1"},
      {"[a for a in [b for b in c if a]]\n", "c:1 a:1"},
  });
}

TEST(UnboundNames, OfPatterns) {
  expect_unbound({
      {"match a:\n  case [b, *c] | {'k': d, **e} if f: b, c, d, e\n", "a:1 f:2"},
      {"match 1:\n  case A(b, c=d) | x.Y(): b, d, c\n  case m.n | {o.p: q}: q\n",
       "A:2 x:2 c:2 m:3 o:3"},
      {"match 1:\n  case int() as a: a\n  case (b): b\n  case _: _\n", "_:4"},
  });
}

TEST(UnboundNames, WhereANameEnds) {
  expect_unbound({
      {"try: pass\nexcept E as a:\n  a\n  def f(): return a\nprint(a)\n", "E:2 a:5"},
      {"a = 1\ntry: pass\nexcept OSError as a: pass\nprint(a)\n", ""},
      {"def f():\n  try: pass\n  except* OSError as a: a\n  return a\n", "a@f:4"},
      {"a = 1\ndel a\nprint(a)\n", "a:3"},
      {"a = 1\nprint(a)\ndel a\na = 2\n", ""},
      {"a = 1\nif x: del a\nprint(a)\n", "x:2"},
      {"for a in []: pass\ndef f(): return a\ndel a\n", "a@f:2-"},
      {"def f():\n  a = 1\n  del a\n  return a\n", "a@f:4"},
      {"def f():\n  global a\n  a = 1\ndel a\nprint(a)\n", ""},
      {"del a\n", "a:1"},
      {"del a.b, c[d], (e, f)\n", "a:1 c:1 d:1 e:1 f:1"},
      {"len = 1\ndel len\nlen\n", ""},
  });
}

TEST(UnboundNames, WhereAnErrorIsExpected) {
  expect_unbound({
      {"try: unicode\nexcept NameError: unicode = str\n", ""},
      {"try: a\nexcept NameError: b\n", "b:2"},
      {"try: a\nexcept: pass\ntry: b\nexcept (E, NameError): pass\n", "E:4"},
      {"try: a\nexcept Exception: pass\n", "a:1"},
      {"try:\n  def f(): return a\nexcept NameError: pass\n", "a@f:2"},
      {"with raises(NameError): a\nwith b: c\n", "raises:1 b:2 c:2"},
  });
}

TEST(UnboundNames, InAnnotations) {
  expect_unbound({
      {"def f(a: 'b', c: \"d.e[g, 'h']\", i: Literal['j'], k: x['l', 'm n']) -> 'o': 'p'\n",
       "b:1? d:1? g:1? Literal:1 x:1 l:1? o:1?"},
      {"from __future__ import annotations\ndef f(a: b) -> c:\n  d: e = g\n",
       "b:2? c:2? e@f:3? g@f:3"},
      {"from __future__ import annotations as a, division\nb: c\na, division\n", "c:2?"},
      {"def f():\n  a: b = 1\nc: d\n", "b@f:2? d:3"},
      {"if TYPE_CHECKING:\n  from a import b\n  c\nelse:\n  d\ndef f(e: 'b'): pass\n",
       "TYPE_CHECKING:1 c:3? d:5"},
      {"a: 'not a name'\nb: f'{c}'\nd: 'e' 'f'\nx = 'y'\nz: g('h')\n", "c:2 g:5"},
  });
}

TEST(UnboundNames, WithTypeParameters) {
  expect_unbound({
      {"def f[T: A, *Ts, **P](a: T = T) -> P: return T, Ts\n", "A:1 T:1"},
      {"class C[T](B[T]):\n  a = T\n  def f[U](self, b: a, c: T) -> U: return a\n", "B:1 a@C.f:3"},
      {"type A[T] = B[T] | c\nA\n", "B:1? c:1?"},
      {"type(a).b = c\n", "a:1 c:1"},
  });
}

TEST(UnboundNames, NoneOfWhatIsNoPython) {
  expect_unbound({
      {"a b\n", ""},
      {"a\n<<<<<<< x\nb\n", ""},
      {"# -*- coding: nonsense -*-\na\n", ""},
  });
}

TEST(UnboundNames, TakeNoMoreThanTheirTime) {
  std::string large = "a\n";
  for (int i = 0; i < 200'000; ++i) large += "b = [c, d(e)]\n";
  ParseLimits limits;
  limits.time = std::chrono::milliseconds(0);
  EXPECT_FALSE(names_of(large, limits));
  limits.largest = 1000;
  EXPECT_EQ(names_of(large, limits), core::NameFacts{});
}

TEST(UnboundNames, DeepNestingIsNoTrouble) {
  std::string deep(20'000, '(');
  EXPECT_EQ(unbound_in(deep + "a" + std::string(20'000, ')') + "\n"), "a:1");
}

std::string bound_as(std::string_view source, const std::string& name, std::string_view scope) {
  const auto found = binding_of(source, name, scope);
  if (!found) return "-";
  return std::to_string(static_cast<int>(found->kind)) + "@" + found->scope + ":" +
         std::to_string(found->line);
}

TEST(BindingOf, IsWhatAUseFinds) {
  constexpr std::string_view kSource =
      "import a\nclass C:\n  def f(self, b, *, c=1):\n    def g():\n      return a, b, d\n    d = "
      "1\n  b = 2\n";
  EXPECT_EQ(bound_as(kSource, "a", "C.f.g"), "1@:1");
  EXPECT_EQ(bound_as(kSource, "b", "C.f.g"), "0@C.f:3");
  EXPECT_EQ(bound_as(kSource, "d", "C.f.g"), "3@C.f:6");
  EXPECT_EQ(bound_as(kSource, "b", "C"), "3@C:7");
  EXPECT_EQ(bound_as(kSource, "C", "D.x"), "2@:2");
  EXPECT_EQ(bound_as(kSource, "e", "C.f"), "-");
  EXPECT_EQ(bound_as("e +=", "e", ""), "-");
}

TEST(NameFacts, AreReadAgain) {
  const core::NameFacts facts{{{"a", "C.f", 3, core::UnboundName::Doubt::deleted}, {}},
                              {{core::Repeat::What::parameter, "b", 1, 2, true}, {}}};
  const std::string bytes = core::serialize(facts);
  EXPECT_EQ(core::thaw_names(bytes), facts);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(core::thaw_names(bytes.substr(0, length))) << length;
  EXPECT_FALSE(core::thaw_names(bytes + '\0'));
}

}  // namespace
}  // namespace gs::python
