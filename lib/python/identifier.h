#pragma once

#include <string>
#include <string_view>

namespace gs::python {

// An identifier as CPython compares it: in Unicode's normal form KC. Bytes that are no UTF-8 are
// returned as they are.
std::string fold_identifier(std::string_view utf8);

}  // namespace gs::python
