// Every interleaving of three hosts that change a store, and what the model finds when the protocol
// is broken.

#include "tests/protocol/protocol_model.h"

#include <cstdio>
#include <cstdlib>
#include <gmock/gmock.h>

namespace gs::coordination::model {
namespace {

std::string told(const Exploration& exploration) {
  std::string text = exploration.violation;
  for (const std::string& step : exploration.trace) text += "\n  " + step;
  return text;
}

Exploration holds(const Limits& limits) {
  Exploration found = explore(limits, Mutation::none);
  EXPECT_EQ(found.violation, "") << told(found);
  std::printf("%zu states: %zu takeovers, %zu late pushes, %zu lost answers, %zu refused swaps\n",
              found.states, found.takeovers, found.late_pushes, found.lost_answers,
              found.refused_swaps);
  return found;
}

// With a sanitizer a state takes ten times as long: two hosts then, all three in the other builds.
#ifdef GS_SANITIZED
constexpr std::size_t kHosts = 2;
#else
constexpr std::size_t kHosts = 3;
#endif

bool whole() {
  return std::getenv("GITSTREAM_LONG") != nullptr;
}

TEST(ProtocolModel, HoldsInEveryInterleavingWithACrash) {
  const Exploration found =
      holds({.changes = 3, .ticks = 2, .crashes = 1, .lost_answers = 0, .hosts = kHosts});
  EXPECT_GT(found.takeovers, 0U);
  EXPECT_GT(found.late_pushes, 0U);
  EXPECT_GT(found.refused_swaps, 0U);
  EXPECT_GT(found.renewals, 0U);
}

TEST(ProtocolModel, HoldsInEveryInterleavingWithALostAnswer) {
  EXPECT_GT(holds({.changes = 3, .ticks = 2, .crashes = 0, .lost_answers = 1}).lost_answers, 0U);
}

TEST(ProtocolModel, HoldsForMoreChanges) {
  if (!whole()) GTEST_SKIP() << "millions of states: with GITSTREAM_LONG";
  holds({.changes = 3, .ticks = 3, .crashes = 1, .lost_answers = 1});
  holds({.changes = 4, .ticks = 2, .crashes = 0, .lost_answers = 0});
  holds({.changes = 3, .ticks = 2, .crashes = 2, .lost_answers = 1});
}

TEST(ProtocolModel, HoldsForACopiedClone) {
  holds({.changes = whole() ? 3 : 2, .ticks = 2, .crashes = 1, .lost_answers = 1, .copied = true});
}

struct Broken {
  const char* name;
  Mutation mutation;
  Property property;
  Limits limits;
};

constexpr Limits kCrash{.changes = 3, .ticks = 2, .crashes = 1, .lost_answers = 1};
constexpr Limits kLater{.changes = 3, .ticks = 3, .crashes = 0, .lost_answers = 0, .hosts = 2};
constexpr Limits kMore{.changes = 4, .ticks = 2, .crashes = 0, .lost_answers = 0, .hosts = 2};
constexpr Limits kRestart{.changes = 3, .ticks = 2, .crashes = 1, .lost_answers = 0, .hosts = 2};
constexpr Limits kCopied{.changes = 2, .ticks = 0, .crashes = 0, .lost_answers = 0, .copied = true};

const Broken kBroken[] = {
    {"NoNonce", Mutation::no_nonce, Property::false_event, kCrash},
    {"BlindRenewal", Mutation::blind_renewal, Property::resurrection, kMore},
    {"Force", Mutation::force, Property::exclusion, kLater},
    {"ForceNumbers", Mutation::force, Property::numbers, kLater},
    {"ForceEvents", Mutation::force, Property::lost_event, kLater},
    {"TrackingRef", Mutation::tracking_ref, Property::exclusion, kLater},
    {"RenewalRestores", Mutation::renewal_restores, Property::resurrection, kMore},
    {"DeadlineFromAnswer", Mutation::deadline_from_answer, Property::exclusion, kLater},
    {"SightingBeforeRead", Mutation::sighting_before_read, Property::exclusion, kLater},
    {"RenewalUnseen", Mutation::renewal_unseen, Property::exclusion, kMore},
    {"UnseenTaken", Mutation::no_margin_for_unseen, Property::exclusion, kLater},
    {"TimesSurviveRestart", Mutation::times_survive_restart, Property::exclusion, kRestart},
    {"UnansweredForgotten", Mutation::unanswered_forgotten, Property::lost_event, kCrash},
    {"LoggedWithoutALook", Mutation::logged_without_a_look, Property::false_event, kCrash},
    {"CutRestartsNumbers", Mutation::cut_restarts_numbers, Property::numbers, kMore},
    {"CopiesTrusted", Mutation::copies_trusted, Property::exclusion, kCopied},
};

class ProtocolModelFinds : public testing::TestWithParam<Broken> {};

TEST_P(ProtocolModelFinds, WhatIsBroken) {
  const Broken& broken = GetParam();
  const Exploration found = explore(broken.limits, broken.mutation, broken.property);
  EXPECT_NE(found.violation, "") << found.states << " states";
  std::printf("after %zu states: %s, by %zu steps\n", found.states, found.violation.c_str(),
              found.trace.size());
}

INSTANTIATE_TEST_SUITE_P(Mutations, ProtocolModelFinds, testing::ValuesIn(kBroken),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gs::coordination::model
