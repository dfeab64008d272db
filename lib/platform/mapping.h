#pragma once
// A file's bytes where the kernel has them: for readers that pass over much and keep little. Safe
// beside writers who replace the file; who cuts it short in place kills the reader (SIGBUS), and a
// killed gate blocks.

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/platform/descriptor.h"

namespace gs::platform {

class Mapping {
 public:
  // The first `size` bytes of a regular file; nothing when that fails, and errno says why.
  static std::optional<Mapping> of(const Descriptor& file, std::size_t size);

  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit Mapping(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes_;
};

}  // namespace gs::platform
