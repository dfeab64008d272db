// What a source defines twice in one place: lib/python/names/repeats.h.

#include <array>
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>

#include "lib/python/names/unbound_names.h"

namespace gs::python {
namespace {

// "definition C.f 2-4" each, with "=" where both are alike.
std::string repeats_in(std::string_view source) {
  constexpr std::array kWhat{"definition", "assignment", "attribute",
                             "key",        "argument",   "parameter"};
  std::string text;
  const auto facts = names_of(source);
  if (!facts) return "no time";
  for (const core::Repeat& one : facts->repeated) {
    text += text.empty() ? "" : "; ";
    text += kWhat[static_cast<std::size_t>(one.what)] + (" " + one.name) + " " +
            std::to_string(one.line) + "-" + std::to_string(one.again) + (one.alike ? "=" : "");
  }
  return text;
}

struct Row {
  std::string_view source, repeats;
};

void expect_repeats(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(repeats_in(row.source), row.repeats) << row.source;
}

TEST(Repeats, OfFunctionsAndClasses) {
  expect_repeats({
      {"def f(): pass\ndef g(): pass\ndef f(): return 1\n", "definition f 1-3"},
      {"class C: pass\nasync def g(): pass\nclass C: pass\n", "definition C 1-3="},
      {"class C:\n  def f(self): pass\n  @x\n  def f(self): pass\n", "definition C.f 2-3"},
      {"class C:\n  class D:\n    def f(self): pass\n    def f(self): pass\n",
       "definition C.D.f 3-4="},
      {"def f():\n  def g(): pass\n  def g(): pass\n", ""},
      {"def f(): pass\ndef f(): pass\ndef f(): pass\n", "definition f 1-2=; definition f 2-3="},
  });
}

TEST(Repeats, NotWhereTheyAreMeant) {
  expect_repeats({
      {"@overload\ndef f(a): pass\n@typing.overload\ndef f(b): pass\ndef f(c): pass\n", ""},
      {"class C:\n  @property\n  def f(self): pass\n  @f.setter\n  def f(self, x): pass\n", ""},
      {"@singledispatch\ndef f(a): pass\n@f.register(int)\ndef _(a): pass\n@f.register\ndef _(a): "
       "pass\n",
       ""},
      {"@router.register('a')\ndef f(): pass\n@router.register('b')\ndef f(): pass\n", ""},
      {"def f(): pass\nf = wrap(f)\ndef f(): pass\n", ""},
      {"def f(): pass\nshow(f)\ndef f(): pass\n", ""},
      {"def f(): pass\ndef g(): f()\ndef f(): pass\n", "definition f 1-3="},
      {"def _(): pass\ndef _(): pass\ndef __(): pass\ndef __(): pass\n", ""},
  });
}

TEST(Repeats, NotInBranches) {
  expect_repeats({
      {"if x:\n  def f(): pass\nelse:\n  def f(): pass\n", ""},
      {"try:\n  def f(): pass\nexcept E:\n  def f(): pass\n", ""},
      {"def f(): pass\nif x:\n  def f(): pass\n", ""},
      {"class C:\n  if x:\n    a = 1\n  a = 2\n", ""},
  });
}

TEST(Repeats, OfNamesOfClassesAndAttributes) {
  expect_repeats({
      {"class C:\n  a = 1\n  b = 2\n  a = 2\n", "assignment C.a 2-4"},
      {"class C:\n  a: int\n  a: int = 1\n  a += 1\n", ""},
      {"class C:\n  a = 1\n  a = a + 1\n  b = 1\n  c = b\n  b = 2\n", ""},
      {"a = 1\na = 2\n", ""},
      {"class C:\n  def __init__(self):\n    self.a = None\n    self.b = 1\n    self.a = None\n",
       "attribute C.a 3-5="},
      {"class C:\n  def __init__(self):\n    self.a = 1\n    self.b = self.a\n    self.a = 2\n",
       ""},
      {"class C:\n  def f(self):\n    self.a = 1\n    self.a = 2\n", ""},
  });
}

TEST(Repeats, OfKeysArgumentsAndParameters) {
  expect_repeats({
      {"A = {'a': 1, 'b': 2, 'a': 3}\n", "key A['a'] 1-1"},
      {"f(b={\n  'a': 1,\n  **c,\n  'a': 1})\n", "key b['a'] 2-4="},
      {"f({1: 2, 'a': 1, x: 1, x: 2, f'{a}': 1, f'{a}': 2, 'a': 2})\n", "key {…}['a'] 1-1"},
      {"f(a=1, b=2,\n  a=3)\n", "argument a 1-2"},
      {"f(a=1, b=g(a=2), **c)\n", ""},
      {"def f(a, b, *, a=1): pass\n", "parameter a 1-1"},
      {"lambda a, *b, **a: 1\ndef f(a: a, b=a, *, c, (d, e)): pass\n", "parameter a 1-1"},
  });
}

}  // namespace
}  // namespace gs::python
