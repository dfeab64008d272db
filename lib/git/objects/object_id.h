#pragma once
// Sizes that git's own files and names have.

#include <cstddef>

#include "lib/core/change.h"

namespace gs::git {

inline constexpr std::size_t kIdSize = sizeof(core::ObjectId::bytes);  // in trees, indexes, packs
inline constexpr std::size_t kHexDigits = 2 * kIdSize;
inline constexpr int kDeepestFolder = 2048;  // as deep as a path of 4,096 bytes can be

}  // namespace gs::git
