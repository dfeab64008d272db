#pragma once
// The imports of a Python source, from its bytes alone (contract, section 9). No file is touched.

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/import_facts.h"

namespace gs::python {

// Part of every key under which facts are kept: raised when the same source yields other facts.
inline constexpr std::uint32_t kImportsVersion = 3;

// Sources beyond this many bytes are not read: their facts say `too_large`.
inline constexpr std::size_t kLargestSource = 64U << 20U;

// The facts as core::ImportReader reads them. Any bytes will do; time is linear in their number.
std::string imports_of(std::string_view source);

}  // namespace gs::python
