#pragma once
// How git-stream and git-stream-etcd, the program that uses the network, speak with each other:
// JSON, a value a line. First the access is told, which is not answered; then each call gets a
// reply. Both sides are strict: a member that is missing, unknown or of another kind is an error.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gs::etcd {

inline constexpr std::size_t kLongestMessage = std::size_t{64} << 20;  // bytes of a line

// How the cluster is reached. An empty text: none.
struct Access {
  std::vector<std::string> endpoints;  // "https://HOST:PORT"; tried in this order
  std::string user, password;          // etcd's
  std::string ca, certificate, key;    // PEM files
  bool operator==(const Access&) const = default;
};

// A POST to etcd's JSON gateway.
struct Call {
  std::string path;  // "/v3/kv/range"
  std::string body;  // JSON
  // Does no harm when it is done twice: where one endpoint fails the next is asked, and all of them
  // again while they may recover. Otherwise another one is asked only where nothing was sent.
  bool repeatable = false;
  // The answer is a stream: it is over with its second line, the first says that it has begun.
  bool stream = false;
  std::chrono::milliseconds limit{10'000};  // for all of it
  bool operator==(const Call&) const = default;
};

struct Reply {
  int status = 0;        // HTTP's; 0: no answer
  bool login = false;    // it is the answer to user and password
  std::string body;      // bytes that are no UTF-8 are U+FFFD
  std::string failure;   // why there is no answer
  std::string endpoint;  // that was asked last
  bool operator==(const Reply&) const = default;
};

// In one line, without its break.
std::string render_access(const Access& access);
std::string render_call(const Call& call);
std::string render_reply(const Reply& reply);

// Any bytes; throw core::JsonError.
Access parse_access(std::string_view line);
Call parse_call(std::string_view line);
Reply parse_reply(std::string_view line);

}  // namespace gs::etcd
