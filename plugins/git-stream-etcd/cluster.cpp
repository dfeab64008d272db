#include "plugins/git-stream-etcd/cluster.h"

#include <thread>
#include <utility>

#include "lib/core/json.h"
#include "lib/etcd/gateway.h"

namespace gs::etcd {

namespace {

using std::chrono::milliseconds;

constexpr int kUnauthenticated = 401, kTooMany = 429, kServerFault = 500;  // HTTP's

// Another endpoint may do better.
bool is_faulty(const Reply& reply) {
  return reply.status == 0 || reply.status == kTooMany || reply.status >= kServerFault;
}

milliseconds left(std::chrono::steady_clock::time_point end) {
  return std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
}

std::string login_body(const Access& access) {
  core::JsonWriter json;
  json.begin_object().member("name", access.user).member("password", access.password).end_object();
  return json.take();
}

bool needs_no_token(const Reply& reply) {
  const Result result = read_reply(reply);
  const auto* const refusal = std::get_if<Refusal>(&result);
  return refusal != nullptr && refusal->code == Code::precondition;  // authentication is off
}

}  // namespace

Cluster::Cluster(Access access)
    : access_(std::move(access)), http_(access_), logged_in_(access_.user.empty()) {}

// A cluster without a leader may have one in a moment.
Reply Cluster::post(const Call& call) {
  constexpr milliseconds kPause{200};
  const Clock::time_point end = Clock::now() + call.limit;
  for (;;) {
    Reply last = try_each(call, end);
    const bool may_recover = is_faulty(last) && last.status != 0;
    if (!may_recover || !call.repeatable || left(end) <= kPause) return last;
    std::this_thread::sleep_for(kPause);
  }
}

// What is left is divided among the endpoints that have not been asked yet.
Reply Cluster::try_each(const Call& call, Clock::time_point end) {
  const std::size_t count = access_.endpoints.size();
  Try last;
  for (std::size_t i = 0; i < count && (i == 0 || left(end).count() > 0); ++i) {
    const std::size_t number = (preferred_ + i) % count;
    Call now = call;
    now.limit = left(end);
    if (!call.stream) now.limit /= static_cast<milliseconds::rep>(count - i);
    last = ask(access_.endpoints[number], now);
    if (!is_faulty(last.reply)) preferred_ = number;
    if (!is_faulty(last.reply) || (last.sent && !call.repeatable)) break;
  }
  return std::move(last.reply);
}

Cluster::Try Cluster::ask(const std::string& endpoint, const Call& call) {
  const Clock::time_point end = Clock::now() + call.limit;
  for (int time = 0;; ++time) {
    if (!logged_in_) {
      Try login = log_in(endpoint, call.limit);
      if (!logged_in_) return login;
    }
    Call now = call;
    now.limit = left(end);
    Try result = post_once(endpoint, now);
    const bool forgotten = result.reply.status == kUnauthenticated && !token_.empty();
    if (!forgotten || time > 0) return result;
    logged_in_ = false;  // tokens end; nothing was done with this one
  }
}

Cluster::Try Cluster::post_once(const std::string& endpoint, const Call& call) {
  const bool slash = endpoint.ends_with('/');
  HttpAnswer answer =
      http_.post({(slash ? endpoint.substr(0, endpoint.size() - 1) : endpoint) + call.path,
                  call.body, token_, call.stream, call.limit});
  return {{answer.status, false, std::move(answer.body), std::move(answer.failure), endpoint},
          answer.sent};
}

// Nothing of the call itself was sent.
Cluster::Try Cluster::log_in(const std::string& endpoint, milliseconds limit) {
  token_.clear();
  Try result =
      post_once(endpoint, {"/v3/auth/authenticate", login_body(access_), true, false, limit});
  token_ = read_token(result.reply.body);
  logged_in_ = !token_.empty() || needs_no_token(result.reply);
  result.reply.login = true;
  result.sent = false;
  return result;
}

}  // namespace gs::etcd
