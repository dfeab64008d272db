#include <algorithm>
#include <random>

#include "tests/unit/python/imports_test_support.h"

using gs::test::expect_facts;
using gs::test::Facts;
using gs::test::facts_of;

namespace {

constexpr const char* kUnreadable = "! an import statement that makes no sense";
constexpr const char* kString = "! a string without its end";
constexpr const char* kBracket = "! a bracket without its counterpart";
constexpr const char* kIndent = "! a line indented as no block is";
constexpr const char* kMarker = "! a conflict marker of an unfinished merge";
constexpr const char* kSyntax = "! a line that is no Python";

std::string at(int line, const char* text) {
  return std::to_string(line) + text;
}

TEST(BrokenImports, AreNeverSilent) {
  for (const std::string statement : {"import",
                                      "import a,",
                                      "import a.",
                                      "import .a",
                                      "import a as",
                                      "import a b",
                                      "import a as b.c",
                                      "import (a)",
                                      "import *",
                                      "import 1a",
                                      "import if",
                                      "import a as None",
                                      "import a; from",
                                      "from",
                                      "from a",
                                      "from a import",
                                      "from a import b,",
                                      "from a import (b c)",
                                      "from a import ()",
                                      "from a import (*)",
                                      "from a import b.c",
                                      "from a import b as",
                                      "from import a",
                                      "from . import",
                                      "from a. import b",
                                      "from 'a' import b",
                                      "from a import (b))",
                                      "from a import (b]",
                                      "x = import a",
                                      "foo import a",
                                      "print(import a)",
                                      "if import: pass",
                                      "if x: y import z",
                                      "from a import b if x else c",
                                      "import a = b",
                                      "import\xc2\xa0"
                                      "a",
                                      "import a\\ \n"}) {
    const Facts facts = facts_of("import first\n" + statement + "\nimport last\n");
    const auto holds = [&](const std::string& fact) {
      return std::find(facts.begin(), facts.end(), fact) != facts.end();
    };
    EXPECT_TRUE(holds("1 import first")) << statement;
    EXPECT_TRUE(holds("3 import last") || holds("4 import last")) << statement;
    EXPECT_TRUE(holds(at(2, kUnreadable)) || holds(at(2, kSyntax))) << statement;
  }
}

TEST(BrokenSources, StillYieldWhatStandsElsewhere) {
  expect_facts({
      {"x = 'a\nimport b", {"2 import b", at(1, kString)}},
      {"f('a\nimport b", {"2 import b", at(1, kString), at(1, kBracket)}},
      {"x = \"\"\"a\nimport b\nimport c", {"2 import b", "3 import c", at(1, kString)}},
      {"x = f'{a\nimport b", {"2 import b", at(1, kString)}},
      {"x = (1,\nimport b", {"2 import b", at(1, kBracket)}},
      {"x = [{(\n  from a.b import b", {"2 from a.b: b", at(1, kBracket), at(2, kIndent)}},
      {"from a import (b,\n  c\nimport d", {"3 import d", at(1, kUnreadable), at(1, kBracket)}},
      {"def f(a:\n  import b", {"2 import b (function)", at(1, kBracket)}},
      {"x = (yield\n  from y)\nimport a", {"3 import a"}},
      {"x = f(a,\n  b=1; import c", {"2 import c", at(1, kBracket)}},
      {"x = 1)\nimport a", {"2 import a", at(1, kBracket)}},
      {"x = (1]\nimport a", {"2 import a", at(1, kBracket)}},
      {"x = [(1,\ndef f():\n  import a", {"3 import a (function)", at(1, kBracket)}},
      {"x = (1", {at(1, kBracket)}},
      {"if x:\nimport a", {"2 import a", at(2, kIndent)}},
      {"  import a", {"1 import a", at(1, kIndent)}},
      {"def f():\n    pass\n  import a", {"3 import a (function)", at(3, kIndent)}},
      {"def f():", {at(1, kIndent)}},
      {"def f()\n  import a", {"2 import a (function)", at(1, kSyntax)}},
      {"esle:\n  import a", {"2 import a", at(1, kSyntax)}},
      {"else:\n  import a", {"2 import a", at(1, kSyntax)}},
      {"except ImportError:\n  import a", {"2 import a", at(1, kSyntax)}},
      {"try:\n  import a\nimport b", {"2 import a", "3 import b", at(1, kSyntax)}},
      {"if a: if b: import c\nimport d", {"2 import d", at(1, kSyntax), at(1, kUnreadable)}},
      {"x = a ? b : c\n$x = 1\n!ls\nimport a",
       {"4 import a", at(1, kSyntax), at(2, kSyntax), at(3, kSyntax)}},
  });
}

TEST(BrokenSources, WithNulBytes) {
  using namespace std::string_literals;
  expect_facts({{"x = 1\n\0\nimport a\n'\0'"s, {"3 import a", "2! a NUL byte"}},
                {"import a\0"s, {"1! a NUL byte", at(1, kUnreadable)}}});
}

TEST(BrokenSources, WithConflictMarkers) {
  expect_facts({
      {"<<<<<<< HEAD\nimport a\n||||||| base\n=======\nfrom b import c\n>>>>>>> other\nimport d",
       {"2 import a", "5 from b: c", "7 import d", at(1, kMarker), at(3, kMarker), at(4, kMarker),
        at(6, kMarker)}},
      {"from a import (\n<<<<<<< HEAD\n  b,\n=======\n  c,\n>>>>>>> x\n)\nimport d",
       {"1 from a: b, c", "8 import d", at(6, kMarker)}},
      {"x = [\n<<<<<<<\n1,\n=======\n2,\n>>>>>>>\n]\nimport d",
       {"8 import d", at(2, kMarker), at(4, kMarker), at(6, kMarker)}},
      {"'''\n=======\n'''\nimport a", {"4 import a"}},
  });
}

TEST(Python2, ImportsAreAllFound) {
  const Facts facts = facts_of(
      "print 'a', `b`\nimport a\nexec 'import x' in d\nif a <> 0777L: import b\nraise E, 'x'\nx = "
      "ur'\\'; import c\n"
      "try:\n  import d\nexcept ImportError, e:\n  print >>f, 'x'\ndef g((a, b)): from h import "
      "*\nnonlocal = f(\n  nonlocal=1)\n"
      "import z\n");
  const Facts imports(facts.begin(), facts.begin() + 6);
  EXPECT_EQ(imports, (Facts{"2 import a", "4 import b", "8 import d (guarded)",
                            "11 star h (function)", "14 import z", at(1, kSyntax)}));
}

TEST(LargeSources, TakeLinearTime) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  // Every one of them takes minutes or the stack if something is not linear.
  for (const std::string part : {"(",
                                 "[{(",
                                 "f'{",
                                 "f'''{",
                                 "'''",
                                 "\"\"\"\n",
                                 "if a: ",
                                 "x; ",
                                 "import a; ",
                                 "\\\n",
                                 "a.",
                                 "__import__(",
                                 "__import__('a',",
                                 "f'{f\"{",
                                 "not ",
                                 "lambda: ",
                                 "<<<<<<<\n",
                                 "(\n",
                                 "f('''\n",
                                 "if TYPE_CHECKING and (",
                                 "except (",
                                 "\xc3\xa9",
                                 "from a import (",
                                 "from a import (\n",
                                 "a\xff",
                                 "if x:\n ",
                                 "class a: import b\n",
                                 "f'{x:{",
                                 "import_module = a; "})
    facts_of(repeated(part, 100000));
  for (const std::string part :
       {"if TYPE_CHECKING", "except ", "import_module(", "x = __import__("})
    facts_of(part + repeated("(", 200000));
  facts_of("x = '" + std::string(5 << 20U, 'a') + "'; import a");
  const Facts facts = facts_of("x = [" + repeated("1, 'ab', (2), ", 400000) + "]; import a");
  EXPECT_EQ(facts, Facts{"1 import a"});
  EXPECT_EQ(facts_of(repeated("(", 20000) + repeated(")", 20000) + "; import a"),
            Facts{"1 import a"});
  EXPECT_FALSE(facts_of(repeated("f'{", 20000)).empty());
  std::string deep;
  for (int i = 0; i < 1500; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "if x:\n";
  facts_of(deep + std::string(1500, ' ') + "import a");
  EXPECT_EQ(facts_of(std::string(gs::python::kLargestSource + 1, ' ')),
            Facts{"1! more bytes than are read at all"});
}

TEST(RandomSources, AlwaysHaveAnAnswer) {
  static const std::vector<std::string> kWords{"import ",
                                               "from ",
                                               "a",
                                               ".",
                                               "(",
                                               ")",
                                               "'",
                                               "\"",
                                               "'''",
                                               "\"\"\"",
                                               "f'",
                                               "{",
                                               "}",
                                               "\n",
                                               "\n  ",
                                               "\\\n",
                                               ":",
                                               ";",
                                               "if ",
                                               "else:",
                                               "try:",
                                               "except ",
                                               "def f():",
                                               "class A:",
                                               "#",
                                               "\t",
                                               "\r",
                                               "\f",
                                               "lambda",
                                               "TYPE_CHECKING",
                                               "not ",
                                               "*",
                                               ",",
                                               " as ",
                                               "import_module",
                                               "__import__('a')",
                                               "=",
                                               "\xc3\xa9",
                                               "\xff",
                                               "$",
                                               "<<<<<<<\n",
                                               "in ",
                                               "# coding: gbk\n"};
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string source;
    for (auto left = random() % 40; left > 0; --left) source += kWords[random() % kWords.size()];
    facts_of(source);
  }
}

}  // namespace
