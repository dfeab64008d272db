#pragma once
// `.streams.yaml` → core::Policy. The only folder that knows yaml-cpp.

#include <string>
#include <string_view>

#include "lib/core/policy.h"

namespace gs::policy {

// Parses and checks a policy. `origin` names the text in messages: ".streams.yaml", or
// "develop:.streams.yaml". Throws PolicyError (source.h), its what()
// "ORIGIN:LINE:COLUMN: what is wrong", its hint the nearest valid word or what would be right.
// Never throws anything else, whatever the bytes are; texts over 1 MiB are refused.
core::Policy parse_policy(std::string_view yaml, std::string_view origin);

}  // namespace gs::policy
