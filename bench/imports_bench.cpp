// Imports from text, over real sources: those below the folders named in GS_BENCH_SOURCES
// (separated by ':'), or the packages of Debian's Python.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lib/python/imports/imports.h"

namespace {

namespace fs = std::filesystem;

std::vector<std::string> sources_below(const std::string& folders) {
  std::vector<std::string> sources;
  for (std::size_t at = 0; at < folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(folders.substr(at, end - at), none)) {
      if (entry.path().extension() != ".py" || !entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      sources.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    at = end + 1;
  }
  return sources;
}

void imports_of_sources(benchmark::State& state, const std::string& folders) {
  const std::vector<std::string> sources = sources_below(folders);
  std::int64_t bytes = 0;
  for (const std::string& source : sources) bytes += static_cast<std::int64_t>(source.size());
  if (sources.empty()) return state.SkipWithError("no Python sources there");
  for (auto _ : state) {
    for (const std::string& source : sources)
      benchmark::DoNotOptimize(gs::python::imports_of(source));
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  state.counters["files"] = static_cast<double>(sources.size());
}

const char* const kGiven = std::getenv("GS_BENCH_SOURCES");

BENCHMARK_CAPTURE(imports_of_sources, library,
                  std::string(kGiven != nullptr ? kGiven : "/usr/lib/python3.11"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(imports_of_sources, django, std::string("/usr/lib/python3/dist-packages/django"))
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(imports_of_sources, packages, std::string("/usr/lib/python3/dist-packages"))
    ->Unit(benchmark::kMillisecond);

}  // namespace
