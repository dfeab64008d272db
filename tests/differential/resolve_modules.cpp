// Answers what a module resolves to in a tree. Lines on stdin: "roots R…" begins a tree, "file
// PATH" adds to it, "find MODULE" asks; for each question one line: a path, "namespace" or
// "absent".

#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "lib/python/modules.h"
#include "tests/support/listed_tree.h"

int main() {
  using Kind = gs::python::FoundModule::Kind;
  gs::test::ListedTree tree;
  std::vector<std::string> roots;
  std::unique_ptr<gs::python::ModuleMap> modules;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb, word;
    words >> verb;
    if (verb == "roots") {
      modules.reset();
      tree = gs::test::ListedTree();
      roots.clear();
      while (words >> word) roots.push_back(word);
      continue;
    }
    words >> word;
    if (verb == "file") {
      tree.add(word);
      continue;
    }
    if (!modules) modules = std::make_unique<gs::python::ModuleMap>(tree, roots);
    const auto& found = modules->found(modules->find(word));
    if (found.kind == Kind::absent) {
      std::cout << "absent\n";
    } else {
      std::cout << (found.kind == Kind::namespace_package ? "namespace" : found.path) << '\n';
    }
  }
  return 0;
}
