#pragma once
// How a parameter may be given a value.

#include <algorithm>
#include <vector>

#include "lib/core/interface.h"

namespace gs::analyzers {

inline bool by_position(const core::Parameter& parameter) {
  return parameter.kind == core::ParameterKind::positional_only ||
         parameter.kind == core::ParameterKind::positional;
}

inline bool by_name(const core::Parameter& parameter) {
  return parameter.kind == core::ParameterKind::positional ||
         parameter.kind == core::ParameterKind::keyword_only;
}

inline bool takes(const std::vector<core::Parameter>& parameters, core::ParameterKind kind) {
  return std::ranges::find(parameters, kind, &core::Parameter::kind) != parameters.end();
}

}  // namespace gs::analyzers
