#include <gtest/gtest.h>
#include <string>

#include "lib/python/packaging/requirement.h"
#include "lib/python/packaging/toml.h"

namespace gs::python {
namespace {

// "name|==1,<2|marker"
std::string read(std::string_view text) {
  const auto one = parse_requirement(text);
  if (!one) return "none";
  std::string versions;
  for (const VersionSpecifier& version : one->versions)
    versions += (versions.empty() ? "" : ",") + version.comparison + version.version;
  return one->name + "|" + versions + "|" + one->marker;
}

TEST(Requirement, IsRead) {
  const std::pair<const char*, const char*> cases[] = {
      {"numpy", "numpy||"},
      {"Typing_Extensions >= 4.0, <5", "typing-extensions|>=4.0,<5|"},
      {"requests[security,socks]==2.31.0", "requests|==2.31.0|"},
      {"zope.interface~=6.1", "zope-interface|~=6.1|"},
      {"tomli (>=2.0) ; python_version < \"3.11\"", "tomli|>=2.0|python_version<'3.11'"},
      {"a===1.0.dev1", "a|===1.0.dev1|"},
      {"a!=1.*", "a|!=1.*|"},
      {"a @ https://example.org/a.whl", "none"},
      {"https://example.org/a.whl", "none"},
      {"./local", "none"},
      {"-e .", "none"},
      {"-r other.txt", "none"},
      {"a==", "none"},
      {"a == 1.0 2.0", "none"},
      {"a[", "none"},
      {"", "none"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(Requirement, OfAFile) {
  std::string text;
  for (const Requirement& one : requirements_of("# all\nnumpy==1.0  # pinned\n\n-r more.txt\n"
                                                "pandas>=2 \\\n  --hash=sha256:aa\nflask"))
    text += one.name + ":" + std::to_string(one.line) + " " + one.text + "\n";
  EXPECT_EQ(text, "numpy:2 numpy==1.0\npandas:5 pandas>=2\nflask:7 flask\n");
}

TEST(Requirement, Contradiction) {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"a==1.0", "a==2.0", true},       {"a==1.0", "a==1", false},
      {"a==1.0", "a==1.0.1", true},     {"a==1.5", "a>=1,<2", false},
      {"a==2.5", "a>=1,<2", true},      {"a>=2", "a<2", true},
      {"a>=2", "a<=2", false},          {"a>2", "a<=2", true},
      {"a>=2,<3", "a>=3", true},        {"a>=1.4", "a<1.4.1", false},
      {"a~=1.4", "a>=2", true},         {"a~=1.4", "a==1.9", false},
      {"a~=1.4.2", "a==1.5", true},     {"a==1.*", "a==1.7", false},
      {"a==1.*", "a==2.0", true},       {"a==1.*", "a==2.*", true},
      {"a==1.0", "a!=1.0.0", true},     {"a", "a==1", false},
      {"a==1.0rc1", "a==2.0", false},   {"a==1!1.0", "a==1.0", false},
      {"a===1", "a===2", false},        {"a!=1.*", "a==1.5", false},
      {"a>=99999999999", "a<1", false},
  };
  for (const auto& [one, other, expected] : cases) {
    EXPECT_EQ(contradict(*parse_requirement(one), *parse_requirement(other)), expected)
        << one << " " << other;
    EXPECT_EQ(contradict(*parse_requirement(other), *parse_requirement(one)), expected)
        << other << " " << one;
  }
}

// "[tool.x]:1; tool.x.key:2 'text'"
std::string entries(std::string_view toml) {
  const auto found = toml_entries(toml);
  if (!found) return "none";
  std::string text;
  for (const TomlEntry& entry : *found) {
    std::string key;
    for (const std::string& part : entry.key) key += (key.empty() ? "" : ".") + part;
    text += (text.empty() ? "" : "; ") + (entry.table ? "[" + key + "]" : key) + ":" +
            std::to_string(entry.line);
    for (const TomlString& string : entry.strings)
      text += " '" + string.text + "'" + std::to_string(string.line);
  }
  return text;
}

TEST(Toml, Entries) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"# nothing\n\n", ""},
      {"a = 1\n", "a:1"},
      {"a = 'x' # comment\r\nb = \"y\"", "a:1 'x'1; b:2 'y'2"},
      {"[ tool . 'x y' ]\na.b = true\n", "[tool.x y]:1; tool.x y.a.b:2"},
      {"a = [\n  'x', # one\n  [\"y\"],\n]\nb = 2\n", "a:1 'x'2 'y'3; b:5"},
      {"a = {b = 'x', c = [1, 2]}\nd = 1\n", "a:1; d:2"},
      {"a = '''\nx'\n''''\nb = 1\n", "a:1 '\nx'\n''1; b:4"},
      {"a = \"\"\"x\\\ny\\\"\"\"\"\nb = 1\n", "a:1 'x\\\ny\\\"'1; b:3"},
      {"a = 1979-05-27 07:32:00\nb = inf\n", "a:1; b:2"},
      {"[[t]]\na = 1\n[[t]]\na = 2\n[t.u]\nb = 1\n",
       "[t.0]:1; t.0.a:2; [t.1]:3; t.1.a:4; [t.1.u]:5; t.1.u.b:6"},
      {"[[t]]\n[[t.u]]\n[[t.u]]\n[[t]]\n[[t.u]]\n",
       "[t.0]:1; [t.0.u.0]:2; [t.0.u.1]:3; [t.1]:4; [t.1.u.0]:5"},
      {"a 1\n", "none"},
      {"a = 'x\n", "none"},
      {"a = [1\n", "none"},
      {"a = 1 b = 2\n[", "none"},
      {"= 1\n", "none"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(entries(text), expected) << text;
}

}  // namespace
}  // namespace gs::python
