#pragma once
// The calls in a Python source whose name begins with one that the file only imports, or with what
// a method calls its own object.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/core/interface.h"
#include "lib/python/interface/parsed_source.h"

namespace gs::python {

// Counted up when the same source gives other calls.
inline constexpr std::uint32_t kCallsVersion = 3;

// In the order in which they stand. Names that the file binds in any other way anywhere (assigns,
// defines, takes as a parameter, patches an attribute of, …) may be anything: their calls are left
// out, and so are calls in what is no Python. Of a method's object (`self`, `cls`) and of `super()`
// those are left out that stand in a method that binds the object's name again. Nothing when there
// was no time to find out.
std::optional<core::Calls> calls_of(const ParsedSource& source);
inline std::optional<core::Calls> calls_of(std::string_view source,
                                           const ParseLimits& limits = {}) {
  return calls_of(ParsedSource(source, limits));
}

}  // namespace gs::python
