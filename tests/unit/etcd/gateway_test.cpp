// Requests and answers are those of etcd 3.4.23.

#include "lib/etcd/gateway.h"

#include <gmock/gmock.h>

#include "lib/core/json.h"

namespace gs::etcd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

core::Json body_of(const Call& call) {
  return core::parse_json(call.body);
}

Reply answered(int status, std::string body) {
  return {status, false, std::move(body), {}, "http://a:1"};
}

Refusal refusal_of(const Reply& reply) {
  const Result result = read_reply(reply);
  return std::holds_alternative<Refusal>(result) ? std::get<Refusal>(result)
                                                 : Refusal{Code::none, "no refusal"};
}

TEST(EtcdGateway, AsksForRanges) {
  EXPECT_EQ(body_of(range_call({"z"})), core::parse_json(R"({"key":"eg=="})"));
  Range range = with_prefix("x/");
  range.revision = 5;
  range.changed_from = 4;
  range.most = 3;
  range.last_first = true;
  const Call call = range_call(range);
  EXPECT_EQ(call.path, "/v3/kv/range");
  EXPECT_TRUE(call.repeatable);
  EXPECT_EQ(body_of(call), core::parse_json(R"({"key":"eC8=","range_end":"eDA=","revision":"5",
    "min_mod_revision":"4","limit":"3","sort_order":"DESCEND","sort_target":"KEY"})"));
}

TEST(EtcdGateway, AsksForTransactions) {
  const Call call =
      transaction_call({"z", 7, {Put{"a", "1", 9}, Delete{"b", "c"}, Range{"d"}}, {Range{"z"}}});
  EXPECT_EQ(call.path, "/v3/kv/txn");
  EXPECT_FALSE(call.repeatable) << "done twice, it would fail";
  EXPECT_EQ(body_of(call), core::parse_json(R"({
    "compare":[{"key":"eg==","target":"MOD","result":"EQUAL","mod_revision":"7"}],
    "success":[{"request_put":{"key":"YQ==","value":"MQ==","lease":"9"}},
               {"request_delete_range":{"key":"Yg==","range_end":"Yw=="}},
               {"request_range":{"key":"ZA=="}}],
    "failure":[{"request_range":{"key":"eg=="}}]})"));
  EXPECT_TRUE(transaction_call({"z", 0, {Range{"z"}}, {Range{"a"}}}).repeatable) << "only reads";
}

TEST(EtcdGateway, AsksForLeasesAndWatches) {
  EXPECT_EQ(body_of(grant_call(77, std::chrono::seconds(60))),
            core::parse_json(R"({"ID":"77","TTL":"60"})"));
  const Call watch = watch_call("z", 8, std::chrono::milliseconds(500));
  EXPECT_TRUE(watch.stream);
  EXPECT_EQ(watch.limit, std::chrono::milliseconds(500));
  EXPECT_EQ(body_of(watch),
            core::parse_json(R"({"create_request":{"key":"eg==","start_revision":"8"}})"));
}

TEST(EtcdGateway, ReadsAnswers) {
  const Result range = read_reply(answered(
      200, R"({"header":{"cluster_id":"14841639068965178418","revision":"8"},"kvs":[{"key":"eg==",
      "create_revision":"8","mod_revision":"8","version":"1","value":"MQ=="}],"more":true,"count":"2"})"));
  const auto& found = std::get<Answer>(range);
  EXPECT_EQ(found.revision, 8U);
  EXPECT_TRUE(found.more);
  EXPECT_THAT(found.ranges, ElementsAre(ElementsAre(KeyValue{"z", "1", 8})));
  const Result none = read_reply(answered(200, R"({"header":{"revision":"8"}})"));
  EXPECT_THAT(std::get<Answer>(none).ranges, ElementsAre(IsEmpty())) << "zeros are left out";
  const Result done = read_reply(answered(200, R"({"header":{"revision":"9"},"succeeded":true,
      "responses":[{"response_put":{"header":{"revision":"9"}}},
      {"response_range":{"header":{"revision":"9"}}}]})"));
  EXPECT_TRUE(std::get<Answer>(done).succeeded);
  EXPECT_THAT(std::get<Answer>(done).ranges, ElementsAre(IsEmpty()));
}

TEST(EtcdGateway, ReadsRefusals) {
  struct Case {
    int status;
    const char* body;
    Code code;
    const char* why;
    bool not_done;
  };
  for (const Case& one : {
           Case{400, R"({"error":"etcdserver: request is too large","code":3})", Code::invalid,
                "etcdserver: request is too large", true},
           Case{429, R"({"message":"etcdserver: mvcc: database space exceeded","code":8})",
                Code::exhausted, "etcdserver: mvcc: database space exceeded", true},
           Case{429, R"({"message":"etcdserver: too many requests","code":8})", Code::exhausted,
                "etcdserver: too many requests", false},
           Case{503, R"({"error":"etcdserver: request timed out","code":14})", Code::unavailable,
                "etcdserver: request timed out", false},
           Case{403, R"({"error":"etcdserver: permission denied","code":7})", Code::denied,
                "etcdserver: permission denied", true},
           Case{404, "Not Found\n", Code::none, "HTTP status 404", false},
           Case{200, "\x1b[2J", Code::none, "the answer is none of etcd's", false},
           Case{200, "{}", Code::none, "the answer is none of etcd's", false},
           Case{200, R"({"header":{"revision":"-1"}})", Code::none, "none of etcd's", false},
           Case{200, R"({"header":{"revision":"8"},"kvs":[{"key":"!!","mod_revision":"8"}]})",
                Code::none, "none of etcd's", false},
           Case{200, R"({"header":{"revision":"8"}}x)", Code::none, "none of etcd's", false},
       }) {
    const Refusal refusal = refusal_of(answered(one.status, one.body));
    EXPECT_EQ(refusal.code, one.code) << one.body;
    EXPECT_THAT(refusal.why, HasSubstr(one.why)) << one.body;
    EXPECT_EQ(was_not_done(refusal), one.not_done) << one.body;
  }
}

TEST(EtcdGateway, WhatIsSaidReachesNoTerminalAsItIs) {
  const Refusal refusal = refusal_of(answered(500, R"({"message":"\u001b[2J\nx","code":2})"));
  EXPECT_EQ(refusal.why, "?[2J?x");
  EXPECT_EQ(refusal_of({0, false, "", "no\x1b route", ""}).why, "no? route");
}

TEST(EtcdGateway, KnowsWhatAWatchTells) {
  const std::string created = R"({"result":{"header":{"revision":"8"},"created":true}})"
                              "\n";
  EXPECT_FALSE(tells_of_change(answered(200, created)));
  EXPECT_TRUE(tells_of_change(answered(
      200,
      created + R"({"result":{"header":{"revision":"8"},"events":[{"kv":{"key":"eg=="}}]}})")));
  EXPECT_TRUE(tells_of_change(
      answered(200, created + R"({"result":{"canceled":true,"compact_revision":"7"}})")));
  EXPECT_FALSE(tells_of_change(
      answered(200, created + R"({"result":{"canceled":true,"cancel_reason":"denied"}})")));
}

TEST(EtcdGateway, ReadsTokens) {
  EXPECT_EQ(read_token(R"({"header":{},"token":"abc.12"})"), "abc.12");
  for (const char* const body : {"", "{}", R"({"token":"a\r\nX: y"})", R"({"token":1})"})
    EXPECT_EQ(read_token(body), "") << body;
  EXPECT_EQ(refusal_of({200, true, "{}", "", ""}).why, "HTTP status 200");
}

}  // namespace
}  // namespace gs::etcd
