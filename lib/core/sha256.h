#pragma once
// SHA-256 (FIPS 180-4), with which git names objects in repositories of that format.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gs::core {

// Takes a message in parts.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  void add(std::string_view bytes);
  Digest digest();  // of all that was added; nothing is added after it

 private:
  static constexpr std::size_t kBlock = 64;
  void take(const std::uint8_t* block);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, kBlock> rest_{};  // what does not fill a block yet
  std::uint64_t size_ = 0;                   // bytes
};

}  // namespace gs::core
