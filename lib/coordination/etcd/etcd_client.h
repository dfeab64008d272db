#pragma once
// A cluster of etcd as a clone reaches it: by git-stream-etcd, which is started for the first call
// and keeps its connection.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "lib/etcd/gateway.h"
#include "lib/process/conversation.h"

namespace gs::coordination {

// Which cluster, and which keys of it.
struct EtcdPlace {
  std::filesystem::path git_dir;            // the common one, for its configuration
  std::vector<std::string> endpoints;       // "https://HOST:PORT"
  std::string prefix;                       // of all keys, without a slash at its end; ASCII
  bool interactive = false;                 // somebody may be asked for a password
  std::chrono::milliseconds limit{10'000};  // of one call
  std::filesystem::path program{};  // empty: git-stream-etcd beside this program, or on PATH
};

// "etcd at http://a:2379, http://b:2379"
std::string shown_place(const EtcdPlace& place);

class EtcdClient {
 public:
  explicit EtcdClient(const EtcdPlace& place) : place_(place) {}

  // Throws core::Error (broken) where git-stream-etcd cannot be started, or user and password are
  // refused. A call that was not answered is a refusal.
  etcd::Result ask(const etcd::Call& call);
  // Where etcd must answer. Throws core::Error (unreachable) otherwise: "cannot ask PLACE: WHY".
  etcd::Answer answer(const etcd::Call& call);
  // A watch, until it tells of a change or its limit is over.
  void wait(const etcd::Call& watch);

 private:
  etcd::Reply reply(const etcd::Call& call);
  void start();

  const EtcdPlace& place_;
  bool from_helper_ = false;  // the password
  std::string user_;
  std::unique_ptr<process::Conversation> program_;
};

// What answer() throws.
[[noreturn]] void fail_to_ask(const EtcdPlace& place, const std::string& why);

}  // namespace gs::coordination
