#include <gtest/gtest.h>
#include <limits>

#include "lib/core/json.h"
#include "lib/core/text.h"

namespace gs::core {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  json.begin_object().member("a", 1).key("b").begin_array().value("x").value(true).null();
  json.begin_object().end_object().begin_array().end_array().end_array();
  json.member("c", false).key("d").raw("[1]").end_object();
  EXPECT_EQ(json.str(), R"({"a": 1, "b": ["x", true, null, {}, []], "c": false, "d": [1]})");
}

TEST(JsonWriter, WritesIntegersWhole) {
  JsonWriter json;
  json.begin_array().value(std::numeric_limits<std::int64_t>::min());
  json.value(std::numeric_limits<std::uint64_t>::max()).end_array();
  EXPECT_EQ(json.take(), "[-9223372036854775808, 18446744073709551615]");
}

std::string written(std::string_view text) {
  JsonWriter json;
  return json.value(text).take();
}

TEST(JsonWriter, EscapesText) {
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(written("a\"b\\c\nd\te\x1b\x7f"), R"("a\"b\\c\nd\u0009e\u001b\u007f")");
  EXPECT_EQ(written("\0"sv), R"("\u0000")");
  EXPECT_EQ(written("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
  EXPECT_EQ(written("\xc2\x9bx"), R"("\u009bx")");
  EXPECT_EQ(written("a\xffz\xc3"), "\"a\xef\xbf\xbdz\xef\xbf\xbd\"");
}

TEST(JsonWriter, EscapesKeysToo) {
  JsonWriter json;
  json.begin_object().member("a\"\n", "b").end_object();
  EXPECT_EQ(json.str(), R"({"a\"\n": "b"})");
}

TEST(JsonWriter, AnyBytesBecomeUtf8WithoutControls) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  const std::string json = written(all);
  EXPECT_TRUE(is_utf8(json));
  EXPECT_EQ(printable(json), json);
}

}  // namespace
}  // namespace gs::core
