// Reads paths, one a line, and prints each file's interface as one line of JSON.
// usage: dump_interfaces [--quiet] <paths     (--quiet: only how long it took, for measurements)

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "lib/python/interface/interface.h"

namespace {

using gs::core::Definition;
using nlohmann::json;

json to_json(const gs::core::Parameter& parameter) {
  return {static_cast<int>(parameter.kind), parameter.name, parameter.has_default,
          parameter.annotation};
}

json to_json(const Definition& definition) {
  static constexpr const char* kKinds[] = {"function", "class", "variable", "import"};
  json object{{"kind", kKinds[static_cast<int>(definition.kind)]},
              {"name", definition.name},
              {"line", definition.line},
              {"conditional", definition.conditional},
              {"decorators", definition.decorators},
              {"bases", definition.bases}};
  if (definition.signature) {
    object["async"] = definition.signature->async;
    object["returns"] = definition.signature->returns;
    object["parameters"] = json::array();
    for (const auto& parameter : definition.signature->parameters) {
      object["parameters"].push_back(to_json(parameter));
    }
  }
  object["members"] = json::array();
  for (const Definition& member : definition.members) object["members"].push_back(to_json(member));
  return object;
}

json to_json(const gs::core::Interface& interface) {
  json object{{"all_unclear", interface.all_unclear},
              {"has_getattr", interface.has_getattr},
              {"dynamic", interface.dynamic},
              {"definitions", json::array()},
              {"stars", json::array()},
              {"partials", json::array()}};
  if (interface.all) object["all"] = *interface.all;
  for (const auto& one : interface.definitions) object["definitions"].push_back(to_json(one));
  for (const auto& star : interface.stars) object["stars"].push_back({star.level, star.module});
  for (const auto& partial : interface.partials) {
    object["partials"].push_back({static_cast<int>(partial.trouble), partial.line});
  }
  return object;
}

}  // namespace

int main(int argc, char** argv) {
  const bool quiet = argc > 1 && std::string_view(argv[1]) == "--quiet";
  std::chrono::duration<double> spent{};
  std::size_t bytes = 0, files = 0;
  for (std::string path; std::getline(std::cin, path); ++files) {
    std::ifstream file(path, std::ios::binary);
    const std::string source{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
    bytes += source.size();
    const auto start = std::chrono::steady_clock::now();
    const gs::core::Interface interface = gs::python::interface_of(source);
    spent += std::chrono::steady_clock::now() - start;
    if (!quiet) std::cout << to_json(interface).dump() << '\n';
  }
  if (quiet) {
    std::printf("%zu files, %.1f MB, %.2f s: %.2f MB/s\n", files, static_cast<double>(bytes) / 1e6,
                spent.count(), static_cast<double>(bytes) / 1e6 / spent.count());
  }
  return 0;
}
