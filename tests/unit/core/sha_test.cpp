// SHA-1 and SHA-256 against the examples of FIPS 180-4's validation, and however a message is
// divided.

#include "lib/core/sha.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <string>

namespace gs::core {
namespace {

std::string hex_of(auto hash) requires requires {
  hash.digest();
}
{
  std::string hex;
  for (const std::uint8_t byte : hash.digest()) hex += fmt::format("{:02x}", byte);
  return hex;
}

template <class Hash = Sha256>
std::string hex_of(std::string_view text) {
  Hash hash;
  hash.add(text);
  return hex_of(hash);
}

TEST(Sha1, PublishedExamples) {
  EXPECT_EQ(hex_of<Sha1>(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex_of<Sha1>("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_of<Sha1>("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex_of<Sha1>(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex_of(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// The end of a message is padded to one block or to two.
TEST(Sha256, HoweverItIsDivided) {
  for (std::size_t size = 0; size < 200; ++size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>(i * 7);
    const std::string whole = hex_of(text);
    for (const std::size_t part : {std::size_t{1}, std::size_t{13}, std::size_t{64}}) {
      Sha256 hash;
      for (std::size_t at = 0; at < size; at += part)
        hash.add(std::string_view(text).substr(at, part));
      EXPECT_EQ(hex_of(hash), whole) << size << " by " << part;
    }
  }
}

}  // namespace
}  // namespace gs::core
