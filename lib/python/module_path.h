#pragma once
// Names of modules and packages, from paths and from relative imports.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::python {

struct FileModule {
  std::string module;   // "llm.sentiment"
  std::string package;  // from which its relative imports start: "llm"; empty at the top
};

// Of a file, below the longest of these roots that holds it (none does: below the top). An
// __init__.py directly in a root is the plain module "__init__", as it is to CPython. `into` is
// overwritten.
void name_file(std::string_view path, const std::vector<std::string>& roots, FileModule& into);

// The package that `level` leading dots mean; nothing beyond the top level.
std::optional<std::string_view> relative_base(std::string_view package, std::uint32_t level);

// Roots in one spelling ("./x/" is "x", "." is ""), each once, without those in which nothing
// counts because a folder's name starts with '.' or is __pycache__.
std::vector<std::string> normal_roots(const std::vector<std::string>& given);

}  // namespace gs::python
