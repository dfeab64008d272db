#include "lib/etcd/base64.h"

#include <gtest/gtest.h>
#include <utility>

namespace gs::etcd {
namespace {

// RFC 4648, section 10.
TEST(Base64, IsAsTheStandardHasIt) {
  using Pair = std::pair<std::string, std::string>;
  for (const auto& [bytes, text] :
       {Pair{"", ""}, Pair{"f", "Zg=="}, Pair{"fo", "Zm8="}, Pair{"foo", "Zm9v"},
        Pair{"foob", "Zm9vYg=="}, Pair{"fooba", "Zm9vYmE="}, Pair{"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, HasAllBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  EXPECT_NE(to_base64(bytes).find_first_of("+/"), std::string::npos);
}

TEST(Base64, WhatIsNoneIsNone) {
  for (const char* const text : {"Z", "Zg", "Zg=", "Zg==\n", "=Zg=", "Zh==", "Zm9=", "Zm 9v",
                                 "Z===", "====", "Zg==Zg==", "Zm9-"})
    EXPECT_FALSE(from_base64(text)) << text;
}

}  // namespace
}  // namespace gs::etcd
