#pragma once
// A checksum against accidents: not against people.

#include <cstdint>
#include <string_view>

namespace gs::core {

// Of all bytes and their number. Differs where only one byte differs.
std::uint64_t checksum(std::string_view bytes);

}  // namespace gs::core
