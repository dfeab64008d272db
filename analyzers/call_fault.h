#pragma once
// Whether a call can be made at all: its arguments against a signature.

#include <optional>
#include <string>
#include <vector>

#include "lib/core/call.h"
#include "lib/core/interface.h"

namespace gs::analyzers {

// What CPython would raise as TypeError, in few words: "argument 'limit' is missing", "takes 2
// positional arguments, is given 3", "has no argument 'k'", "argument 'a' is given twice". Nothing
// when the call is fine, or when `call.spread` leaves it open. `parameters` without a bound `self`.
std::optional<std::string> call_fault(const std::vector<core::Parameter>& parameters,
                                      const core::Call& call);

}  // namespace gs::analyzers
