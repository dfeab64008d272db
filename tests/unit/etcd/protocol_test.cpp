#include "lib/etcd/protocol.h"

#include <gtest/gtest.h>

#include "lib/core/json.h"

namespace gs::etcd {
namespace {

TEST(EtcdProtocol, MessagesAreLinesThatAreReadAsTheyWereWritten) {
  const Access access{{"http://a:1", "https://b:2/"}, "ada", "p\"\n\\", "/ca", "/cert", "/key"};
  const Call call{"/v3/kv/txn", "{\"a\":\"\xc3\xa9\\n\"}\n", true, true,
                  std::chrono::milliseconds(7)};
  const Reply reply{200, true, "{}\n", "why", "http://a:1"};
  for (const std::string& line : {render_access(access), render_call(call), render_reply(reply)})
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  EXPECT_EQ(parse_access(render_access(access)), access);
  EXPECT_EQ(parse_call(render_call(call)), call);
  EXPECT_EQ(parse_reply(render_reply(reply)), reply);
}

TEST(EtcdProtocol, AnythingElseIsRefused) {
  const std::string good = render_call({"/a", "b"});
  ASSERT_EQ(parse_call(good).path, "/a");
  for (const std::string& line :
       {std::string("{}"), std::string("[]"), std::string(), good + good, good.substr(1),
        std::string(R"({"path":"a","body":"b","repeatable":false,"stream":false,"limit":1})"),
        std::string(R"({"path":"/a","body":"b","repeatable":false,"stream":false})"),
        std::string(R"({"path":"/a","body":"b","repeatable":false,"stream":false,"limit":-1})"),
        std::string(R"({"path":"/a","body":"b","repeatable":false,"stream":0,"limit":1})"),
        std::string(
            R"({"path":"/a","body":"b","repeatable":false,"stream":false,"limit":1,"more":1})")})
    EXPECT_THROW(parse_call(line), core::JsonError) << line;
  EXPECT_THROW(parse_access(render_access({})), core::JsonError) << "nobody can be asked";
  EXPECT_THROW(parse_reply(R"({"status":1000})"), core::JsonError);
}

}  // namespace
}  // namespace gs::etcd
