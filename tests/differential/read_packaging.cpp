// Answers lines on stdin, one line each: "contradict A<TAB>B", whether no version satisfies both
// requirements ("yes", "no", "none" where one is none); "keys FILE", the keys of a TOML document,
// their parts joined by '.' and the keys by a blank, tables in brackets ("none" where it is none).

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "lib/python/packaging/requirement.h"
#include "lib/python/packaging/toml.h"

namespace {

std::string contradict(const std::string& line) {
  const std::size_t tab = line.find('\t');
  const auto one = gs::python::parse_requirement(line.substr(0, tab)),
             other = gs::python::parse_requirement(line.substr(tab + 1));
  if (!one || !other) return "none";
  return gs::python::contradict(*one, *other) ? "yes" : "no";
}

std::string keys(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto entries = gs::python::toml_entries(text);
  if (!entries) return "none";
  std::string line;
  for (const auto& entry : *entries) {
    std::string key;
    for (const std::string& part : entry.key) key += (key.empty() ? "" : ".") + part;
    line += (line.empty() ? "" : " ") + (entry.table ? "[" + key + "]" : key);
  }
  return line;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const std::string_view rest = std::string_view(line).substr(line.find(' ') + 1);
    std::cout << (line.starts_with("keys ") ? keys(std::string(rest))
                                            : contradict(std::string(rest)))
              << '\n';
  }
}
