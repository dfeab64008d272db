// What is found where Python is broken, strange or far too much: never a crash, never silence.

#include <gtest/gtest.h>

#include "tests/unit/python/interface_text.h"

namespace {

using gs::core::Interface;
using gs::core::Trouble;
using gs::python::expect_interfaces;
using gs::python::interface_of;
using gs::python::names_in;
using gs::python::troubles_in;

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(BrokenInterface, FindsTheRest) {
  expect_interfaces({{"a = 1\nb = = 2\ndef c(): pass\n", "a, b, def c()", "syntax@2"},
                     {"def a(): pass\nx = (1,\ny = 2\nc = 1\n", "def a(), x, c", "syntax@2"},
                     {"a = 1\n<<<<<<< HEAD\nb = 1\n=======\nc = 1\n>>>>>>> other\nd = 1\n",
                      "a, b, c, d", "conflict_marker@2, conflict_marker@4, conflict_marker@6"}});
}

TEST(BrokenInterface, FindsWhatAnOpenBracketHides) {
  expect_interfaces(
      {{"x = (1,\ndef b(y): pass\nc = 1\n", "x, def b(y), c", "syntax@1, syntax@2"},
       {"def a(x: pass\ndef b(): pass\n@c\n\nclass D: d = 1\n", "def b(), @c class D{d}",
        "syntax@1, syntax@2, syntax@5"},
       {"class A:\n  def f(self:\n    pass\n  y = 1\nimport z\n", "class A, import z",
        "syntax@2, syntax@4"},
       {"a = (\nb = '''\ndef c(): pass\n'''\ndef d(): pass\n", "a, def d()", "syntax@1"}});
  const Interface found = interface_of("x = (1,\n\ndef b(): pass\nfrom y import *\n");
  ASSERT_TRUE(found.find("b"));
  EXPECT_EQ(found.find("b")->line, 3U);
  EXPECT_EQ(found.stars.size(), 1U);
}

TEST(BrokenInterface, SaysWhatTheGrammarDoesNotKnow) {
  expect_interfaces({{"try: pass\nexcept A, B: a = 1\nb = 1\n", "?a, b", ""},
                     {"try: pass\nexcept A, B, C: a = 1\nb = 1\n", "?a, b", "syntax@2"},
                     {"class A[T = int]: x = 1\ny = 1\n", "class A{x}, y", "syntax@1"}});
}

// What the grammar does not know is written as what it knows.
TEST(BrokenInterface, TakesPython315) {
  expect_interfaces(
      {{"lazy import a\nlazy from b import c as d\nx = 1; lazy import e\nlazy = 2\n",
        "import a, import d, x, import e, lazy", ""},
       {"def f(a=t'{x!r:>3}'): return T\"{a}\"\ny = rt'' tR'''\n{x}'''\n", "def f(a=), y", ""},
       {"class A:\n  def f(self):\n    lazy import x\n  y = t''\n", "class A{def f(self), y}", ""},
       {"lazy \\\n import a\ndef f(b, c: int = 1): pass\n", "import a, def f(b, c: int=)", ""}});
}

TEST(BrokenInterface, TakesPython2) {
  expect_interfaces(
      {{"print 'a' % b\nprint >>f, c\nexec c\nd = `e`\nraise E, 'f'\ng = 0777L\n", "d, g", ""},
       {"try: a = 1\nexcept E, e: b = 1\n", "?a, ?b", ""}});
}

TEST(BrokenInterface, SurvivesDepthAndWidth) {
  // Each more than 65,535 of something in a row: Debian 12's tree-sitter wrote where it should not.
  for (const std::string& source :
       {repeated("(", 70000),
        repeated("[", 10000),
        repeated("{", 70000),
        repeated(")", 70000),
        repeated("f(", 70000) + repeated(")", 70000) + "\n",
        repeated("def (\n", 70000),
        repeated("f\"{f'{", 50000),
        repeated("*", 70000) + "a\n",
        repeated("(x,", 50000),
        repeated("match (", 50000),
        repeated("not ", 70000) + "x\n",
        repeated("x = ", 70000) + "1\n",
        repeated("#\n", 70000),
        repeated("\\\n", 70000),
        repeated("'", 70000),
        repeated("a.", 70000) + "b\n",
        repeated("@a\n", 70000),
        repeated("(", 50000) + "a := 1" + repeated(")", 50000) + "\n",
        "match x:\n  case " + repeated("[", 50000) + "a" + repeated("]", 50000) + ": pass\n",
        repeated("(a, ", 50000) + repeated(")", 50000) + " = x\n",
        "with " + repeated("(", 50000) + "x as a" + repeated(")", 50000) + ": pass\n",
        "__all__ = " + repeated("['a'] + ", 50000) + "[]\n"}) {
    const Interface interface = interface_of(source);
    EXPECT_EQ(gs::core::thaw_interface(gs::core::serialize(interface)), interface)
        << source.substr(0, 20);
  }
  const gs::python::ParseLimits patient{8U << 20U, std::chrono::minutes(2)};
  const Interface deep =
      interface_of("x = " + repeated("(", 70000) + "1" + repeated(")", 70000) + "\n", patient);
  EXPECT_TRUE(deep.find("x") && deep.partials.empty());
  const Interface wide = interface_of("x = [" + repeated("12345,", 200000) + "]\ny = 1\n", patient);
  EXPECT_TRUE(wide.find("x") && wide.find("y") && wide.partials.empty());
}

TEST(BrokenInterface, NestsAsDeepAsCPython) {
  const auto classes = [](std::size_t depth) {
    std::string source;
    for (std::size_t i = 0; i < depth; ++i) source += std::string(i, ' ') + "class A:\n";
    return source + std::string(depth, ' ') + "x = 1\ny = 1\n";
  };
  EXPECT_EQ(troubles_in(classes(100)), "");
  EXPECT_NE(names_in(classes(100)).find("{x}"), std::string::npos);
  EXPECT_EQ(troubles_in(classes(101)), "syntax@101");
  EXPECT_NE(troubles_in(classes(300)), "");
}

TEST(BrokenInterface, HasLimits) {
  const std::string source = repeated("a = 1\n", 100);
  EXPECT_TRUE(interface_of(source, {600, std::chrono::milliseconds(2000)}).partials.empty());
  const Interface large = interface_of(source, {599, std::chrono::milliseconds(2000)});
  ASSERT_EQ(large.partials.size(), 1U);
  EXPECT_EQ(large.partials[0].trouble, Trouble::too_large);
  EXPECT_TRUE(large.definitions.empty());
  // A limit of nothing is one microsecond.
  const std::string slow = repeated("x = [a, b, (c, d)]\n", 100000);
  const Interface late = interface_of(slow, {slow.size(), std::chrono::milliseconds(0)});
  ASSERT_EQ(late.partials.size(), 1U);
  EXPECT_EQ(late.partials[0].trouble, Trouble::too_large);
  EXPECT_EQ(late.binds("x"), Interface::Answer::unclear);
}

TEST(BrokenInterface, ReadsBytes) {
  expect_interfaces({{"\xEF\xBB\xBFx = 1\n", "x", ""},
                     {"# coding: latin-1\nna\xEFve = 1\n", "naïve", ""},
                     {"#!/x\n# vim: set fileencoding=iso-8859-15 :\n\xBD = 1\n", "œ", ""},
                     {"# coding: cp1252\n\x9A = '\x81'\n", "š", "bad_encoding@2"},
                     {"# coding: koi8-r\n\xC1 = 1\n", "\xD0\xB0", ""},
                     {"x = 1\n# coding: latin-1\ny = '\xEF'\n", "x, y", "bad_encoding@3"},
                     {"# coding: ascii\nx = '\xEF'\n", "x", "bad_encoding@2"},
                     {"# coding: gbk\nx = '\xB0\xA1'\n", "x", "unknown_encoding@1"},
                     {"# coding: gbk\nx = 1\n", "x", ""},
                     {"\n# coding: klingon\nx = 1\n", "x", "unknown_encoding@2"},
                     {"\xEF\xBB\xBF# coding: latin-1\nx = '\xC3\xAF'\n", "x", "unknown_encoding@1"},
                     {"x = '\xFF'\n", "x", "bad_encoding@1"},
                     {"a = 1\r\nb = 2\rc = 3\n", "a, b, c", ""},
                     {std::string("a = 1\nb = '\0'\nc = 3\n", 20), "a, b, c", "nul_byte@2"},
                     {"a = 1\n\fb = 2\n  \f\nc = 3", "a, b, c", ""}});
}

TEST(BrokenInterface, SeesWhatTheGrammarLetsPass) {
  expect_interfaces({{"a = '\nb = 1'\nc = 1\n", "a, c", "open_string@1"},
                     {"a = 'b\\\nc'\nd = '''\n'''\n", "a, d", ""},
                     {"def f():\n    x\n  y = 1\n", "def f(), y", "indentation@3"},
                     {"x = 1\n  y = 2\n", "x, y", "indentation@2"},
                     {"class A:\n  x = 1\n    y = 2\nz = 1\n", "class A{x, y}, z", "indentation@3"},
                     {"if x:\n\ta = 1\n        b = 2\n", "?a, ?b", ""},
                     {"if x: a = 1; b = 2\n", "?a, ?b", ""},
                     {"if x:\n" + std::string(256, ' ') + "a = 1\n", "?a", "indentation@2"}});
}

}  // namespace
