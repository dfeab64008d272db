#include "lib/core/json.h"

#include <gmock/gmock.h>

namespace gs::core {
namespace {

using testing::ElementsAre;
using Reason = JsonError::Reason;

JsonError error_in(std::string_view text, JsonOptions options = {}) {
  try {
    parse_json(text, options);
  } catch (const JsonError& error) {
    return error;
  }
  ADD_FAILURE() << "read: " << text;
  return JsonError("none");
}

TEST(Json, KeepsOrderNumbersAndNames) {
  const std::string text =
      R"({"b":1.50,"a":[-0,1E+400,18446744073709551615,true,null,{}],"\u00e4\"":"x\n"})";
  const Json json = parse_json(" \t\r\n" + text + "\n");
  EXPECT_EQ(compact_json(json),
            R"({"b":1.50,"a":[-0,1E+400,18446744073709551615,true,null,{}],"ä\"":"x\n"})");
  EXPECT_EQ(parse_json(compact_json(json)), json);
  EXPECT_EQ(parse_json(indented_json(json)), json);
  EXPECT_EQ(parse_json("\xef\xbb\xbf{}"), Json(Json::Object{}));
}

TEST(Json, IsLaidOutAsPythonDoes) {
  EXPECT_EQ(indented_json(parse_json(R"({"a": {"b": [1, "x"], "c": [], "d": {}}, "e": null})")),
            "{\n  \"a\": {\n    \"b\": [\n      1,\n      \"x\"\n    ],\n    \"c\": [],\n"
            "    \"d\": {}\n  },\n  \"e\": null\n}\n");
}

TEST(Json, NumbersAreWholeWhereTheyFit) {
  const auto natural = [](const char* text) { return parse_json(text).natural(); };
  const auto integer = [](const char* text) { return parse_json(text).integer(); };
  EXPECT_EQ(natural("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(natural("18446744073709551616"), std::nullopt);
  EXPECT_EQ(natural("-1"), std::nullopt);
  EXPECT_EQ(natural("1.0"), std::nullopt);
  EXPECT_EQ(natural("\"1\""), std::nullopt);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("1e2"), std::nullopt);
}

TEST(Json, UnderstandsEscapesAndPairs) {
  EXPECT_EQ(*parse_json(R"("\u0041\ud83d\ude00\/\\\"\b\f\n\r\t\u0000|")").string(),
            std::string("A\xf0\x9f\x98\x80/\\\"\b\f\n\r\t\0|", 15));
  for (const char* half : {R"("\ud83d")", R"("\ud83dx")", R"("\ude00")", R"("\ud83d\ud83d")"}) {
    EXPECT_EQ(error_in(half).reason(), Reason::syntax) << half;
    EXPECT_THAT(*parse_json(half, {.lenient = true}).string(), testing::StartsWith("\uFFFD"));
  }
}

TEST(Json, RefusesWithAReason) {
  const std::pair<const char*, Reason> cases[] = {{"", Reason::empty},
                                                  {" \n", Reason::empty},
                                                  {"{", Reason::early_end},
                                                  {"[1", Reason::early_end},
                                                  {"\"x", Reason::early_end},
                                                  {"tru", Reason::early_end},
                                                  {"[1,]", Reason::syntax},
                                                  {"{\"a\" 1}", Reason::syntax},
                                                  {"{1: 2}", Reason::syntax},
                                                  {"01", Reason::trailing},
                                                  {"1.", Reason::early_end},
                                                  {"[1.]", Reason::syntax},
                                                  {"-", Reason::early_end},
                                                  {"+1", Reason::syntax},
                                                  {"[.5]", Reason::syntax},
                                                  {"nul!", Reason::syntax},
                                                  {"\"\\q\"", Reason::syntax},
                                                  {"\"\\u12g4\"", Reason::syntax},
                                                  {"\"\n\"", Reason::syntax},
                                                  {"\"\xff\"", Reason::not_utf8},
                                                  {"\"\xc0\x80\"", Reason::not_utf8},
                                                  {"\"\xed\xa0\x80\"", Reason::not_utf8},
                                                  {"{} x", Reason::trailing},
                                                  {"{}/**/", Reason::trailing},
                                                  {"[1 2]", Reason::syntax},
                                                  {"[1}", Reason::syntax},
                                                  {R"({"a": 1, "\u0061": 2})", Reason::repeated}};
  for (const auto& [text, reason] : cases) EXPECT_EQ(error_in(text).reason(), reason) << text;
}

TEST(Json, TellsThePlace) {
  EXPECT_STREQ(error_in("{\n\"a\": 1,\n\"b\" 2}").what(), "not JSON from line 3, column 5");
  EXPECT_STREQ(error_in("").what(), "it is empty");
  EXPECT_STREQ(error_in("[1").what(), "not JSON from line 1, column 2");
}

TEST(Json, FindsARepeatedKeyAmongMany) {
  std::string many = "{";
  for (int i = 0; i < 5000; ++i) many += "\"key" + std::to_string(i) + "\": {\"a\": 1, \"b\": 2}, ";
  EXPECT_EQ(parse_json(many + "\"last\": 1}").object()->size(), 5001U);
  EXPECT_EQ(error_in(many + "\"key77\": 1}").reason(), Reason::repeated);
  EXPECT_EQ(parse_json(many + "\"key77\": 1}", {.repeated_keys = true}).object()->size(), 5001U);
  EXPECT_EQ(error_in(R"({"x": {"aa": 1, "ab": 2, "aa": 3}})").reason(), Reason::repeated);
}

TEST(Json, IsBoundedInDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NO_THROW(parse_json(nested(kDeepestJson)));
  EXPECT_EQ(error_in(nested(kDeepestJson + 1)).reason(), Reason::too_deep);
  EXPECT_EQ(error_in(std::string(1 << 20, '[')).reason(), Reason::too_deep);
}

TEST(Json, TakesCommentsWhereAsked) {
  const char* const text = "// one\n{/* two */\"a\": [1 /* // */, 2] // three\n} // \"four\"";
  EXPECT_EQ(compact_json(parse_json(text, {.comments = true})), "{\"a\":[1,2]}");
  EXPECT_EQ(error_in(text).reason(), Reason::syntax);
  EXPECT_EQ(error_in("{} /", {.comments = true}).reason(), Reason::trailing);
}

TEST(JsonReader, GoesOverATextAndTellsWhereItIs) {
  const std::string_view text = R"({"a": [1, "x\n", true], "skipped": {"b": [null]}, "c": -2.5 })";
  JsonReader reader(text);
  std::vector<std::string> names, items;
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    names.push_back(name->text());
    if (*name != "a") {
      const std::size_t begin = reader.position();
      reader.skip();
      items.emplace_back(text.substr(begin, reader.taken() - begin));
      continue;
    }
    reader.begin_array();
    ASSERT_TRUE(reader.next_item());
    items.emplace_back(reader.number());
    ASSERT_TRUE(reader.next_item());
    EXPECT_EQ(reader.kind(), JsonKind::string);
    const JsonString string = reader.string();
    EXPECT_TRUE(string.escaped && string == "x\n" && string.raw == "x\\n");
    ASSERT_TRUE(reader.next_item());
    EXPECT_TRUE(reader.boolean());
    EXPECT_FALSE(reader.next_item());
  }
  reader.end();
  EXPECT_THAT(names, ElementsAre("a", "skipped", "c"));
  EXPECT_THAT(items, ElementsAre("1", R"({"b": [null]})", "-2.5"));
}

TEST(JsonReader, LenientlyPassesOverStringsByTheirEnds) {
  const std::string_view text = "{\"x\": \"\xff\\q\", \"y\": {\"\xff\": 1}, \"a\": \"1\"}";
  JsonReader lenient(text, {.lenient = true}), strict(text);
  lenient.begin_object();
  for (int i = 0; i < 2; ++i) {
    lenient.next_member();
    lenient.skip();
  }
  lenient.next_member();
  EXPECT_EQ(lenient.string(), "1");
  strict.begin_object();
  strict.next_member();
  EXPECT_THROW(strict.skip(), JsonError);
}

TEST(Json, MembersAreSetAndRemoved) {
  Json json = Json::Object{{"a", 1}, {"b", "x"}};
  json.set("a", Json::Array{true}).array()->emplace_back();
  json.set("c", std::uint64_t{1} << 60);
  json.remove("b");
  EXPECT_EQ(compact_json(json), R"({"a":[true,null],"c":1152921504606846976})");
  EXPECT_EQ(json.find("b"), nullptr);
  EXPECT_EQ(Json(1).find("a"), nullptr);
}

}  // namespace
}  // namespace gs::core
