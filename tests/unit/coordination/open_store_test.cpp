#include "lib/coordination/open_store.h"

#include <gtest/gtest.h>

#include "lib/core/error.h"
#include "tests/support/temp_repo.h"

namespace gs::coordination {
namespace {

StoreClone clone_of(const test::TempRepo& repo) {
  return {repo.path() / ".git", repo.path() / "activity", "nowhere"};
}

TEST(OpenStore, FilesIsNoStoreAndMakesNothing) {
  const test::TempRepo repo;
  EXPECT_EQ(open_store({}, clone_of(repo)), nullptr);
  EXPECT_FALSE(std::filesystem::exists(coordination_folder(repo.path() / ".git")));
}

TEST(OpenStore, GitTakesThePolicysRemoteOrTheClones) {
  const test::TempRepo repo;
  for (const std::string named : {"", "elsewhere"}) {
    const auto store = open_store({core::Store::git, named}, clone_of(repo));
    EXPECT_TRUE(store->local_copy().leases.empty());
    try {
      store->read();
      ADD_FAILURE() << "there is no such remote";
    } catch (const core::Error& error) {
      const std::string address = named.empty() ? "nowhere" : named;
      EXPECT_NE(std::string(error.what()).find(address), std::string::npos) << error.what();
    }
  }
}

TEST(OpenStore, EtcdTakesThePolicysEndpointsAndPrefix) {
  const test::TempRepo repo;
  const auto store =
      open_store({core::Store::etcd, "", core::Action::warn, {"http://e:1"}, "p"}, clone_of(repo));
  EXPECT_TRUE(store->local_copy().leases.empty());
  EXPECT_THROW(
      open_store({core::Store::etcd, "", core::Action::warn, {"http://e:1"}, "p/"}, clone_of(repo)),
      core::Error);
}

}  // namespace
}  // namespace gs::coordination
