#pragma once
// SHA-1 and SHA-256 (FIPS 180-4), with which git names objects.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gs::core {

// Takes a message in parts. `Words`: of 32 bits, in the digest.
template <std::size_t Words>
class Sha {
 public:
  using Digest = std::array<std::uint8_t, 4 * Words>;

  void add(std::string_view bytes);
  Digest digest();  // of all that was added; nothing is added after it

 private:
  using State = std::array<std::uint32_t, Words>;
  static constexpr std::size_t kBlock = 64;
  static const State kStart;
  void take(const std::uint8_t* block);

  State state_ = kStart;
  std::array<std::uint8_t, kBlock> rest_{};  // what does not fill a block yet
  std::uint64_t size_ = 0;                   // bytes
};

using Sha1 = Sha<5>;
using Sha256 = Sha<8>;

template <>
const Sha1::State Sha1::kStart;
template <>
const Sha256::State Sha256::kStart;

}  // namespace gs::core
