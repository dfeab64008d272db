#pragma once
// A parsed policy as bytes, so that a hook need not run the YAML parser (0.9 ms).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/policy.h"

namespace gs::policy {

// A private format with magic, format version (a hash of our own version) and checksum; the same
// program reads back exactly the policy that was written, and under the same key only.
std::string serialize(const core::Policy& policy, std::string_view key = {});
// Nothing when the bytes are not what this version's serialize() wrote: then parse the YAML again.
std::optional<core::Policy> deserialize(std::string_view bytes, std::string_view key = {});

// ---- core::Policy as bytes and back; policy_cache.h wraps them with version and checksum.
// Format: that of core/codec.h, the fields in the order of the structs.

// Of a policy as parse_policy makes it.
std::string encode(const core::Policy& policy);
// Nothing unless the bytes are what encode() makes of some policy; safe on any bytes.
std::optional<core::Policy> decode(std::string_view bytes);

// FNV-1a with 64 bits, over words of 8 bytes and then the bytes that are left: against accidents,
// not attackers.
std::uint64_t checksum(std::string_view bytes);

}  // namespace gs::policy
