#include "lib/mcp/tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/mcp/resources.h"

namespace gs::mcp {
namespace {

using core::Json;
using core::parse_json;
using testing::ElementsAre;
using testing::HasSubstr;

ToolCall call(const char* tool, const char* arguments) {
  return read_call(*find_tool(tool), parse_json(arguments));
}

std::string fault_of(const char* tool, const char* arguments) {
  try {
    call(tool, arguments);
    return "none";
  } catch (const ArgumentError& error) {
    return error.what();
  }
}

TEST(Tools, ArgumentsBecomeACommandLine) {
  EXPECT_THAT(call("status", "{}").words, ElementsAre("status"));
  EXPECT_THAT(call("status", "null").words, ElementsAre("status"));
  EXPECT_THAT(call("lock", R"({"task": "-x", "paths": ["a b", "--force"], "ttl": null})").words,
              ElementsAre("lock", "--task=-x", "--", "a b", "--force"));
  EXPECT_THAT(call("unlock", R"({"all": true})").words, ElementsAre("unlock", "--all"));
  EXPECT_THAT(call("unlock", R"({"all": false})").words, ElementsAre("unlock"));
  EXPECT_THAT(call("check", R"({"range": "a..b"})").words, ElementsAre("check", "--range=a..b"));
  EXPECT_THAT(call("conflicts", R"({"streams": ["A", "B"], "dirty": true})").words,
              ElementsAre("conflicts", "--dirty", "--", "A", "B"));
}

TEST(Tools, AHandoffWithReceiversAddsOne) {
  EXPECT_THAT(call("handoff", "{}").words, ElementsAre("handoff"));
  EXPECT_FALSE(call("handoff", "{}").changes);
  const ToolCall added = call("handoff", R"({"to": ["E2", "G"], "new": ["f"]
})");
  EXPECT_THAT(added.words, ElementsAre("handoff", "add", "--to=E2", "--to=G", "--new=f"));
  EXPECT_TRUE(added.changes);
  EXPECT_TRUE(call("lock", R"({"paths": ["a"]})").changes);
  EXPECT_FALSE(call("check", "{}").changes);
}

TEST(Tools, WhoActsAndWhereIsNoOptionOfTheCommand) {
  const ToolCall read = call("check", R"({"worktree": "/w", "agent": "F1"})");
  EXPECT_THAT(read.words, ElementsAre("check"));
  EXPECT_EQ(read.worktree, "/w");
  EXPECT_EQ(read.agent, "F1");
}

TEST(Tools, WrongArgumentsAreToldInWords) {
  EXPECT_EQ(fault_of("lock", "{}"), "lock needs 'paths'");
  EXPECT_EQ(fault_of("lock", "[]"), "the arguments must be an object");
  EXPECT_EQ(fault_of("lock", R"({"paths": ["a"], "tsk": "x"})"),
            "lock takes no 'tsk'; did you mean 'task'?");
  EXPECT_EQ(fault_of("lock", R"({"paths": "a"})"), "'paths' must be an array of strings");
  EXPECT_EQ(fault_of("lock", R"({"paths": [1]})"), "'paths' must be a string");
  EXPECT_THAT(fault_of("lock", R"({"paths": ["a\u0000b"]})"), HasSubstr("null character"));
  EXPECT_THAT(fault_of("lock", R"({"paths": [""]})"), HasSubstr("must not be empty"));
  EXPECT_EQ(fault_of("unlock", R"({"all": "yes"})"), "'all' must be true or false");
  EXPECT_THAT(fault_of("unlock", R"({"force": true})"), HasSubstr("unlock takes no 'force'"));
}

TEST(Tools, AllTogetherAreSmall) {
  core::JsonWriter json;
  json.begin_object();
  write_tools(json);
  const std::string text = core::compact_json(parse_json(json.end_object().str()));
  constexpr double kBytesOfAToken = 3.5;  // of JSON in English, at the least
  EXPECT_LT(static_cast<double>(text.size()) / kBytesOfAToken, 2000);
  EXPECT_LE(tools().size(), 6U);
}

TEST(Resources, UrisBecomeCommandLines) {
  const auto words = [](const char* uri) {
    return resource_words(uri).value_or(std::vector<std::string>{"none"});
  };
  EXPECT_THAT(words("git-stream://locks"), ElementsAre("locks", "--json"));
  EXPECT_THAT(words("git-stream://log"), ElementsAre("log", "--json", "--last=100"));
  EXPECT_THAT(words("git-stream://log?last=5&since=2025-12-06T10%3A00%3A00Z"),
              ElementsAre("log", "--json", "--last=5", "--since=2025-12-06T10:00:00Z"));
  for (const char* uri :
       {"git-stream://log?follow=1", "git-stream://log?last",
        "git-stream://log?last=", "git-stream://log?agent=%", "git-stream://log?agent=%0",
        "git-stream://log?agent=%00", "git-stream://log?agent=%zz", "git-stream://logs",
        "git-stream://locks?x=1", "file:///x", ""})
    EXPECT_THAT(words(uri), ElementsAre("none")) << uri;
}

}  // namespace
}  // namespace gs::mcp
