#pragma once
// Folders from which absolute imports start: what `python.roots` should say.

#include <string>
#include <string_view>
#include <vector>

namespace gs::detection {

// A Python file and its imports, for core::ImportReader.
struct SourceFile {
  std::string path;
  std::string_view facts;
};

// The folders that a package or a module must be looked for in, for the repository's own imports to
// find it: `src` for src/flask where somebody imports flask, `src` for src/ns/part where somebody
// imports ns.part, `packages/a` and `packages/b` of a repository with several distributions. By
// path, "" last; "" alone where nothing says otherwise.
std::vector<std::string> source_roots(const std::vector<SourceFile>& files);

// Whether a folder of this name, outside packages, is not part of what a repository is for: "docs",
// "examples", "tests" and others.
bool is_shared_name(std::string_view name);

// What anybody changes: such folders that are in no package, `tests` in packages too, and some
// files that are in no package (conftest.py, setup.py).
class SharedFolders {
 public:
  explicit SharedFolders(const std::vector<SourceFile>& files);

  bool holds(std::string_view path) const { return !pattern_of(path).empty(); }
  // The pattern for all that is shared with this path: "packages/a/tests/**"; empty: it is not.
  std::string pattern_of(std::string_view path) const;

 private:
  std::vector<std::string> packages_;  // folders with an __init__ file, sorted
};

}  // namespace gs::detection
