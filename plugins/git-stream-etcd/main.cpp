// git-stream-etcd: what git-stream starts for leases in etcd. It takes messages on stdin and gives
// answers on stdout (lib/etcd/protocol.h) until stdin ends, and writes no file.

#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "lib/etcd/protocol.h"
#include "plugins/git-stream-etcd/cluster.h"

namespace {

constexpr int kUsage = 2, kBroken = 3;

int serve() {
  std::string line;
  if (!std::getline(std::cin, line)) return 0;
  gs::etcd::Cluster cluster(gs::etcd::parse_access(line));
  while (std::getline(std::cin, line)) {
    const gs::etcd::Reply reply = cluster.post(gs::etcd::parse_call(line));
    std::cout << gs::etcd::render_reply(reply) << '\n' << std::flush;
    if (!std::cout) return kBroken;
  }
  return 0;
}

int run(int count) {
  try {
    if (count == 1) return serve();
    std::cerr << "git-stream-etcd: git-stream starts this for leases in etcd; it has no options\n";
    return kUsage;
  } catch (const std::exception& error) {
    std::cerr << "git-stream-etcd: " << error.what() << '\n';
    return kBroken;
  }
}

}  // namespace

int main(int count, char** /*arguments*/) {
  return run(count);
}
