#pragma once
// Divides a repository's Python files among agents.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gs::detection {

struct SizedFile {
  std::string path;
  std::uint64_t bytes = 0;
};

// That one file imports another; by their numbers.
struct FileImport {
  std::uint32_t from = 0, to = 0;
};

struct Scope {
  std::string name;                   // "db/models", "forms, templates and 2 more"
  std::vector<std::string> patterns;  // git's, of this scope alone
  std::uint64_t bytes = 0;
  std::size_t files = 0;
  std::size_t within = 0, across = 0;  // imports among its files; from and to other scopes' files
};

// `wanted` scopes, or fewer where there is less to divide; each file is in one. Folders are divided
// where one has more than its part of the bytes. Then the two parts that import most of each other,
// for what the smaller one imports at all, are joined while both are not more than five quarters
// of a scope's part; what has nothing to do with anything goes where there is least. A scope of
// less than a quarter of its part is joined to another one in the end. By size.
std::vector<Scope> balanced_scopes(const std::vector<SizedFile>& files,
                                   const std::vector<FileImport>& imports, std::size_t wanted);

}  // namespace gs::detection
