#pragma once
// A parsed policy as bytes, so that a hook need not run the YAML parser (0.9 ms).

#include <optional>
#include <string>
#include <string_view>

#include "lib/core/policy.h"

namespace gs::policy {

// A private format with magic, format version (a hash of our own version) and checksum; the same
// program reads back exactly the policy that was written.
std::string freeze(const core::Policy& policy);
// Nothing when the bytes are not what this version's freeze() wrote: then parse the YAML again.
std::optional<core::Policy> thaw(std::string_view bytes);

}  // namespace gs::policy
