#pragma once
// HTTP by libcurl: all of git-stream that speaks with a network itself.

#include <chrono>
#include <curl/curl.h>
#include <memory>
#include <string>

#include "lib/etcd/protocol.h"

namespace gs::etcd {

struct HttpRequest {
  std::string url;
  std::string body;   // JSON
  std::string token;  // for Authorization; empty: none
  bool stream = false;
  std::chrono::milliseconds limit{0};
};

struct HttpAnswer {
  int status = 0;  // 0: none
  std::string body;
  std::string failure;
  bool sent = false;  // anything of the request may have arrived
};

// Keeps connections for the next request. Not for several threads.
class HttpClient {
 public:
  explicit HttpClient(const Access& access);

  HttpAnswer post(const HttpRequest& request);

 private:
  struct End {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  const std::unique_ptr<CURL, End> handle_;
};

}  // namespace gs::etcd
