#include <gmock/gmock.h>

#include "tests/unit/report/merge_report_support.h"

namespace gs::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string faults(const std::string& page) {
  const process::Result result =
      python({std::string(GS_SOURCE_DIR) + "/tests/unit/report/check_page.py"}, page);
  return result.output + result.errors;
}

MergeReport empty() {
  MergeReport all;
  all.repository = "bot";
  all.branch = "develop";
  all.commit = std::string(40, 'a');
  all.made_at = at(0);
  return all;
}

TEST(Html, IsWellFormedAloneAndReadableByEverybody) {
  for (const MergeReport& all : {full_report(), hostile(), empty()})
    EXPECT_EQ(faults(html(all)), "\n") << all.repository;
}

TEST(Html, TheCheckItselfFindsFaults) {
  std::string page = html(full_report());
  page.insert(page.find("</main>"), "<p onclick=\"x\"><table></table>");
  EXPECT_THAT(faults(page), HasSubstr("onclick"));
}

TEST(Html, NothingThatOthersNameIsMarkup) {
  const std::string page = html(hostile());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
}

TEST(Html, WhatTurnsTextRoundIsShownAndNotObeyed) {
  MergeReport all = full_report();
  all.branch = "de\u202evelop\u2069";
  all.who = "Ada\u2066\u202a";
  all.findings[0].excerpt->lines[1] = "x = 1  # \u202e \u2067 \u200d \u2122";
  const std::string page = html(all);
  EXPECT_THAT(page, HasSubstr("<bdi>de[U+202E]velop[U+2069]</bdi>"));
  EXPECT_THAT(page, HasSubstr("<bdi>Ada[U+2066][U+202A]</bdi>"));
  EXPECT_THAT(page, HasSubstr("x = 1  # [U+202E] [U+2067] \u200d \u2122</mark>"));
}

TEST(Html, ShowsWhatItIsAbout) {
  const std::string page = html(full_report());
  EXPECT_THAT(page, HasSubstr("<h1><bdi>develop</bdi>: 2 violations, tests failed, 1 warning "));
  EXPECT_THAT(page, HasSubstr("<mark class=\"warn\"><i>2</i>from llm import sentiment</mark>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"wrong\">1 of 2 wrong</td>"));
  EXPECT_THAT(page, HasSubstr("agent-F1"));
  EXPECT_THAT(page, HasSubstr("class=\"hold\""));
  MergeReport well = full_report();
  well.findings.clear();
  well.steps.clear();
  EXPECT_THAT(html(well), HasSubstr("<h1><bdi>develop</bdi> is sound <span class=\"badge good\">"));
}

TEST(Html, AMergeThatBringsNothingSaysNoMoreThanThat) {
  MergeReport all = full_report();
  all.findings.clear();
  EXPECT_THAT(html(all), HasSubstr("Layers, circles and imports are as they should be."));
  all.of_merge = true;
  EXPECT_THAT(
      html(all),
      HasSubstr("The merge brings none. In the layers below, 1 import was wrong before it."));
  all.matrix = {};
  EXPECT_THAT(html(all), HasSubstr("The merge brings none.</p>"));
}

// G depends on A and, through F, on A again: only A -> F -> G is drawn.
TEST(Html, DrawsDirectDependenciesOnly) {
  EXPECT_EQ(ask_python("print(data.count(b'class=\"edge\"'))", html(full_report())), "2\n");
}

TEST(Html, CirclesInDependenciesAreDrawn) {
  MergeReport all = full_report();
  all.streams[0].depends_on = {"G"};
  all.streams[0].phase = all.streams[1].phase = all.streams[2].phase = 0;
  EXPECT_EQ(faults(html(all)), "\n");
}

TEST(Html, TheLargestTimelineFitsOnAPage) {
  MergeReport all = full_report();
  all.timeline = timeline(32, 96);
  for (Lane& lane : all.timeline.lanes) {
    for (ActionCounts& counts : lane.bins) counts.fill(12);
    lane.holds.assign(96, false);
    for (std::size_t bin = 0; bin < 96; bin += 2) lane.holds[bin] = true;
  }
  constexpr std::size_t kMost = 2 << 20;
  EXPECT_LT(html(all).size(), kMost);
}

}  // namespace
}  // namespace gs::report
