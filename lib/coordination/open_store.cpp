#include "lib/coordination/open_store.h"

#include <utility>

#include "lib/coordination/etcd/etcd_store.h"
#include "lib/coordination/git/git_store.h"

namespace gs::coordination {

std::filesystem::path coordination_folder(const std::filesystem::path& common_dir) {
  return common_dir / "stream" / "coordination";
}

std::unique_ptr<LeaseStore> open_store(const core::Coordination& settings,
                                       const StoreClone& clone) {
  switch (settings.store) {
    case core::Store::files:
      return nullptr;
    case core::Store::git: {
      GitStoreOptions options;
      options.place.git_dir = clone.common_dir;
      options.place.address = settings.remote.empty() ? clone.remote : settings.remote;
      options.place.interactive = clone.interactive;
      options.activity = clone.activity;
      return std::make_unique<GitStore>(std::move(options));
    }
    case core::Store::etcd: {
      EtcdStoreOptions options;
      options.place.git_dir = clone.common_dir;
      options.place.endpoints = settings.endpoints;
      options.place.prefix = settings.prefix;
      options.place.interactive = clone.interactive;
      options.activity = clone.activity;
      return std::make_unique<EtcdStore>(std::move(options));
    }
  }
  return nullptr;
}

}  // namespace gs::coordination
