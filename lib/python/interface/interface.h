#pragma once
// The public interface of a Python source: a full parse with tree-sitter and its Python grammar.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "lib/core/interface.h"

namespace gs::python {

// Part of every key under which interfaces are kept: raised when the same source yields another.
inline constexpr std::uint32_t kInterfaceVersion = 6;

struct InterfaceLimits {
  std::size_t largest = 4U << 20U;       // bytes; beyond: `too_large` and nothing else
  std::chrono::milliseconds time{2000};  // beyond: `too_large` as well
};

core::Interface interface_of(std::string_view source, const InterfaceLimits& limits = {});

}  // namespace gs::python
