#include "tests/unit/python/imports_test_support.h"

using gs::test::expect_facts;
using gs::test::Facts;
using gs::test::facts_of;

namespace {

TEST(Imports, AreReadInEveryForm) {
  expect_facts({
      {"import os", {"1 import os"}},
      {"import os.path as p, sys", {"1 import os.path as p", "1 import sys"}},
      {"import a . b", {"1 import a.b"}},
      {"import a\\\n.b", {"1 import a.b"}},
      {"from a.b import c", {"1 from a.b: c"}},
      {"from a import b as c, d", {"1 from a: b as c, d"}},
      {"from a import (b, # c\n  c as d,\n)", {"1 from a: b, c as d"}},
      {"from a import *", {"1 star a"}},
      {"from a import*", {"1 star a"}},
      {"from . import a", {"1 from .: a"}},
      {"from.import a", {"1 from .: a"}},
      {"from . . .a import(b)", {"1 from ...a: b"}},
      {"from ....a.b import *", {"1 star ....a.b"}},
      {"from a \\\n  import b", {"1 from a: b"}},
      {"from __future__ import annotations", {}},
      {"from .__future__ import a", {"1 from .__future__: a"}},
      {"import __future__", {"1 import __future__"}},
      {"from a import b # c\nimport d", {"1 from a: b", "2 import d"}},
      {"import match, case, type, print",
       {"1 import match", "1 import case", "1 import type", "1 import print"}},
      {"from foo.async import bar", {"1 from foo.async: bar"}},
  });
}

// Python 3.15. Where `lazy` must not stand it is an error of the compiler's, and an import here.
TEST(Imports, MayBeLazy) {
  expect_facts({
      {"lazy import a.b as c, d", {"1 import a.b as c", "1 import d"}},
      {"lazy from .a import (b,\n c as d)", {"1 from .a: b, c as d"}},
      {"lazy \\\n  import a", {"1 import a"}},
      {"x = 1; lazy import a; lazy from b import *", {"1 import a", "1 star b"}},
      {"def f():\n  lazy import a", {"2 import a (function)"}},
      {"lazy = 1\nlazy.x\nlazy(y)\nlazy: int\nimport lazy", {"5 import lazy"}},
      {"if lazy:\n  import a", {"2 import a"}},
      {"x = f(1,\nlazy import a", {"2 import a", "1! a bracket without its counterpart"}},
      {"lazy import", {"1! an import statement that makes no sense"}},
  });
}

TEST(Imports, CountWhereverTheyStand) {
  expect_facts({
      {"if False:\n  import a", {"2 import a"}},
      {"if x: import a", {"1 import a"}},
      {"if x: y = 1; import a", {"1 import a"}},
      {"a = 1; import b ; from c import d;", {"1 import b", "1 from c: d"}},
      {"x = [\n1,\n2]; import a\nimport b", {"3 import a", "4 import b"}},
      {"if x: \\\n  import a", {"2 import a"}},
      {"if (lambda: x)(): import a", {"1 import a"}},
      {"if lambda: x: import a", {"1 import a"}},
      {"if x := y: import a", {"1 import a"}},
      {"for i in {1: 2}[1:]: import a", {"1 import a"}},
      {"match x:\n  case {1: y}: import a\n  case _:\n    import b", {"2 import a", "4 import b"}},
      {"while 1:\n  import a\nelse:\n  import b", {"2 import a", "4 import b"}},
      {"with (open(a) as b,\n   c):\n  import d", {"3 import d"}},
      {"class A: import a", {"1 import a (class)"}},
      {"def f(x=1): import a", {"1 import a (function)"}},
      {"def f() -> int:\n  class A:\n    import a\n    def g(self): pass\n    import b\n  import "
       "c\nimport d",
       {"3 import a (class)", "5 import b (class)", "6 import c (function)", "7 import d"}},
      {"async def f():\n  async with x: import a\n  async for y in x:\n    import b",
       {"2 import a (function)", "4 import b (function)"}},
      {"async \\\n  def f():\n  import a", {"3 import a (function)"}},
      {"type X[T] = int\ndef f[T: int](x: T): import a\nclass A[T]: import b",
       {"2 import a (function)", "3 import b (class)"}},
  });
}

TEST(Imports, AreNoneInStringsAndComments) {
  expect_facts({
      {"'import a'", {}},
      {"\"\"\"\nimport a\n\"\"\"\nimport b", {"4 import b"}},
      {"'''\n\\'''\nimport a\n'''", {}},
      {"r'\\'; import a'", {}},
      {"x = rb'''\nimport a'''", {}},
      {"# import a\n# from b import c", {}},
      {"f'{import_module}'; x = '''import a''' # import b", {}},
      {"f'''{\nx:\n}\nimport a\n'''", {}},
      {"x = 'a\\\nimport b'", {}},
      {"exec('import a')", {}},
      {"important = 1; reimport = 2; x.imports()", {}},
  });
}

TEST(Imports, AreFoundBehindStringsOfEveryKind) {
  for (const std::string string : {"''",
                                   "\"\"",
                                   "''''''",
                                   "'\\''",
                                   "'\\\\'",
                                   "r'\\''",
                                   "u'a'",
                                   "Rb'x'",
                                   "ur'x'",
                                   "\"'\"",
                                   "'''\"'''",
                                   "\"\"\"a\"b\"\"c\\\"\"\"\"",
                                   "f'{x}'",
                                   "f'{{'",
                                   "f'{x!r:>{w}}'",
                                   "f'{x:{y}{z}}'",
                                   "f'{d[\"a\"]}'",
                                   "f'{d['a']}'",
                                   "f'{f'{f'{1}'}'}'",
                                   "f\"{\n x\n}\"",
                                   "f'{x:%H:%M}'",
                                   "f'''{\n'a' # }\n}'''",
                                   "t'{x}{'y'}'",
                                   "fr'\\{x}'",
                                   "rf'\\{6\\}'",
                                   "f'\\N{DASH}'",
                                   "f'\\N{EM DASH}{\"}\"}'",
                                   "f'{lambda x: 1}'",
                                   "f'{x:\\n}'",
                                   "f'{\"{\"}'",
                                   "f\"{x:{'{'}>10}\"",
                                   "f'{x}' '{' f\"}}\"",
                                   "f'{ {1: 2}[1] }'",
                                   "f'{x:{y:{z}}}'",
                                   "f'{'",
                                   "F'{x=}'"}) {
    const Facts facts = facts_of("x = " + string + "; import a\n");
    ASSERT_FALSE(facts.empty()) << string;
    EXPECT_EQ(facts.front().substr(1), " import a") << string;
  }
}

TEST(Imports, LinesEndAsInCPython) {
  expect_facts({
      {"x\r\nimport a\r\n\r\nimport b", {"2 import a", "4 import b"}},
      {"x\rimport a\r\rimport b", {"2 import a", "4 import b"}},
      {"x\r\r\nimport a", {"3 import a"}},
      {"'''\r\n\r\n'''\r\nimport a", {"4 import a"}},
      {"x\n\fimport a\n\f\n  \fimport b", {"2 import a", "4 import b"}},
      {"if x:\n\timport a\n        import b",
       {"2 import a", "3 import b", "3! a line indented as no block is"}},
      {"x = 1 + \\\n  2\nimport a", {"3 import a"}},
      {"\xef\xbb\xbfimport a", {"1 import a"}},
      {"import a", {"1 import a"}},
      {"", {}},
      {"\n", {}},
      {"\\\n", {}},
  });
}

TEST(Imports, FoldIdentifiers) {
  expect_facts({
      {"import \xef\xac\x81le", {"1 import file"}},
      {"import caf\x65\xcc\x81", {"1 import caf\xc3\xa9"}},
      {"from \xe2\x84\x82.x import \xe2\x84\x8c as y", {"1 from C.x: H as y"}},
      {"# coding: latin-1\nimport caf\xe9", {"2 import caf\xc3\xa9"}},
      {"#!x\n# vim: set fileencoding=cp1252 :\nimport caf\xe9", {"3 import caf\xc3\xa9"}},
      {"# coding: koi8-r\nimport \xc1", {"2 import \xd0\xb0"}},
      {"x\n# coding: latin-1\nx = '\xe9'",
       {"3! bytes that the encoding of the file does not have"}},
      {"import a\xe2\x80\x93z",
       {"1! an import statement that makes no sense", "1! a line that is no Python"}},
  });
}

TEST(Imports, OfOtherEncodings) {
  expect_facts({
      {"# coding: gbk\nx = '\x81\x5c'; import a", {"2 import a"}},
      {"# coding: big5\nx = '\xa5\x5c'; import a", {"2 import a"}},
      {"# coding: shift_jis\nx = '\x83\x5c'; y = '\xb1'; import a", {"2 import a"}},
      {"# coding: gb18030\nx = '\x81\x30\x81\x30'; import a", {"2 import a"}},
      {"# coding: euc-jp\nx = '\xa4\xa2'; import a", {"2 import a"}},
      {"# coding: gbk\nimport \xb0\xa1\nimport b",
       {"3 import b", "2! an import statement that makes no sense"}},
      {"# coding: klingon\nimport a",
       {"2 import a", "1! a coding cookie that names no known encoding"}},
      {"x = '\xff'\nimport a",
       {"2 import a", "1! bytes that the encoding of the file does not have"}},
      {"# coding: ascii\nx = '\xc3\xa9'\nimport a",
       {"3 import a", "2! bytes that the encoding of the file does not have"}},
      {"# coding: UTF_8\nimport a", {"2 import a"}},
  });
}

}  // namespace
