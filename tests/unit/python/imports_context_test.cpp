#include "tests/unit/python/imports_test_support.h"

using gs::test::expect_facts;
using gs::test::Facts;
using gs::test::facts_of;

namespace {

// Of `if TEST: import a` and `else: import b`: which are marked.
std::string marked(const std::string& test) {
  const Facts facts = facts_of("if " + test + ":\n  import a\nelse:\n  import b\n");
  std::string names;
  if (facts.size() != 2) return "?";
  if (facts[0] == "2 import a (type_checking)") names += 'a';
  if (facts[1] == "4 import b (type_checking)") names += 'b';
  return names;
}

TEST(TypeChecking, IsWhatATestSaysOfItsBranches) {
  for (const std::string test :
       {"TYPE_CHECKING", "typing.TYPE_CHECKING", "t.x.TYPE_CHECKING", "(TYPE_CHECKING)",
        "((typing . TYPE_CHECKING))", "not not TYPE_CHECKING", "TYPE_CHECKING and x",
        "x and TYPE_CHECKING", "x(y, z) and (TYPE_CHECKING)",
        "TYPE_CHECKING or TYPE_CHECKING and x", "not (not TYPE_CHECKING or x)",
        "TYPE_CHECKING and not x[1:2]"})
    EXPECT_EQ(marked(test), "a") << test;
  for (const std::string test :
       {"not TYPE_CHECKING", "not (TYPE_CHECKING)", "(not typing.TYPE_CHECKING)",
        "not TYPE_CHECKING or x", "x or not TYPE_CHECKING", "not (TYPE_CHECKING and x)"})
    EXPECT_EQ(marked(test), "b") << test;
  for (const std::string test : {"x",
                                 "TYPE_CHECKING or x",
                                 "x or TYPE_CHECKING",
                                 "x and not TYPE_CHECKING",
                                 "not TYPE_CHECKING and x",
                                 "TYPE_CHECKING()",
                                 "f(TYPE_CHECKING)",
                                 "TYPE_CHECKING.x",
                                 "TYPE_CHECKING == True",
                                 "x not in TYPE_CHECKING",
                                 "TYPE_CHECKING if x else y",
                                 "(TYPE_CHECKING, x)",
                                 "[TYPE_CHECKING]",
                                 "(x := TYPE_CHECKING)",
                                 "lambda: TYPE_CHECKING",
                                 "'TYPE_CHECKING'",
                                 "f().TYPE_CHECKING",
                                 "-TYPE_CHECKING",
                                 "NOT_TYPE_CHECKING",
                                 "await TYPE_CHECKING"})
    EXPECT_EQ(marked(test), "") << test;
}

TEST(TypeChecking, GoesThroughChains) {
  expect_facts({
      {"if x:\n  import a\nelif TYPE_CHECKING:\n  import b\nelse:\n  import c",
       {"2 import a", "4 import b (type_checking)", "6 import c"}},
      {"if not TYPE_CHECKING:\n  import a\nelif x:\n  import b\nelse:\n  import c",
       {"2 import a", "4 import b (type_checking)", "6 import c (type_checking)"}},
      {"if TYPE_CHECKING: import a\nelse: import b\nimport c",
       {"1 import a (type_checking)", "2 import b", "3 import c"}},
      {"if TYPE_CHECKING:\n  def f():\n    if x:\n      import a\nimport b",
       {"4 import a (function, type_checking)", "5 import b"}},
      {"if not TYPE_CHECKING:\n  pass\nif x:\n  pass\nelse:\n  import a", {"6 import a"}},
      {"if not TYPE_CHECKING:\n  if x:\n    pass\n  else:\n    import a\nelse:\n  import b",
       {"5 import a", "7 import b (type_checking)"}},
      {"while TYPE_CHECKING:\n  import a", {"2 import a"}},
  });
}

std::string guarded_by(const std::string& handlers) {
  const Facts facts = facts_of("try:\n  import a\n" + handlers + "\n  pass\n");
  return facts.empty() ? "?" : facts.size() > 1 ? facts[1] : facts[0];
}

TEST(Guarded, IsWhatCatchesImportErrorOrWider) {
  for (const std::string handler :
       {"except:", "except ImportError:", "except Exception as e:", "except BaseException:",
        "except (A, ImportError):", "except (ImportError, A) as e:", "except* ImportError:",
        "except *Exception:", "except A, ImportError:", "except ImportError, e:",
        "except builtins.ImportError:", "except (A, (B, ImportError)):", "except (ImportError):",
        "except A:\n  pass\nexcept ImportError:", "except (A,) + (ImportError,):",
        "except (A,\n  # c\n  ImportError,\n):", "except(ImportError):"})
    EXPECT_EQ(guarded_by(handler), "2 import a (guarded)") << handler;
  for (const std::string handler :
       {"finally:", "except ModuleNotFoundError:", "except A:", "except (A, B) as ImportError:",
        "except x.ImportError:", "except f(ImportError):", "except f(A, ImportError):",
        "except ImportError.x:", "except [ImportError][0]:", "except ImportError if x else A:",
        "except ImportErrors:", "except 'ImportError':", "except (*ImportError, A):"})
    EXPECT_EQ(guarded_by(handler), "2 import a") << handler;
}

TEST(Guarded, IsWhatIsExpectedToFail) {
  const auto within = [](const std::string& entered) {
    return facts_of("with " + entered + ":\n  import a\nimport b");
  };
  for (const std::string entered :
       {"raises(ImportError)", "pytest.raises(ImportError)", "suppress(ModuleNotFoundError)",
        "contextlib.suppress(A, Exception) as x, f()", "self.assertRaises(ImportError) as e",
        "self.assertRaisesRegex(builtins.ImportError, 'x')", "f(), raises((A, ImportError))",
        "(f() as x, raises(BaseException, match='a(b'))", "raises(expected_exception=ImportError)"})
    EXPECT_EQ(within(entered), (Facts{"2 import a (guarded)", "3 import b"})) << entered;
  for (const std::string entered :
       {"raises(A)", "raises(x.ImportError)", "raises(f(ImportError))", "raises", "raises()",
        "raises(A, match='ImportError')", "f(ImportError)", "raises(A), f(ImportError)",
        "suppress(A) as ImportError", "raises.x(ImportError)"})
    EXPECT_EQ(within(entered), (Facts{"2 import a", "3 import b"})) << entered;
  expect_facts({
      {"with raises(ImportError): import a", {"1 import a (guarded)"}},
      {"with raises(\n  # c\n  ImportError,\n):\n  import a\nimport b",
       {"5 import a (guarded)", "6 import b"}},
      {"async def f():\n  async with raises(ImportError):\n    if x:\n      import a",
       {"4 import a (function, guarded)"}},
      {"with raises(ImportError):\n  try:\n    import a\n  except A:\n    import b",
       {"3 import a (guarded)", "5 import b (guarded)"}},
  });
}

TEST(Guarded, IsTheBodyAlone) {
  expect_facts({
      {"try:\n  import a\nexcept ImportError:\n  import b\nelse:\n  import c\nfinally:\n  import "
       "d\nimport e",
       {"2 import a (guarded)", "4 import b", "6 import c", "8 import d", "9 import e"}},
      {"try: import a\nexcept: import b", {"1 import a (guarded)", "2 import b"}},
      {"try:\n  def f():\n    class A:\n      import a\nexcept ImportError: pass",
       {"4 import a (class, guarded)"}},
      {"try:\n  try:\n    import a\n  except A:\n    import b\nexcept ImportError:\n  try:\n    "
       "import c\n  finally:\n    pass",
       {"3 import a (guarded)", "5 import b (guarded)", "8 import c"}},
      {"def f():\n  try:\n    if TYPE_CHECKING:\n      import a\n  except:\n    pass",
       {"4 import a (function, guarded, type_checking)"}},
  });
}

TEST(Calls, AreDynamicImports) {
  const std::string head = "import importlib\n";
  const auto called = [&](const std::string& call) {
    Facts facts = facts_of(head + call);
    return facts.size() == 2 ? facts[1] : facts.size() == 1 ? "" : "?";
  };
  for (const auto& [call, fact] : std::vector<std::pair<std::string, std::string>>{
           {"importlib.import_module('a.b')", "2 dynamic a.b"},
           {"importlib . import_module ( name = 'a' )", "2 dynamic a"},
           {"x(y)[importlib.import_module(\n'a')]", "2 dynamic a"},
           {"importlib.import_module('a' \"b\" r'c' u'.d')", "2 dynamic abc.d"},
           {"importlib.import_module(('a'))", "2 dynamic a"},
           {"importlib.import_module('\\x61\\u0062\\143')", "2 dynamic abc"},
           {"importlib.import_module(f'a')", "2 dynamic a"},
           {"importlib.import_module('.a', __package__)", "2 dynamic .a from __package__"},
           {"importlib.import_module('..a', package=__name__)", "2 dynamic ..a from __name__"},
           {"importlib.import_module('.a', 'p' '.q')", "2 dynamic .a from p.q"},
           {"importlib.import_module('.a', __spec__.parent)", "2 dynamic .a from __package__"},
           {"importlib.import_module('.', 'p')", "2 dynamic . from p"},
           {"importlib.import_module('a', x)", "2 dynamic a"},
           {"importlib.import_module('a', *x)", "2 dynamic a"},
           {"importlib.__import__('a')", "2 dynamic a"},
           {"__import__('a.b', fromlist=['c'])", "2 dynamic a.b: c"},
           {"__import__('a', g, l, ('b', 'c' 'd', x, f(y, 'n'), 'e',), 0)",
            "2 dynamic a: b, cd, e"},
           {"__import__('a', g, l, [x, ['b'], 'c'], level=1)", "2 dynamic .a from __package__: c"},
           {"__import__('a', fromlist=('b'))", "2 dynamic a"},
           {"__import__('a', fromlist=['b.c', '*', ''])", "2 dynamic a"},
           {"__import__('a', fromlist=names)", "2 dynamic a"},
           {"importlib.import_module('a', 'b', 'c', ['d'])", "2 dynamic a"},
           {"__import__('a', globals(), locals(), [], 2)", "2 dynamic ..a from __package__"},
           {"__import__('a', level=-1)", "2 dynamic a"},
           {"__import__('', level=1)", "2 dynamic . from __package__"},
           {"importlib.import_module(b'a')", ""},
           {"importlib.import_module(f'{a}')", ""},
           {"importlib.import_module(t'a')", ""},
           {"importlib.import_module('a' + x)", ""},
           {"importlib.import_module('a' % x)", ""},
           {"importlib.import_module('a'.b)", ""},
           {"importlib.import_module('a' for a in b)", ""},
           {"importlib.import_module(x)", ""},
           {"importlib.import_module(*['a'])", ""},
           {"importlib.import_module(x, 'a')", ""},
           {"importlib.import_module('.a')", ""},
           {"importlib.import_module('.a', x)", ""},
           {"importlib.import_module('')", ""},
           {"importlib.import_module('a..b')", ""},
           {"importlib.import_module('\\ud800')", ""},
           {"__import__('a', level=x)", ""},
           {"__import__('.a')", ""},
           {"__import__('a', **x)", ""},
           {"x.importlib.import_module('a')", ""},
           {"x().import_module('a')", ""},
           {"import_module('a')", ""},
           {"def import_module(name='a'): pass", ""},
           {"f'{importlib.import_module(\"a\")}'", "2 dynamic a"},
           {"Rf'{x!r:>{importlib.import_module(\"a\").w}}'", "2 dynamic a"},
           {"t'{x} {importlib.import_module(\"a\")!r:>3}'", "2 dynamic a"},
           {"f'''\n{\n importlib.import_module('a')=}'''", "4 dynamic a"},
           {"f'{x:{y}} {f\"{importlib.import_module('a')}\"}'", "2 dynamic a"},
           {"f'{{importlib.import_module(\"a\")}}'", ""},
           {"f'{\"importlib.import_module(1)\"} importlib.import_module(\"a\")'", ""},
           {"b'{importlib.import_module(\"a\")}'", ""},
           {"'{importlib.import_module(\"a\")}'", ""},
           {"'importlib.import_module(\"a\")'", ""},
           {"# importlib.import_module('a')", ""}})
    EXPECT_EQ(called(call), fact) << call;
}

TEST(Calls, GoThroughAliases) {
  expect_facts({
      {"import importlib as il\nil.import_module('a')",
       {"1 import importlib as il", "2 dynamic a"}},
      {"import importlib.util\nimportlib.import_module('a')",
       {"1 import importlib.util", "2 dynamic a"}},
      {"import importlib.util as iu\niu.import_module('a')", {"1 import importlib.util as iu"}},
      {"from importlib import import_module\nimport_module('a')",
       {"1 from importlib: import_module", "2 dynamic a"}},
      {"def f():\n  im('a')\nfrom importlib import import_module as im",
       {"2 dynamic a (function)", "3 from importlib: import_module as im"}},
      {"import importlib\nload = importlib.import_module\nif x: load('a')",
       {"1 import importlib", "3 dynamic a"}},
      {"imp = b = __import__\nc = b\nc('a')", {"3 dynamic a"}},
      {"import importlib\nil = importlib\nil.import_module('a')",
       {"1 import importlib", "3 dynamic a"}},
      {"import builtins\nbuiltins.__import__('a')", {"1 import builtins", "2 dynamic a"}},
      {"a = b\nb = a\na.import_module('x')", {}},
      {"def f():\n  from importlib import import_module as load\n  load('a')\ndef g():\n  "
       "load('b')",
       {"2 from importlib: import_module as load (function)", "3 dynamic a (function)"}},
      {"class A:\n  load = __import__\n  load('a')\n  def f(self):\n    load('b')",
       {"3 dynamic a (class)"}},
      {"try:\n  if TYPE_CHECKING:\n    __import__('a')\nexcept ImportError: pass",
       {"3 dynamic a (guarded, type_checking)"}},
      {"x = (1,\n  __import__('a'),\n  __import__('b'))", {"2 dynamic a", "3 dynamic b"}},
      {"@f(__import__('a'))\ndef g(x=__import__('b')): return __import__('c')",
       {"1 dynamic a", "2 dynamic b", "2 dynamic c (function)"}},
      {"__import__('a').b(__import__('c'))", {"1 dynamic a", "1 dynamic c"}},
  });
}

}  // namespace
