#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzers/layers.h"

namespace gs::analyzers {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::Pair;

TEST(Baseline, ReadsPairsSortedAndOnce) {
  const Baseline baseline = parse_baseline(
      "# why\n\n  b.c->a\r\na -> z\n a.x ->  y \n# end\nb.c -> a\nmy script -> a", "f");
  EXPECT_THAT(baseline.pairs, ElementsAre(Pair("a", "z"), Pair("a.x", "y"), Pair("b.c", "a"),
                                          Pair("my script", "a")));
  EXPECT_TRUE(baseline.has("a.x", "y"));
  EXPECT_FALSE(baseline.has("a", "y"));
  EXPECT_FALSE(baseline.has("z", "z"));
  EXPECT_FALSE(Baseline{}.has("", ""));
  EXPECT_THAT(parse_baseline("", "f").pairs, IsEmpty());
}

TEST(Baseline, WritesOnePairALine) {
  EXPECT_THAT(print_baseline({{{"a.b", "c"}, {"d", "e.f"}}}), EndsWith("\na.b -> c\nd -> e.f\n"));
}

TEST(Baseline, KeepsNamesThatFilesCanHave) {
  const Baseline odd{
      {{"#a", "\"b\""}, {"a -> b", "c"}, {"a\nb", " c "}, {"\xff", "ü"}, {"", "\\"}}};
  Baseline sorted = odd;
  std::ranges::sort(sorted.pairs);
  EXPECT_EQ(parse_baseline(print_baseline(sorted), "f").pairs, sorted.pairs);
}

TEST(Baseline, NamesTheLineThatIsNoPair) {
  for (const char* line : {"a", "a ->", "-> b", "a -> b -> c", "\"a -> b", "\"a\" b -> c",
                           "a -> \"b\" c", "a -> \"\\9\"", "<<<<<<< HEAD", "a\"b -> c"}) {
    try {
      parse_baseline("a -> b\n\n" + std::string(line) + "\n", ".streams-baseline");
      ADD_FAILURE() << line;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.code(), core::ExitCode::usage);
      EXPECT_EQ(std::string(error.what()),
                ".streams-baseline:3: no pair of modules: " + std::string(line));
      EXPECT_FALSE(error.hint().empty());
    }
  }
}

TEST(Baseline, OnlyShrinksInTheHandsOfAStream) {
  const core::Identity agent{core::StreamId("F"), core::AgentId::parse("F1"),
                             core::Identity::Source::environment};
  const core::Identity stream{core::StreamId("F"), std::nullopt, core::Identity::Source::branch};
  const Baseline before{{{"a", "b"}, {"c", "d"}}}, grown{{{"a", "b"}, {"c", "x"}, {"e", "f"}}};
  EXPECT_THAT(added_pairs(before, grown), ElementsAre(Pair("c", "x"), Pair("e", "f")));
  for (const core::Identity& who : {agent, stream}) {
    const auto found = judge_baseline_change(before, grown, who);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->rule, core::Rule::policy);
    EXPECT_EQ(found->severity, core::Severity::block);
    EXPECT_EQ(found->path, ".streams-baseline");
    EXPECT_EQ(found->message, "only shrinks: c -> x is new (and 1 more)");
    EXPECT_FALSE(judge_baseline_change(grown, Baseline{{{"e", "f"}}}, who));
    EXPECT_FALSE(judge_baseline_change(before, before, who));
  }
  EXPECT_FALSE(judge_baseline_change(before, grown, core::Identity{}));
}

}  // namespace
}  // namespace gs::analyzers
