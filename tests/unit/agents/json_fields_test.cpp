#include "lib/agents/json_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/agents/dialects/call.h"

namespace gs::agents {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> fields_in(std::string_view json) {
  constexpr std::string_view kWanted[] = {"a", "b.c", "b.d[]", "e"};
  std::vector<std::string> all;
  for (const JsonField& field : read_fields(json, kWanted))
    all.push_back(field.path + "=" + field.text);
  return all;
}

TEST(JsonFields, FindsWhatIsWanted) {
  EXPECT_THAT(
      fields_in(
          R"({"a": "1", "x": {"a": "2", "c": [1, {"d": "}"}]}, "b": {"c": "3", "d": ["4", "5"]}})"),
      ElementsAre("a=1", "b.c=3", "b.d[]=4", "b.d[]=5"));
  EXPECT_THAT(fields_in(R"({"a": true, "e": -1.5e3, "b": {"c": null}})"),
              ElementsAre("a=true", "e=-1.5e3"));
  EXPECT_THAT(fields_in(R"({"a": {"x": 1}, "b": "text", "e": []})"), IsEmpty());
  EXPECT_THAT(fields_in("{}"), IsEmpty());
}

TEST(JsonFields, UnderstandsEscapes) {
  EXPECT_THAT(fields_in(R"({"a": "\u00e4\n\"\\\/\ud83d\ude00"})"), ElementsAre("a=ä\n\"\\/😀"));
  EXPECT_THAT(fields_in(R"({"a": "\ud83d", "e": "\ude00x"})"),
              ElementsAre("a=\uFFFD", "e=\uFFFDx"));
  EXPECT_THAT(fields_in(R"({"\u0061": "1"})"), ElementsAre("a=1"));
  EXPECT_THAT(fields_in(R"({"x": "\\", "y": "\\\"", "a": "1"})"), ElementsAre("a=1"));
}

TEST(JsonFields, ReadsAnObjectThatIsGivenAsText) {
  EXPECT_THAT(fields_in(R"({"b": "{\"c\": \"1\"}"})"), ElementsAre("b.c=1"));
  EXPECT_THAT(fields_in(R"({"b": "{\"c\": \"1\"", "a": "2"})"), ElementsAre("a=2"));
}

TEST(JsonFields, RefusesWhatIsNoCall) {
  for (const char* json :
       {"", "[]", "1", "{", "{\"a\"", "{\"a\": \"1", "{\"a\": 1,}", "{} x", "{\"a\" 1}",
        "{\"x\": [1, 2}", "{\"x\": }", "{\"a\": tru}", "{\"a\": \"\\q\"}", "{\"a\": \"\\u12\"}",
        "{\"a\": \"\\u0000\"}", "{\"a\": \"\xff\"}"})
    EXPECT_THROW(fields_in(json), Unreadable) << json;
  EXPECT_THAT(fields_in("{\"x\": \"\xff\", \"a\": \"1\"}"), ElementsAre("a=1"));
}

TEST(JsonFields, BearsDepthAndSize) {
  const auto nested = [](std::size_t depth) {
    return R"({"x": )" + std::string(depth, '[') + std::string(depth, ']') + R"(, "a": "1"})";
  };
  EXPECT_THAT(fields_in(nested(63)), ElementsAre("a=1"));
  EXPECT_THROW(fields_in(nested(64)), Unreadable);
  EXPECT_THROW(fields_in(nested(1'000'000)), Unreadable);
  const std::string large(20 << 20, '\\');
  EXPECT_THAT(fields_in(R"({"x": ")" + large + R"(", "a": "1"})"), ElementsAre("a=1"));
}

TEST(PatchPaths, TakesEveryHeader) {
  EXPECT_THAT(
      patch_paths(
          "*** Begin Patch\n*** Add File: a b.py\n+x\n*** Update File: c\n*** Move to: d\r\n@@\n"
          "  *** Delete File:  e \n*** End Patch"),
      ElementsAre("a b.py", "c", "d", "e"));
  EXPECT_THAT(patch_paths("+*** Add File: a\n*** Add File:\n"), IsEmpty());
}

}  // namespace
}  // namespace gs::agents
