#include "plugins/git-stream-etcd/http.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace gs::etcd {

namespace {

constexpr std::size_t kLongestBody = kLongestMessage / 2;

struct Arriving {
  std::string body;
  bool stream = false;
  bool ended = false;  // by us: all that was wanted is there
};

// libcurl's callback: fewer bytes than there were end the transfer.
std::size_t arrive(char* bytes, std::size_t /*one*/, std::size_t count, void* into) {
  Arriving& arriving = *static_cast<Arriving*>(into);
  if (arriving.body.size() + count > kLongestBody) return 0;
  arriving.body.append(bytes, count);
  constexpr std::ptrdiff_t kLines = 2;
  arriving.ended =
      arriving.stream && std::count(arriving.body.begin(), arriving.body.end(), '\n') >= kLines;
  return arriving.ended ? 0 : count;
}

struct EndHeaders {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, EndHeaders>;

void add(Headers& headers, const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  [[maybe_unused]] curl_slist* const same = headers.release();
  headers.reset(longer);
}

Headers headers_of(const HttpRequest& request) {
  Headers headers;
  add(headers, "Content-Type: application/json");
  add(headers, "Expect:");  // no asking beforehand
  if (!request.token.empty()) add(headers, "Authorization: " + request.token);
  return headers;
}

template <class Value>
void set(CURL* handle, CURLoption option, Value value) {
  if (curl_easy_setopt(handle, option, value) != CURLE_OK)
    throw std::runtime_error("libcurl lacks an option: " + std::to_string(option));
}

void set_file(CURL* handle, CURLoption option, const std::string& file) {
  if (!file.empty()) set(handle, option, file.c_str());
}

CURL* new_handle() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw std::runtime_error("libcurl cannot be started");
  CURL* const handle = curl_easy_init();
  if (handle == nullptr) throw std::runtime_error("libcurl cannot be started");
  return handle;
}

bool was_sent(CURL* handle, CURLcode code) {
  if (code == CURLE_OK) return true;
  long bytes = 0;
  curl_easy_getinfo(handle, CURLINFO_REQUEST_SIZE, &bytes);
  return bytes > 0;
}

}  // namespace

HttpClient::HttpClient(const Access& access) : handle_(new_handle()) {
  CURL* const handle = handle_.get();
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(handle, CURLOPT_USERAGENT, "git-stream-etcd");
  set_file(handle, CURLOPT_CAINFO, access.ca);
  set_file(handle, CURLOPT_SSLCERT, access.certificate);
  set_file(handle, CURLOPT_SSLKEY, access.key);
}

HttpAnswer HttpClient::post(const HttpRequest& request) {
  CURL* const handle = handle_.get();
  Arriving arriving{{}, request.stream};
  std::array<char, CURL_ERROR_SIZE> error{};
  const Headers headers = headers_of(request);
  const long limit = static_cast<long>(std::max<std::int64_t>(request.limit.count(), 1));
  set(handle, CURLOPT_URL, request.url.c_str());
  set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  set(handle, CURLOPT_TIMEOUT_MS, limit);
  set(handle, CURLOPT_WRITEFUNCTION, &arrive);
  set(handle, CURLOPT_WRITEDATA, static_cast<void*>(&arriving));
  set(handle, CURLOPT_ERRORBUFFER, error.data());
  const CURLcode code = curl_easy_perform(handle);
  HttpAnswer answer{0, std::move(arriving.body), {}, was_sent(handle, code)};
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  const bool waited = code == CURLE_OPERATION_TIMEDOUT && request.stream && !answer.body.empty();
  if (code == CURLE_OK || arriving.ended || waited) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else {
    answer.failure = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
    if (code == CURLE_WRITE_ERROR) answer.failure = "the answer is longer than 32 MiB";
    if (code == CURLE_OPERATION_TIMEDOUT)
      answer.failure = "no answer within " + std::to_string(limit) + " ms";
  }
  return answer;
}

}  // namespace gs::etcd
