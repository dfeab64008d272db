#pragma once
// A Python source, parsed once for all that is asked of it.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "lib/core/import_facts.h"
#include "lib/python/source_text.h"

namespace gs::python {

class PythonTree;

struct ParseLimits {
  std::size_t largest = 4U << 20U;       // bytes; beyond: not parsed
  std::chrono::milliseconds time{2000};  // beyond: neither, though on another day it may be
};

// Not moved: the tree is its text's.
class ParsedSource {
 public:
  explicit ParsedSource(std::string_view source, const ParseLimits& limits = {});
  ~ParsedSource();
  ParsedSource(const ParsedSource&) = delete;
  ParsedSource& operator=(const ParsedSource&) = delete;

  const ParseLimits& limits() const { return limits_; }
  bool out_of_time() const { return !too_large_ && !tree_; }
  // Null for what is too large, and where there was no time.
  const PythonTree* tree() const { return tree_.get(); }
  // The same, and null for what is no Python, as a whole or in part.
  const PythonTree* whole_tree() const;
  // What could not be read as text.
  const std::vector<core::Partial>& partials() const { return read_.partials; }

 private:
  const ParseLimits limits_;
  const bool too_large_;
  SourceText read_;
  std::unique_ptr<const PythonTree> tree_;
};

}  // namespace gs::python
