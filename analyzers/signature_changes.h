#pragma once
// Whether a call that was right stays right.

#include <vector>

#include "lib/core/interface.h"

namespace gs::analyzers {

// Of what the caller passes: for methods without `self` or `cls`. A value that would land in
// another parameter counts as wrong.
bool still_accepts(const std::vector<core::Parameter>& before,
                   const std::vector<core::Parameter>& after);

// How a function is reached through its class.
enum class Access { plain, property, static_method, class_method };
Access access_of(const core::Definition& function);

// What a caller passes to a function of a class, or of a module.
std::vector<core::Parameter> passed_to(const core::Definition& function, bool in_class);

}  // namespace gs::analyzers
