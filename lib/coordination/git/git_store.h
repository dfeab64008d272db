#pragma once
// Leases in a ref of a remote, moved by compare-and-swap; a log ref for each host.
// docs/decisions/coordination.md has the protocol.
//
//   refs/stream/leases          a commit for each change; its tree: `leases` (table_format.h)
//   refs/stream/log/HOST        a commit for each publication; its tree: `events`, JSON lines
//   refs/heads/stream/…         the same, where the remote takes no other refs
//   refs/stream/seen/…          in the clone: what was fetched of them

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "lib/coordination/git/remote.h"
#include "lib/coordination/lease_store.h"
#include "lib/coordination/memory_file.h"

namespace gs::coordination {

struct GitStoreOptions {
  RemotePlace place;
  std::filesystem::path activity;              // this clone's log (state::StateDir::activity)
  std::chrono::milliseconds patience{30'000};  // with other hosts' changes that come first
  // History is cut when it has about so many bytes, uncompressed.
  std::uint64_t most_history = std::uint64_t{1} << 20;
};

// How a change is made: this ref of the remote leaves `expected` (empty: it is not there yet) for
// the commit, or stays.
struct LeasesMove {
  std::string commit, ref, expected;
  const LeaseTable& table;  // that the commit has
};
using PushLeases = std::function<PushResult(const LeasesMove&)>;

inline constexpr char kLeasesRef[] = "refs/stream/leases",
                      kLeasesRefHeads[] = "refs/heads/stream/leases";
// In the clone: what was fetched of them.
inline constexpr char kLeasesSeen[] = "refs/stream/seen/leases",
                      kLeasesSeenHeads[] = "refs/stream/seen/heads/leases";

// Whether a ref, by its full name, is one of a store in a remote; the one with the leases.
bool is_store_ref(std::string_view ref);
bool is_leases_ref(std::string_view ref);

class GitStore : public LeaseStore {
 public:
  // Writes into COMMON-GIT-DIR/stream/coordination, which is made.
  explicit GitStore(GitStoreOptions options);

  ChangeOutcome change(const ChangeRequest& request) override;
  // The same, pushed by the caller, who may move other refs with it (`git push --atomic`): called
  // again, with another commit, while other hosts' changes come first. Not called where there is
  // nothing to change. Where it answers `stopped`, nothing was changed, and the outcome is empty.
  ChangeOutcome change_with(const ChangeRequest& request, const PushLeases& push);
  const RemotePlace& place() const { return options_.place; }
  SeenLeases read() override;
  SeenLeases local_copy() const override;
  std::size_t publish() override;
  ReadEvents events_since(const LogPosition& position) override;

 private:
  class Turn;
  const GitStoreOptions options_;
  const MemoryFile file_;
};

}  // namespace gs::coordination
