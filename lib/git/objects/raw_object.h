#pragma once
// An object as it is stored: what kind it is, and its bytes.

#include <cstdint>
#include <string>

namespace gs::git {

struct RawObject {
  enum class Type : std::uint8_t { blob, tree, commit, tag } type = Type::blob;
  std::string content;
};

}  // namespace gs::git
