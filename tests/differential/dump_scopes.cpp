// Reads paths, one a line, and prints of each file as one line of JSON its scopes and the names
// that it uses and binds nowhere; null where it is no Python to us. usage: dump_scopes [--quiet]
// <paths     (--quiet: only how long it took, for measurements)

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "lib/core/json.h"
#include "lib/python/names/unbound_names.h"

namespace {

using gs::core::Json;

Json scopes_json(const gs::python::ScopeTable& table) {
  Json::Array scopes;
  for (const auto& scope : table.scopes) {
    Json::Object names;
    for (const auto& [name, symbol] : scope.symbols) {
      std::string how = symbol.global ? "g" : symbol.nonlocal ? "n" : "";
      for (const auto& binding : symbol.bindings) {
        const char* const letters = binding.elsewhere ? "PIDAHXTR" : "pidahxtr";
        how += letters[static_cast<int>(binding.kind)];
      }
      names.push_back({name, how});
    }
    scopes.emplace_back(Json::Array{static_cast<int>(scope.kind), scope.name, scope.line,
                                    static_cast<std::uint32_t>(scope.parent), std::move(names)});
  }
  return scopes;
}

// Whether it stands where a `del` or `+=` has its target.
bool is_target(const gs::python::ScopeTable& table, std::size_t scope,
               const gs::python::NameUse& use) {
  const auto& symbols = table.scopes[scope].symbols;
  const auto symbol = symbols.find(use.name);
  return symbol != symbols.end() &&
         std::ranges::any_of(symbol->second.bindings,
                             [&](const auto& one) { return one.range.begin == use.at; });
}

Json to_json(const gs::python::ScopeTable& table) {
  Json::Array uses, unbound;
  for (const auto& use : table.uses) {
    const auto found = scope_of(table, use.scope, use.name);
    uses.emplace_back(Json::Array{use.name, static_cast<std::uint32_t>(use.scope), use.line,
                                  static_cast<int>(use.when), found ? static_cast<int>(*found) : -1,
                                  is_target(table, found.value_or(0), use)});
  }
  for (const auto& name : unbound_names(table))
    unbound.emplace_back(
        Json::Array{name.name, name.scope, name.line, static_cast<int>(name.doubt)});
  return Json::Object{
      {"scopes", scopes_json(table)}, {"uses", std::move(uses)}, {"unbound", std::move(unbound)}};
}

}  // namespace

int main(int argc, char** argv) {
  const bool quiet = argc > 1 && std::string_view(argv[1]) == "--quiet";
  constexpr std::chrono::seconds kLimit{20};
  std::chrono::duration<double> spent{};
  std::size_t bytes = 0, files = 0;
  for (std::string path; std::getline(std::cin, path); ++files) {
    std::ifstream file(path, std::ios::binary);
    const std::string source{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    bytes += source.size();
    const auto start = std::chrono::steady_clock::now();
    if (quiet) {
      (void)gs::python::names_of(source);
      spent += std::chrono::steady_clock::now() - start;
      continue;
    }
    const auto table = gs::python::scopes_of(source, {std::size_t{1} << 26U, kLimit});
    const bool read = table && !table->scopes.empty();
    std::cout << (read ? gs::core::compact_json(to_json(*table)) : "null") << '\n';
  }
  if (quiet) {
    std::printf("%zu files, %.1f MB, %.2f s: %.2f MB/s\n", files, static_cast<double>(bytes) / 1e6,
                spent.count(), static_cast<double>(bytes) / 1e6 / spent.count());
  }
  return 0;
}
