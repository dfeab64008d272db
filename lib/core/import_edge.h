#pragma once
// An import that has been resolved in a tree: who imports which module, and where it is written.

#include <cstdint>
#include <string>
#include <vector>

#include "lib/core/import_facts.h"

namespace gs::core {

struct ImportEdge {
  std::string importer;  // module: "llm.news_analyzer"
  std::string path;      // its file
  std::uint32_t line = 0;
  std::string target;              // module: "llm.sentiment"
  std::string target_path;         // its file; empty: a namespace package, external, or not there
  std::vector<std::string> names;  // taken from the target: `from target import name`
  ImportKind kind = ImportKind::import;
  ImportScope scope = ImportScope::module;
  bool type_checking = false, guarded = false;
  bool internal = false;    // the first component of the target resolves
  bool beyond_top = false;  // a relative import beyond the top level: no edge; target as written

  bool operator==(const ImportEdge&) const = default;
};

}  // namespace gs::core
