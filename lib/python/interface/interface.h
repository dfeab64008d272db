#pragma once
// The public interface of a Python source: a full parse with tree-sitter and its Python grammar.

#include <cstdint>
#include <string_view>

#include "lib/core/interface.h"
#include "lib/python/interface/parsed_source.h"

namespace gs::python {

// Part of every key under which interfaces are kept: raised when the same source yields another.
inline constexpr std::uint32_t kInterfaceVersion = 6;

// Of what was not parsed `too_large` and nothing else.
core::Interface interface_of(const ParsedSource& source);
inline core::Interface interface_of(std::string_view source, const ParseLimits& limits = {}) {
  return interface_of(ParsedSource(source, limits));
}

}  // namespace gs::python
