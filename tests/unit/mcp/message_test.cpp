#include "lib/mcp/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gs::mcp {
namespace {

using core::Json;
using core::parse_json;
using testing::ElementsAre;
using testing::HasSubstr;

std::optional<ErrorCode> fault_of(const std::string& line) {
  try {
    read_message(read_line(line));
    return std::nullopt;
  } catch (const ProtocolError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.code();
  }
}

TEST(Message, KindsAreToldByTheirMembers) {
  const auto kind = [](const char* text) { return read_message(parse_json(text)).kind; };
  EXPECT_EQ(kind(R"({"jsonrpc": "2.0", "id": 1, "method": "m"})"), Message::Kind::request);
  EXPECT_EQ(kind(R"({"jsonrpc": "2.0", "method": "m"})"), Message::Kind::notification);
  EXPECT_EQ(kind(R"({"jsonrpc": "2.0", "id": 1, "result": {}})"), Message::Kind::response);
  EXPECT_EQ(kind(R"({"jsonrpc": "2.0", "id": 1, "error": {}})"), Message::Kind::response);
}

TEST(Message, FaultsHaveTheCodesOfJsonRpc) {
  struct Case {
    std::string line;
    std::optional<ErrorCode> code;
  };
  const std::string deep(65, '[');
  const Case cases[] = {
      {"", ErrorCode::parse},
      {"{", ErrorCode::parse},
      {"{} {}", ErrorCode::parse},
      {"{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"\xff\"}", ErrorCode::parse},
      {deep, ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "jsonrpc": "2.0", "id": 1, "method": "m"})",
       ErrorCode::invalid_request},
      {"1", ErrorCode::invalid_request},
      {"{}", ErrorCode::invalid_request},
      {R"({"jsonrpc": 2.0, "id": 1, "method": "m"})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "1.0", "id": 1, "method": "m"})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": 1})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": 1, "method": 1})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": null, "method": "m"})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": 1.5, "method": "m"})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": [1], "method": "m"})", ErrorCode::invalid_request},
      {R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": [1]})", ErrorCode::invalid_params},
      {R"({"jsonrpc": "2.0", "id": 1, "method": "m", "params": null})", std::nullopt},
      {R"({"jsonrpc": "2.0", "method": "m", "params": [1]})", std::nullopt},
      {R"({"jsonrpc": "2.0", "id": "a", "method": "\ud800", "params": {}})", std::nullopt},
  };
  for (const Case& one : cases) EXPECT_EQ(fault_of(one.line), one.code) << one.line;
}

TEST(Message, AnAnswerHasTheIdThatCanBeRead) {
  EXPECT_EQ(readable_id(parse_json(R"({"id": "a", "method": 1})")), Json("a"));
  EXPECT_EQ(readable_id(parse_json(R"({"id": 9007199254740993})")), Json(9007199254740993));
  EXPECT_TRUE(readable_id(parse_json(R"({"id": {}})")).is_null());
  EXPECT_TRUE(readable_id(parse_json("[1]")).is_null());
}

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  const auto take = [&] {
    while (const auto line = splitter.next())
      lines.push_back(line->too_long ? "too long" : line->text);
  };
  for (const std::string& piece : pieces) {
    splitter.add(piece);
    take();
  }
  splitter.end();
  take();
  return lines;
}

TEST(LineSplitter, LinesAreTheSameHoweverTheyCome) {
  EXPECT_THAT(lines_of({"a\nb\r\n\n  \nc"}), ElementsAre("a", "b\r", "c"));
  EXPECT_THAT(lines_of({"a", "\n", "b\r", "\n", "\n  ", "\nc", ""}), ElementsAre("a", "b\r", "c"));
  EXPECT_THAT(lines_of({}), ElementsAre());
}

TEST(LineSplitter, ALineThatIsTooLongIsToldOnceAndTheNextIsRead) {
  const std::string most(kLargestMessage, 'x'), more = most + "x";
  EXPECT_THAT(lines_of({most, "\n", "a\n"}), ElementsAre(most, "a"));
  EXPECT_THAT(lines_of({more + "\na\n"}), ElementsAre("too long", "a"));
  EXPECT_THAT(lines_of({more, more, "x", "\n", "a"}), ElementsAre("too long", "a"));
  EXPECT_THAT(lines_of({more, more}), ElementsAre("too long"));
}

}  // namespace
}  // namespace gs::mcp
