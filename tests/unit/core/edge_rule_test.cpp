#include <gtest/gtest.h>

#include "lib/core/policy.h"

namespace gs::core {
namespace {

bool matches(const char* rule, const char* importer, const char* target) {
  const auto parsed = EdgeRule::parse(rule);
  EXPECT_TRUE(parsed) << rule;
  return parsed && parsed->matches(importer, target);
}

TEST(EdgeRule, MatchesWholeComponents) {
  EXPECT_TRUE(matches("a.b -> c", "a.b", "c"));
  EXPECT_TRUE(matches("a.b->c", "a.b", "c"));
  EXPECT_FALSE(matches("a.b -> c", "a.bc", "c"));
  EXPECT_FALSE(matches("a.b -> c", "a.b.c", "c"));
  EXPECT_FALSE(matches("a.b -> c", "a", "c"));
  EXPECT_FALSE(matches("a.b -> c", "a.b", "c.d"));
  EXPECT_FALSE(matches("a -> c", "c", "a"));
}

TEST(EdgeRule, TakesAStarForOneComponentAndTwoForAnyNumber) {
  struct Row {
    const char *side, *module;
    bool match;
  };
  const Row rows[] = {
      {"*", "a", true},           {"*", "a.b", false},
      {"a.*", "a", false},        {"a.*", "a.b", true},
      {"a.*", "a.b.c", false},    {"**", "a.b.c", true},
      {"a.**", "a", true},        {"a.**", "a.b.c", true},
      {"a.**", "ab", false},      {"**.a", "a", true},
      {"**.a", "b.c.a", true},    {"**.a", "b.a.c", false},
      {"a.**.z", "a.z", true},    {"a.**.z", "a.b.c.z", true},
      {"a.**.z", "a.z.b", false}, {"a.**.*", "a", false},
      {"a.**.*", "a.b", true},    {"**.x.**.y", "x.y.x.z.y", true},
      {"**.x.y", "x.x.y", true},  {"**.x.*.y", "x.x.z.y", true},
      {"**.**", "a", true},       {"**.x.**", "a.b.c", false},
      {"*.**", "a", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(matches((std::string(row.side) + " -> **").c_str(), row.module, "t.u"), row.match)
        << row.side << " " << row.module;
    EXPECT_EQ(matches((std::string("** -> ") + row.side).c_str(), "t.u", row.module), row.match)
        << row.side << " " << row.module;
  }
}

TEST(EdgeRule, MatchesInLinearTime) {
  std::string rule = "**", module = "a";
  for (int i = 0; i < 200; ++i) rule += ".a.**";
  for (int i = 0; i < 5000; ++i) module += ".a";
  EXPECT_FALSE(matches((rule + ".b -> x").c_str(), module.c_str(), "x"));
}

TEST(EdgeRule, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"a", "a ->", "-> b", "a -> b -> c", "a. -> b", "a -> .b", "a -> b*",
                           "a -> ***", "a b -> c", "a/b -> c", "a -> b.[c]", "->", ""}) {
    EXPECT_FALSE(EdgeRule::parse(text)) << text;
    EXPECT_TRUE(edge_rule_fault(text)) << text;
  }
}

}  // namespace
}  // namespace gs::core
