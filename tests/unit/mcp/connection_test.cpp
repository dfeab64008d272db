#include "lib/mcp/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gs::mcp {
namespace {

using core::Json;
using core::parse_json;

// Puts the required members of a request of revision 2026-07-28 in the place of META.
std::string with_meta(std::string line) {
  constexpr std::string_view kPlace = "META";
  const std::size_t at = line.find(kPlace);
  if (at == line.npos) return line;
  return line.replace(at, kPlace.size(),
                      R"("_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28", )"
                      R"("io.modelcontextprotocol/clientCapabilities": {}})");
}

class Client {
 public:
  // The answer; null: there is none.
  Json send(const std::string& line) {
    step = connection.take({with_meta(line), false});
    if (step.replies.empty()) return {};
    EXPECT_EQ(step.replies.find('\n'), step.replies.size() - 1);
    return parse_json(step.replies);
  }
  // The code of the error that it is; 0: it is none.
  std::int64_t code(const std::string& line) { return code_of(send(line)); }
  static std::int64_t code_of(const Json& reply) {
    const Json* const error = reply.find("error");
    return error == nullptr ? 0 : error->find("code")->integer().value_or(-1);
  }
  void begin(const std::string& revision) {
    const Json reply = send(
        R"({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": ")" +
        revision + R"(", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}})");
    agreed = *reply.find("result")->find("protocolVersion")->string();
    EXPECT_TRUE(send(R"({"jsonrpc": "2.0", "method": "notifications/initialized"})").is_null());
  }

  Connection connection{"9.9.9"};
  Connection::Step step;
  std::string agreed;
};

constexpr char kLock[] =
    R"({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {META, "name": "lock", "arguments": {"paths": ["a"]}}})";
constexpr char kList[] = R"({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})";

TEST(Connection, AgreesOnARevisionThatBothKnow) {
  struct Case {
    std::string wanted, agreed;
  };
  for (const Case& one : {Case{"2024-11-05", "2024-11-05"}, Case{"2025-11-25", "2025-11-25"},
                          Case{"2026-07-28", "2025-11-25"}, Case{"1999-01-01", "2025-11-25"}}) {
    Client client;
    client.begin(one.wanted);
    EXPECT_EQ(client.agreed, one.agreed);
    EXPECT_EQ(client.code(kList), 0);
  }
}

TEST(Connection, ARequestBeforeAnyAgreementIsRefused) {
  Client client;
  EXPECT_EQ(client.code(kList), -32600);
  EXPECT_EQ(client.code(R"({"jsonrpc": "2.0", "id": 1, "method": "ping"})"), 0);
  EXPECT_EQ(client.code(R"({"jsonrpc": "2.0", "id": 1, "method": "initialize"})"), -32602);
}

TEST(Connection, ARequestMaySayItsRevisionItself) {
  Client client;
  const Json reply =
      client.send(R"({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {META}})");
  const Json& result = *reply.find("result");
  EXPECT_EQ(*result.find("resultType"), Json("complete"));
  EXPECT_EQ(result.find("supportedVersions")->array()->front(), Json("2026-07-28"));
  const Json& program = *result.find("_meta")->find("io.modelcontextprotocol/serverInfo");
  EXPECT_EQ(*program.find("version"), Json("9.9.9"));
  EXPECT_EQ(client.code(kList), -32600);  // it counts for that request only
}

TEST(Connection, WhatARequestSaysOfItselfIsChecked) {
  Client client;
  const std::string begin =
      R"({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": )";
  const std::string key = R"({"io.modelcontextprotocol/protocolVersion": )";
  EXPECT_EQ(client.code(begin + key + "1}}}"), -32602);
  EXPECT_EQ(client.code(begin + key + "\"2026-07-28\"}}}"), -32602);
  const Json reply = client.send(begin + key + "\"2099-01-01\"}}}");
  EXPECT_EQ(Client::code_of(reply), -32022);
  EXPECT_EQ(*reply.find("error")->find("data")->find("requested"), Json("2099-01-01"));
}

TEST(Connection, UnknownThingsHaveTheirCodes) {
  for (const bool modern : {true, false}) {
    Client client;
    if (!modern) client.begin("2025-06-18");
    const std::string meta = modern ? "META, " : "";
    const auto code = [&](const std::string& method, const std::string& params) {
      return client.code(R"({"jsonrpc": "2.0", "id": 1, "method": ")" + method +
                         R"(", "params": {)" + meta + params + "}}");
    };
    EXPECT_EQ(code("prompts/list", R"("x": 1)"), -32601);
    EXPECT_EQ(code("tools/call", R"("name": "merge")"), -32602);
    EXPECT_EQ(code("tools/call", R"("name": 1)"), -32602);
    EXPECT_EQ(code("tools/list", R"("cursor": "x")"), -32602);
    EXPECT_EQ(code("resources/read", R"("uri": "git-stream://x")"), modern ? -32602 : -32002);
  }
}

TEST(Connection, NotificationsAreNeverAnswered) {
  Client client;
  for (const char* line : {R"({"jsonrpc": "2.0", "method": "nonsense"})",
                           R"({"jsonrpc": "2.0", "method": "tools/list", "params": 1})",
                           R"({"jsonrpc": "2.0", "method": "notifications/cancelled"})",
                           R"({"jsonrpc": "2.0", "id": 5, "result": {}})"})
    EXPECT_TRUE(client.send(line).is_null()) << line;
}

TEST(Connection, ACallIsAnsweredWhenItsCommandEnds) {
  Client client;
  EXPECT_TRUE(client.send(kLock).is_null());
  ASSERT_EQ(client.step.calls.size(), 1U);
  EXPECT_TRUE(client.step.calls[0].asked.changes);
  const Json reply = parse_json(client.connection.finish(
      client.step.calls[0], {0, "locked a\n", "git-stream: beware\n", "{\"schema\":\n 1}"}));
  const Json& result = *reply.find("result");
  EXPECT_EQ(*reply.find("id"), Json(7));
  EXPECT_EQ(*result.find("isError"), Json(false));
  EXPECT_EQ(*result.find("structuredContent"), parse_json("{\"schema\": 1}"));
  EXPECT_EQ(*result.find("content")->array()->front().find("text"),
            Json("locked a\ngit-stream: beware"));
}

TEST(Connection, ARefusalIsAResultAndACrashSaysSo) {
  Client client;
  client.send(kLock);
  const auto text_of = [&](const Ending& ending) {
    const Json reply = parse_json(client.connection.finish(client.step.calls[0], ending));
    EXPECT_EQ(*reply.find("result")->find("isError"), Json(true));
    EXPECT_EQ(reply.find("result")->find("structuredContent"), nullptr);
    return *reply.find("result")->find("content")->array()->front().find("text")->string();
  };
  EXPECT_EQ(text_of({1, "", "not locked\n", "{\"schema\": 1}"}), "not locked");
  EXPECT_EQ(text_of({139, "", "", "{half"}), "nothing\ngit stream lock was ended by signal 11");
}

TEST(Connection, WhatAReportFindsIsNoFailure) {
  Client client;
  client.send(
      R"({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {META, "name": "conflicts"}})");
  const auto failed = [&](int status) {
    const Json reply =
        parse_json(client.connection.finish(client.step.calls[0], {status, "", "", ""}));
    return *reply.find("result")->find("isError")->boolean();
  };
  EXPECT_FALSE(failed(1));
  EXPECT_TRUE(failed(3));
}

TEST(Connection, AnIdIsTakenWhileItsRequestIsUnderWay) {
  Client client;
  client.send(kLock);
  const Call first = client.step.calls[0];
  EXPECT_EQ(client.code(kLock), -32600);
  client.connection.finish(first, {});
  EXPECT_EQ(client.code(kLock), 0);
}

TEST(Connection, ACancelledCallIsNotAnswered) {
  Client client;
  const std::string cancel =
      R"({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})";
  client.send(cancel);
  EXPECT_TRUE(client.step.cancelled.empty());
  client.send(kLock);
  const Call call = client.step.calls[0];
  client.send(cancel);
  EXPECT_EQ(client.step.cancelled, std::vector<Json>{Json(7)});
  EXPECT_EQ(client.connection.drop(call), "");
  EXPECT_EQ(client.code(kLock), 0);
}

TEST(Connection, TooManyCallsAtOnceAreRefused) {
  Client client;
  const auto send = [&](std::size_t id) {
    return client.code(R"({"jsonrpc": "2.0", "id": )" + std::to_string(id) +
                       R"(, "method": "tools/call", "params": {META, "name": "status"}})");
  };
  for (std::size_t id = 0; id < kMostCalls; ++id) EXPECT_EQ(send(id), 0);
  EXPECT_EQ(send(kMostCalls), -32603);
}

TEST(Connection, OnlyOneRevisionHasBatches) {
  const std::string list = "[" + std::string(kList) + "]";
  Client newer;
  newer.begin("2025-06-18");
  EXPECT_EQ(newer.code(list), -32600);
  Client client;
  client.begin("2025-03-26");
  EXPECT_EQ(client.code("[]"), -32600);
  EXPECT_EQ(client.send(list).array()->size(), 1U);
  EXPECT_TRUE(client.send(R"([{"jsonrpc": "2.0", "method": "x"}])").is_null());
  const Json reply = client.send(R"([1, {"jsonrpc": "2.0", "id": 1, "method": "initialize"}])");
  for (const Json& one : *reply.array()) EXPECT_EQ(Client::code_of(one), -32600);
}

TEST(Connection, ABatchIsAnsweredAtOnceWhenItsLastCallHasEnded) {
  Client client;
  client.begin("2025-03-26");
  const std::string call =
      R"({"jsonrpc": "2.0", "id": ID, "method": "tools/call", "params": {"name": "status"}})";
  const auto numbered = [&](const char* id) {
    return std::string(call).replace(call.find("ID"), 2, id);
  };
  EXPECT_TRUE(client
                  .send("[" + numbered("1") + "," + std::string(kList).replace(24, 1, "9") + "," +
                        numbered("2") + "]")
                  .is_null());
  ASSERT_EQ(client.step.calls.size(), 2U);
  EXPECT_EQ(client.connection.finish(client.step.calls[0], {}), "");
  const Json replies = parse_json(client.connection.finish(client.step.calls[1], {}));
  EXPECT_EQ(replies.array()->size(), 3U);
}

TEST(Connection, TheSessionOfARequestIsTaken) {
  Client client;
  const auto session = [&](const std::string& thread) {
    client.send(
        R"({"jsonrpc": "2.0", "id": ")" + thread +
        R"(", "method": "tools/call", "params": {"name": "status", "_meta": {"threadId": )" +
        thread + "}}}");
    return client.step.calls.at(0).session;
  };
  client.begin("2025-06-18");
  client.send(
      R"({"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "status", "_meta": {"threadId": "t1"}}})");
  EXPECT_EQ(client.step.calls.at(0).session, "t1");
  EXPECT_EQ(session("12"), std::nullopt);
}

}  // namespace
}  // namespace gs::mcp
