// The policy of config/trading-bot.yaml: reading, thawing, matching and judging with it.
#include <benchmark/benchmark.h>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "analyzers/judge.h"
#include "lib/core/pattern.h"
#include "lib/policy/policy_cache.h"
#include "lib/policy/policy_file.h"
#include "lib/state/clock.h"

namespace {

using namespace gs;

const std::string& policy_text() {
  static const std::string text = [] {
    std::ifstream file(GS_SOURCE_DIR "/config/trading-bot.yaml");
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }();
  return text;
}

core::Policy example() {
  return policy::parse_policy(policy_text(), "trading-bot.yaml");
}

void parse_policy(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(example());
}
BENCHMARK(parse_policy)->Unit(benchmark::kMicrosecond);

void thaw_policy(benchmark::State& state) {
  const std::string frozen = policy::serialize(example());
  for (auto _ : state) {
    const auto thawed = policy::deserialize(frozen);
    if (!thawed) state.SkipWithError("the cache is not believed");
    benchmark::DoNotOptimize(thawed);
  }
}
BENCHMARK(thaw_policy)->Unit(benchmark::kMicrosecond);

void match_pattern(benchmark::State& state) {
  const std::string path = "observability/area_03/part_07/module_11.py";
  for (auto _ : state) {
    bool deep = core::pattern_matches("observability/**/*.py", path, false);
    bool shallow = core::pattern_matches("models/volatility_*.py", path, false);
    benchmark::DoNotOptimize(deep);
    benchmark::DoNotOptimize(shallow);
  }
  state.SetItemsProcessed(2 * state.iterations());
}
BENCHMARK(match_pattern);

void judge_ten_files(benchmark::State& state) {
  const core::Policy policy = example();
  const core::Identity identity{core::StreamId("B"), core::AgentId::parse("B1"),
                                core::Identity::Source::worktree};
  core::ChangeSet changes(10);
  for (std::size_t i = 0; i < changes.size(); ++i)
    changes[i].path = "observability/area_03/part_07/module_" + std::to_string(i) + ".py";
  const core::LockTable none;
  for (auto _ : state) {
    const core::Verdict verdict =
        analyzers::judge({changes, policy, none, identity, state::now(), &state::offset_at, false});
    if (!verdict.findings.empty()) state.SkipWithError("the files are not in scope");
    benchmark::DoNotOptimize(verdict);
  }
}
BENCHMARK(judge_ten_files)->Unit(benchmark::kMicrosecond);

}  // namespace
