#pragma once
// The seal on each kept value: whatever else stands there is no fact.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gs::cache {

// Depends on both texts and their lengths.
std::uint64_t seal_of(std::string_view key, std::string_view facts);

std::string sealed(std::string_view key, std::string_view facts);
// The facts in a value of that key; nothing when the seal is not theirs.
std::optional<std::string_view> unsealed(std::string_view key, std::string_view value);

}  // namespace gs::cache
