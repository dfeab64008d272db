#pragma once
// Syntax of Python that the grammar does not know yet, written as what it knows: so that the rest
// of such a file is read as well.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lib/python/interface/python_tree.h"

namespace gs::python {

// Python 3.15's `lazy import a` becomes `0;   import a`, and 3.14's t"…" becomes f"…": bytes and
// lines stay where they are. Nothing where there is neither. For a source that the grammar did not
// take: in strings and comments the same is replaced.
std::optional<std::string> in_known_syntax(std::string_view text);

// Parses; a text that the grammar did not take and that has such syntax is rewritten in place, and
// parsed again. The text must live as long as the tree. Nothing beyond the limit of time.
std::optional<PythonTree> parse_newest(std::string& text, std::chrono::milliseconds limit);

}  // namespace gs::python
