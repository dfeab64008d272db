#pragma once
// Layers that hold today, from the import graph.

#include <string>
#include <vector>

#include "analyzers/import_graph.h"
#include "lib/core/policy.h"

namespace gs::detection {

// As many layers as there are between packages, the lowest first, such that no import points up:
// packages that import each other in a circle are in one layer, and each is one above the highest
// that it imports. A package is divided into what is in it where that makes more layers; one that
// imports none of the others and is imported by none is in no layer, nor are docs and examples.
// Tests are above all, where nothing else imports them.
// Where more layers hold without the imports for type checkers alone, these do not count. Empty
// where one layer is all there is.
struct ImportLevels {
  std::vector<core::Layer> layers;
  bool type_checking_ignored = false;  // `python: {ignore: [type_checking]}`
};
// `modules`: what the files are called; the graph also has what is imported and not there.
ImportLevels import_levels(const analyzers::ImportGraph& graph,
                           const std::vector<std::string>& modules);

}  // namespace gs::detection
