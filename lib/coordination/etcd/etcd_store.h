#pragma once
// Leases in etcd (v3.4 and later): the same table as in a remote, in keys that are moved by
// transactions (keys.h), and a log for each host (event_log.h). docs/decisions/coordination.md has
// the protocol.

#include <chrono>
#include <filesystem>

#include "lib/coordination/etcd/etcd_client.h"
#include "lib/coordination/lease_store.h"
#include "lib/coordination/memory_file.h"

namespace gs::coordination {

struct EtcdStoreOptions {
  EtcdPlace place;
  std::filesystem::path activity;              // this clone's log (state::StateDir::activity)
  std::chrono::milliseconds patience{30'000};  // with other hosts' changes that come first
};

class EtcdStore : public LeaseStore {
 public:
  // Writes into COMMON-GIT-DIR/stream/coordination, which is made. Throws core::Error (usage) for a
  // prefix that is none.
  explicit EtcdStore(EtcdStoreOptions options);

  ChangeOutcome change(const ChangeRequest& request) override;
  SeenLeases read() override;
  SeenLeases local_copy() const override;
  void wait_for_change(std::chrono::milliseconds at_most) override;
  std::size_t publish() override;
  ReadEvents events_since(const LogPosition& position) override;

 private:
  class Turn;
  const EtcdStoreOptions options_;
  const MemoryFile file_;
  EtcdClient client_;
};

}  // namespace gs::coordination
