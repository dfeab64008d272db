#pragma once
// The store that a policy names, for one clone.

#include <filesystem>
#include <memory>
#include <string>

#include "lib/coordination/lease_store.h"
#include "lib/core/policy.h"

namespace gs::coordination {

struct StoreClone {
  std::filesystem::path common_dir;  // of git: COMMON-GIT-DIR
  std::filesystem::path activity;    // its activity log: state::StateDir::activity
  std::string remote;                // where the policy names none
  bool interactive = false;          // somebody may be asked for a password
};

// Null where the policy's store is `files`: nothing is shared then. Asks nobody.
std::unique_ptr<LeaseStore> open_store(const core::Coordination& settings, const StoreClone& clone);

// Where what this clone knows of the store is kept: COMMON-GIT-DIR/stream/coordination.
std::filesystem::path coordination_folder(const std::filesystem::path& common_dir);

}  // namespace gs::coordination
