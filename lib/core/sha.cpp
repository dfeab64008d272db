#include "lib/core/sha.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gs::core {

namespace {

constexpr std::array<std::uint32_t, 64> kRound{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t word_at(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
         std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
}

constexpr std::array<std::uint32_t, 4> kSha1Round{0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

}  // namespace

template <>
const Sha1::State Sha1::kStart{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
template <>
const Sha256::State Sha256::kStart{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

template <>
void Sha1::take(const std::uint8_t* block) {
  std::array<std::uint32_t, 80> w;
  for (std::size_t i = 0; i < 16; ++i) w[i] = word_at(block + 4 * i);
  for (std::size_t i = 16; i < w.size(); ++i)
    w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  auto [a, b, c, d, e] = state_;
  const auto rounds = [&](std::size_t quarter, const auto& mix) {
    for (std::size_t i = 20 * quarter; i < 20 * (quarter + 1); ++i) {
      const std::uint32_t first = std::rotl(a, 5) + mix() + e + kSha1Round[quarter] + w[i];
      e = d;
      d = c;
      c = std::rotl(b, 30);
      b = a;
      a = first;
    }
  };
  rounds(0, [&] { return (b & c) | (~b & d); });
  rounds(1, [&] { return b ^ c ^ d; });
  rounds(2, [&] { return (b & c) | (b & d) | (c & d); });
  rounds(3, [&] { return b ^ c ^ d; });
  const State more{a, b, c, d, e};
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += more[i];
}

template <>
void Sha256::take(const std::uint8_t* block) {
  std::array<std::uint32_t, 64> w;
  for (std::size_t i = 0; i < 16; ++i) w[i] = word_at(block + 4 * i);
  for (std::size_t i = 16; i < w.size(); ++i) {
    const std::uint32_t low =
        std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
    const std::uint32_t high =
        std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
    w[i] = w[i - 16] + low + w[i - 7] + high;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::uint32_t sum_e = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t first = h + sum_e + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
    const std::uint32_t sum_a = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t second = sum_a + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const State more{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += more[i];
}

template <std::size_t Words>
void Sha<Words>::add(std::string_view bytes) {
  if (bytes.empty()) return;  // memcpy(3) takes no null pointer
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  const std::size_t filled = size_ % kBlock;
  size_ += left;
  if (filled > 0) {
    const std::size_t count = std::min(left, kBlock - filled);
    std::memcpy(rest_.data() + filled, at, count);
    at += count;
    left -= count;
    if (filled + count < kBlock) return;
    take(rest_.data());
  }
  for (; left >= kBlock; at += kBlock, left -= kBlock) take(at);
  if (left > 0) std::memcpy(rest_.data(), at, left);
}

// After the message come a one bit, zeros, and its length in bits as the end of a block.
template <std::size_t Words>
typename Sha<Words>::Digest Sha<Words>::digest() {
  constexpr std::size_t kLength = 8;
  const std::uint64_t bits = size_ * 8;
  const std::size_t filled = size_ % kBlock;
  std::array<char, 2 * kBlock> end{'\x80'};
  const std::size_t size = (filled + 1 + kLength <= kBlock ? kBlock : 2 * kBlock) - filled;
  for (std::size_t i = 0; i < kLength; ++i)
    end[size - 1 - i] = static_cast<char>(bits >> (8 * i) & 0xffU);
  add({end.data(), size});
  Digest digest;
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<std::uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

template class Sha<5>;
template class Sha<8>;

}  // namespace gs::core
