// Reads names of files, one a line; for each writes one line of JSON: the imports that imports_of()
// finds there, and where it could not read. `--time` reads all files first, and writes how many
// bytes there are, and how many seconds of a processor all of them take (the best of five).

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"
#include "lib/core/json.h"
#include "lib/python/imports/imports.h"

namespace core = gs::core;

namespace {

std::string contents(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(core::JsonWriter& json, const core::Import& import) {
  json.begin_array().value(import.line).value(core::kind_name(import.kind));
  json.value(std::string(import.level, '.') + std::string(import.module)).value(import.alias);
  json.begin_array();
  for (const core::ImportedName& name : import.names)
    json.begin_array().value(name.name).value(name.alias).end_array();
  json.end_array();
  json.value(core::scope_name(import.scope)).value(import.type_checking).value(import.guarded);
  json.value(import.anchor).end_array();
}

std::string facts_of(const std::string& name) {
  const std::string facts = gs::python::imports_of(contents(name));
  core::ImportReader reader(facts);
  core::JsonWriter json;
  json.begin_object().member("file", name).key("imports").begin_array();
  for (core::Import import; reader.next(import);) write(json, import);
  json.end_array().member("damaged", reader.damaged()).key("partials").begin_array();
  for (const core::Partial& partial : reader.partials()) {
    json.begin_array().value(partial.line).value(core::trouble_text(partial.trouble)).end_array();
  }
  json.end_array().end_object();
  return json.take();
}

void time_all() {
  std::vector<std::string> sources;
  std::size_t bytes = 0, facts = 0;
  for (std::string name; std::getline(std::cin, name);)
    bytes += sources.emplace_back(contents(name)).size();
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const std::clock_t start = std::clock();
    for (const std::string& source : sources) facts += gs::python::imports_of(source).size();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  core::JsonWriter json;
  json.begin_object().member("files", sources.size()).member("bytes", bytes);
  json.member("facts", facts / 5).key("seconds").raw(std::to_string(best));
  std::cout << json.end_object().str() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  if (argc == 2 && argv[1] == std::string_view("--time")) {
    time_all();
    return 0;
  }
  for (std::string name; std::getline(std::cin, name);) std::cout << facts_of(name) << '\n';
  return 0;
}
