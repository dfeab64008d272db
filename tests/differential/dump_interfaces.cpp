// Reads paths, one a line, and prints each file's interface as one line of JSON.
// usage: dump_interfaces [--quiet] <paths     (--quiet: only how long it took, for measurements)

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "lib/core/json.h"
#include "lib/python/interface/interface.h"

namespace {

using gs::core::Definition;
using gs::core::Json;

template <class Names>
Json names_of(const Names& names) {
  Json::Array array;
  for (const auto& name : names) array.emplace_back(name);
  return array;
}

Json to_json(const gs::core::Parameter& parameter) {
  return Json::Array{static_cast<int>(parameter.kind), parameter.name, parameter.has_default,
                     parameter.annotation};
}

Json to_json(const Definition& definition) {
  static constexpr const char* kKinds[] = {"function", "class", "variable", "import"};
  Json object = Json::Object{{"kind", kKinds[static_cast<int>(definition.kind)]},
                             {"name", definition.name},
                             {"line", definition.line},
                             {"conditional", definition.conditional},
                             {"decorators", names_of(definition.decorators)},
                             {"bases", names_of(definition.bases)}};
  if (definition.signature) {
    object.set("async", definition.signature->async);
    object.set("returns", definition.signature->returns);
    Json::Array parameters;
    for (const auto& parameter : definition.signature->parameters)
      parameters.push_back(to_json(parameter));
    object.set("parameters", std::move(parameters));
  }
  Json::Array members;
  for (const Definition& member : definition.members) members.push_back(to_json(member));
  object.set("members", std::move(members));
  return object;
}

Json to_json(const gs::core::Interface& interface) {
  Json::Array definitions, stars, partials;
  for (const auto& one : interface.definitions) definitions.push_back(to_json(one));
  for (const auto& star : interface.stars) stars.push_back(Json::Array{star.level, star.module});
  for (const auto& partial : interface.partials)
    partials.push_back(Json::Array{static_cast<int>(partial.trouble), partial.line});
  Json object = Json::Object{{"all_unclear", interface.all_unclear},
                             {"has_getattr", interface.has_getattr},
                             {"dynamic", interface.dynamic},
                             {"definitions", std::move(definitions)},
                             {"stars", std::move(stars)},
                             {"partials", std::move(partials)}};
  if (interface.all) object.set("all", names_of(*interface.all));
  return object;
}

}  // namespace

int main(int argc, char** argv) {
  const bool quiet = argc > 1 && std::string_view(argv[1]) == "--quiet";
  gs::python::ParseLimits limits;
  limits.time = std::chrono::seconds(60);  // under a sanitizer on a busy machine
  std::chrono::duration<double> spent{};
  std::size_t bytes = 0, files = 0;
  for (std::string path; std::getline(std::cin, path); ++files) {
    std::ifstream file(path, std::ios::binary);
    const std::string source{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    bytes += source.size();
    const auto start = std::chrono::steady_clock::now();
    const gs::core::Interface interface = gs::python::interface_of(source, limits);
    spent += std::chrono::steady_clock::now() - start;
    if (!quiet) std::cout << gs::core::compact_json(to_json(interface)) << '\n';
  }
  if (quiet) {
    std::printf("%zu files, %.1f MB, %.2f s: %.2f MB/s\n", files, static_cast<double>(bytes) / 1e6,
                spent.count(), static_cast<double>(bytes) / 1e6 / spent.count());
  }
  return 0;
}
