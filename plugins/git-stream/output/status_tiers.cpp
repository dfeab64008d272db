#include "plugins/git-stream/output/status_tiers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "plugins/git-stream/output/status_report.h"

namespace gs::command {

namespace {

struct TierRow {
  const char* name;
  std::array<std::string_view, 2> gates;
  const char* meaning;  // when it is the strongest
};

constexpr std::array kTiers{
    TierRow{"commit",
            {"pre-commit", "pre-merge-commit"},
            "what goes past `git commit` and `git merge` is not judged"},
    TierRow{"ref update", {"reference-transaction"}, "whatever moves a branch here is judged"},
    TierRow{"push", {"pre-push"}, "what stays here may be anything"},
    TierRow{"server", {"pre-receive"}, "whatever is pushed here is judged"},
};

const char* meaning_of(const std::string& name) {
  for (const TierRow& row : kTiers)
    if (row.name == name) return row.meaning;
  return "nothing is judged here";
}

}  // namespace

std::vector<Tier> tiers_of(const std::vector<install::HookReport>& hooks) {
  std::vector<Tier> tiers;
  for (const TierRow& row : kTiers) {
    Tier tier{row.name, {}, true};
    bool known = false;
    for (const std::string_view gate : row.gates) {
      if (gate.empty()) continue;
      tier.gates.emplace_back(gate);
      const auto hook = std::find_if(hooks.begin(), hooks.end(),
                                     [&](const auto& one) { return one.name == gate; });
      known = known || hook != hooks.end();
      tier.in_force = tier.in_force && hook != hooks.end() && in_place(*hook);
    }
    if (known) tiers.push_back(std::move(tier));
  }
  return tiers;
}

std::string strongest(const std::vector<Tier>& tiers) {
  for (const char* name : {"server", "ref update", "push", "commit"}) {
    const bool holds = std::any_of(tiers.begin(), tiers.end(), [&](const Tier& tier) {
      return tier.in_force && tier.name == name;
    });
    if (holds) return name;
  }
  return {};
}

std::string tier_text(const std::vector<Tier>& tiers, const core::Identity& who,
                      const core::Policy& policy) {
  std::string names;
  for (const Tier& tier : tiers)
    if (tier.in_force) names += (names.empty() ? "" : ", ") + tier.name;
  const std::string best = strongest(tiers);
  std::string text = (names.empty() ? "none" : names) + ": " + meaning_of(best);
  const bool alone = who.outsider() && policy.rules.outsider == core::Outsider::allow;
  if (!best.empty() && best != "server" && alone) text += ", for an outsider by locks alone";
  return text;
}

}  // namespace gs::command
