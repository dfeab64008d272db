#pragma once
// The tree being judged (an index, a commit, a merged tree), as module resolution asks about it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/change.h"

namespace gs::core {

class SourceTree {
 public:
  virtual ~SourceTree() = default;

  // The blob of a regular file; nothing for links, folders, submodules and what is not there.
  virtual std::optional<ObjectId> file(std::string_view path) = 0;
  // Whether a folder ("" is the top) holds a regular .py or .pyi file at some depth, not counting
  // folders whose name starts with '.' and __pycache__.
  virtual bool holds_python(std::string_view folder) = 0;
  // The names of the folders directly below one.
  virtual std::vector<std::string> folders(std::string_view folder) = 0;

 protected:
  SourceTree() = default;
  SourceTree(const SourceTree&) = default;
  SourceTree& operator=(const SourceTree&) = default;
  SourceTree(SourceTree&&) = default;
  SourceTree& operator=(SourceTree&&) = default;
};

// Whether a path is a Python source that counts: .py or .pyi, not below folders whose name starts
// with '.' or is __pycache__.
bool is_python_source(std::string_view path);
// The same of an entry of a tree: a regular file besides.
bool is_python_source(std::uint32_t mode, std::string_view path);

}  // namespace gs::core
