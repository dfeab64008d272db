#pragma once
// A cluster of etcd: calls go to one of its endpoints, with the token that etcd gives for user and
// password.

#include <chrono>
#include <string>

#include "lib/etcd/protocol.h"
#include "plugins/git-stream-etcd/http.h"

namespace gs::etcd {

class Cluster {
 public:
  explicit Cluster(Access access);

  // Beginning with the endpoint that has answered last.
  Reply post(const Call& call);

 private:
  using Clock = std::chrono::steady_clock;
  struct Try {
    Reply reply;
    bool sent = false;
  };
  Reply try_each(const Call& call, Clock::time_point end);
  Try ask(const std::string& endpoint, const Call& call);
  Try post_once(const std::string& endpoint, const Call& call);
  Try log_in(const std::string& endpoint, std::chrono::milliseconds limit);

  const Access access_;
  HttpClient http_;
  std::size_t preferred_ = 0;
  std::string token_;
  bool logged_in_ = false;  // or needs no token
};

}  // namespace gs::etcd
