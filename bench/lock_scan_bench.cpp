// What a gate asks of file_locks.json: which of these locks stand on ten changed paths?
#include <benchmark/benchmark.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "lib/state/lock_file.h"

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

using gs::state::WantedPaths;

// Every byte is checked for damage; as a gate does when somebody else wrote the file.
void checked(std::string_view text, const WantedPaths& wanted) {
  benchmark::DoNotOptimize(gs::state::locks_in(text, wanted));
}

// Written by us, and by nobody since: the usual case.
void stamped(std::string_view text, const WantedPaths& wanted) {
  const auto found = gs::state::find_locks(text, wanted);
  if (!found) throw std::runtime_error("the text is not read");
  benchmark::DoNotOptimize(found);
}

// As those who change it.
void as_a_value(std::string_view text, const WantedPaths&) {
  benchmark::DoNotOptimize(gs::state::parse_lock_file(text));
}

void as_json(std::string_view text, const WantedPaths&) {
  benchmark::DoNotOptimize(gs::core::parse_json(text));
}

void read_lock_file(benchmark::State& state, void (*read)(std::string_view, const WantedPaths&)) {
  const std::string text = lock_file(static_cast<int>(state.range(0)));
  std::vector<std::string> changed;
  for (int i = 0; i < 10; ++i) changed.push_back("observability/area/module_" + std::to_string(i));
  const WantedPaths wanted(changed);
  for (auto _ : state) read(text, wanted);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK_CAPTURE(read_lock_file, checked, checked)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(read_lock_file, stamped, stamped)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(read_lock_file, as_a_value, as_a_value)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(read_lock_file, as_json, as_json)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
