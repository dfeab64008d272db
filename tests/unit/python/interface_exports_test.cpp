#include <gtest/gtest.h>

#include "tests/unit/python/interface_text.h"

namespace {

using gs::core::Interface;
using gs::python::interface_of;

// "a b" when they are known, "?" when they are not, "-" when there is no `__all__`.
std::string exports_in(std::string_view source) {
  const Interface interface = interface_of(source);
  if (interface.all_unclear) return interface.all ? "both" : "?";
  if (!interface.all) return "-";
  std::string text;
  for (const std::string& name : *interface.all) text += (text.empty() ? "" : " ") + name;
  return text;
}

struct ExportsRow {
  std::string_view source, exports;
};

void expect_exports(std::initializer_list<ExportsRow> rows) {
  for (const ExportsRow& row : rows) EXPECT_EQ(exports_in(row.source), row.exports) << row.source;
}

TEST(Exports, WrittenOut) {
  expect_exports({
      {"a = 1\n", "-"},
      {"__all__ = []\n", ""},
      {"__all__ = ['a', \"b\", u'c', r'd', 'e' 'f', ('g')]\n", "a b c d ef g"},
      {"__all__: list[str] = ('a',)\n", "a"},
      {"__all__ = 'a', 'b'\n", "a b"},
      {"__all__ = [\n  # first\n  'a',\n  'b',  # and\n]\n", "a b"},
      {"__all__ = (['a'] + ['b']) + ['c']\n", "a b c"},
      {"__all__ = ['a']\n__all__ += ('b',)\n__all__.extend(['c'])\n__all__.append('d')\n",
       "a b c d"},
      {"__all__ = ['a', 'b']\n__all__ = __all__ + ['c']\n__all__.remove('a')\n", "b c"},
      {"__all__ = f()\n__all__ = ['a']\n", "a"},
      {"__all__ = ['a']\ndel __all__\n", "-"},
      {"__all__ = ['a']\nfor n in sorted(__all__): print(n, __all__.index(n))\n", "a"},
      {"__all__ = ['a']\ndef __dir__(): return __all__\n", "a"},
      {"__all__ = ['a']\nother.__all__.append('b')\n", "a"},
  });
}

TEST(Exports, Computed) {
  expect_exports({
      {"__all__ = [n for n in dir()]\n", "?"},
      {"__all__ = ['a', b]\n", "?"},
      {"__all__ = ['a', *b]\n", "?"},
      {"__all__ = [b'a']\n", "?"},
      {"__all__ = [f'{a}']\n", "?"},
      {"__all__ = ['\\x61']\n", "?"},
      {"__all__ = ['a'] + other.__all__\n", "?"},
      {"__all__ = ['a']\n__all__ += other.__all__\n", "?"},
      {"__all__ = ['a']\n__all__ -= ['b']\n", "?"},
      {"__all__ = ['a']\nif x: __all__ += ['b']\n", "?"},
      {"if x: __all__ = ['a']\n", "?"},
      {"__all__ += ['a']\n", "?"},
      {"__all__ = ['a']\n__all__[0] = 'b'\n", "?"},
      {"__all__ = ['a']\ndel __all__[0]\n", "?"},
      {"__all__ = ['a']\n__all__.insert(0, 'b')\n", "?"},
      {"__all__ = ['a']\nfor n in x: __all__.append(n)\n", "?"},
      {"__all__ = ['a']\nadd(__all__, 'b')\n", "?"},
      {"__all__ = []\ndef public(f):\n  __all__.append(f)\n__all__ = ['a']\n", "?"},
      {"def f():\n  global __all__\n  __all__ = ['a']\n", "?"},
      {"from a import __all__\n", "?"},
      {"__all__, b = ['a'], 1\n", "?"},
      {"for __all__ in x: pass\n", "?"},
      {"__all__ = ['a', 'b' 'c'\n", "?"},
  });
}

TEST(Exports, DoNotDoubleForEver) {
  std::string source = "__all__ = ['a']\n";
  for (int i = 0; i < 64; ++i) source += "__all__ += __all__\n";
  EXPECT_EQ(exports_in(source), "?");
}

}  // namespace
