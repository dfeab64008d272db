// What a gate asks of file_locks.json: which of these locks stand on ten changed paths?
#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "lib/store/lock_scan.h"

namespace {

std::string path_of(int number) {
  return "llm/agents/area_" + std::to_string(number / 100) + "/module_" + std::to_string(number) +
         ".py";
}

// As `git stream lock` writes it.
std::string lock_file(int locks) {
  std::string text = "{\n  \"locks\": {";
  for (int i = 0; i < locks; ++i) {
    text += i == 0 ? "\n" : ",\n";
    text += "    \"" + path_of(i) + "\": {\n      \"agent\": \"agent-F" +
            std::to_string(i % 9 + 1) +
            "\",\n      \"stream\": \"F\",\n      \"acquired\": \"2025-12-06T10:00:00Z\",\n"
            "      \"expires\": \"2025-12-06T11:00:00Z\",\n"
            "      \"task\": \"Consolidate sentiment (5→1)\",\n      \"generation\": " +
            std::to_string(i + 1) + ",\n      \"automatic\": false\n    }";
  }
  return text + "\n  },\n  \"version\": 1,\n  \"generation\": " + std::to_string(locks) + "\n}\n";
}

using Reader = std::optional<gs::core::LockTable> (*)(std::string_view,
                                                      const gs::store::WantedPaths&);

void read_lock_file(benchmark::State& state, Reader reader) {
  const std::string text = lock_file(static_cast<int>(state.range(0)));
  std::vector<std::string> changed;
  for (int i = 0; i < 10; ++i) changed.push_back("observability/area/module_" + std::to_string(i));
  const gs::store::WantedPaths wanted(changed);
  for (auto _ : state) {
    const auto found = reader(text, wanted);
    if (!found) state.SkipWithError("the text is not read");
    benchmark::DoNotOptimize(found);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(read_lock_file, checked, gs::store::scan_locks)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(read_lock_file, sealed, gs::store::find_locks)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
