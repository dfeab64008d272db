#include "lib/python/interface/literals.h"

#include <gtest/gtest.h>
#include <string>

namespace gs::python {
namespace {

std::string shown(const Literal& value) {
  switch (value.kind) {
    case Literal::Kind::none:
      return "None";
    case Literal::Kind::string:
      return "'" + value.text + "'";
    case Literal::Kind::sequence: {
      std::string text = "[";
      for (const Literal& item : value.items) text += (text.size() > 1 ? ", " : "") + shown(item);
      return text + "]";
    }
    case Literal::Kind::other:
      break;
  }
  return "?";
}

// "C.name=value; …"
std::string assigned(std::string_view source) {
  const auto declared = declarations_of(source);
  if (!declared) return "nothing";
  std::string text;
  for (const AssignedLiteral& one : declared->assigned) {
    text += (text.empty() ? "" : "; ") + (one.class_name.empty() ? "" : one.class_name + ".") +
            one.name + "=" + shown(one.value);
  }
  return text;
}

struct Case {
  const char *source, *expected;
};

TEST(Literals, Assigned) {
  const Case cases[] = {
      {"a = 'x'\n", "a='x'"},
      {"a: str | None = None\n", "a=None"},
      {"a: str\n", ""},
      {"a = ('x')\n", "a='x'"},
      {"a = ('x',)\n", "a=['x']"},
      {"a = 'x', 'y'\n", "a=['x', 'y']"},
      {"a = [\n    ('shop', '0001'),  # first\n]\n", "a=[['shop', '0001']]"},
      {"a = r'x'\n", "a='x'"},
      {"a = u'x'\n", "a='x'"},
      {"a = b'x'\n", "a=?"},
      {"a = f'{x}'\n", "a=?"},
      {"a = 'x\\n'\n", "a=?"},
      {"a = 'x' 'y'\n", "a=?"},
      {"a = f(x)\n", "a=?"},
      {"a = ['x', f(y)]\n", "a=['x', ?]"},
      {"a = []\na += ['x']\n", "a=?"},
      {"a, b = 'x', 'y'\n", "a=?; b=?"},
      {"a = 'x'\na = 'y'\n", "a='y'"},
      {"class M(X):\n    a = ['x']\n\n    def f(self):\n        b = 'y'\n", "M.a=['x']"},
      {"@deco\nclass M:\n    a = 'x'\n", "M.a='x'"},
      {"if x:\n    a = 'x'\n", ""},
      {"def f():\n    a = 'x'\n", ""},
      {"a = (\n", "nothing"},
      {"", ""},
  };
  for (const Case& one : cases) EXPECT_EQ(assigned(one.source), one.expected) << one.source;
}

TEST(Literals, DeepNestingIsNoValue) {
  EXPECT_EQ(assigned("a = " + std::string(50, '[') + "'x'" + std::string(50, ']') + "\n"),
            "a=[[[[[?]]]]]");
}

TEST(Literals, Decorated) {
  const auto declared = declarations_of(
      "@pytest.fixture(name='db', scope='session')\ndef make_db():\n    pass\n"
      "@fixture\ndef user():\n    pass\n"
      "@a\n@b(name=NAME)\nclass C:\n    @c\n    def inner(self): pass\n");
  ASSERT_TRUE(declared);
  std::string text;
  for (const Decoration& one : declared->decorated) {
    text += one.decorator + " " + one.name + ":" + std::to_string(one.line) +
            (one.name_argument ? " " + shown(*one.name_argument) : "") + "\n";
  }
  EXPECT_EQ(text, "pytest.fixture make_db:2 'db'\nfixture user:5\na C:9\nb C:9 ?\n");
}

}  // namespace
}  // namespace gs::python
