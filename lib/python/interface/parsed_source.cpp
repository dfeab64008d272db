#include "lib/python/interface/parsed_source.h"

#include <utility>

#include "lib/python/interface/newer_syntax.h"
#include "lib/python/interface/python_tree.h"

namespace gs::python {

ParsedSource::ParsedSource(std::string_view source, const ParseLimits& limits)
    : limits_(limits), too_large_(source.size() > limits.largest) {
  if (too_large_) return;
  read_ = source_text(source);
  auto tree = parse_newest(read_.text, limits.time);
  if (tree) tree_ = std::make_unique<const PythonTree>(std::move(*tree));
}

ParsedSource::~ParsedSource() = default;

const PythonTree* ParsedSource::whole_tree() const {
  const bool whole = tree_ && read_.partials.empty() && !ts_node_has_error(tree_->root());
  return whole ? tree_.get() : nullptr;
}

}  // namespace gs::python
