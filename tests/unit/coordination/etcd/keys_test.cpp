#include "lib/coordination/etcd/keys.h"

#include <gmock/gmock.h>
#include <map>

#include "lib/coordination/rules.h"
#include "lib/core/json.h"

namespace gs::coordination {
namespace {

const HostId kOne("one-1"), kTwo("two-2");

std::string nonce(char digit) {
  return std::string(32, digit);
}

Lease lease(const std::string& path, const HostId& host, std::uint64_t generation) {
  return {path, "F", "agent-F1", "", host, {generation}, core::Seconds{60}, false};
}

LeaseTable table() {
  return {StoreId(nonce('a')),
          {12},
          {{kOne, {{12}, Nonce(nonce('1'))}}, {kTwo, {{11}, Nonce(nonce('2'))}}},
          {lease("b.py", kTwo, 10), lease("a.py", kTwo, 11), lease("c/", kOne, 12),
           lease("d.py", kOne, 12)}};
}

// What a cluster that did the operations would hold.
class Cluster {
 public:
  void apply(const std::vector<etcd::Operation>& operations) {
    ++revision_;
    for (const etcd::Operation& operation : operations) {
      if (const auto* const put = std::get_if<etcd::Put>(&operation))
        keys_[put->key] = {put->key, put->value, revision_};
      if (const auto* const gone = std::get_if<etcd::Delete>(&operation)) keys_.erase(gone->key);
    }
  }
  Snapshot read() const {
    std::vector<etcd::KeyValue> hosts;
    const etcd::Range range = host_keys("p");
    for (const auto& [key, pair] : keys_)
      if (key >= range.key && key < range.end) hosts.push_back(pair);
    return read_keys(keys_.at(change_key("p")), hosts, "p");
  }
  etcd::KeyValue& at(const std::string& key) { return keys_[key]; }
  void remove(const std::string& key) { keys_.erase(key); }

 private:
  std::map<std::string, etcd::KeyValue> keys_;
  etcd::Revision revision_ = 40;
};

TEST(EtcdKeys, ATableIsReadAsItWasWritten) {
  Cluster cluster;
  cluster.apply(operations("p", {}, table()));
  const Snapshot read = cluster.read();
  EXPECT_EQ(read.table, table());
  EXPECT_EQ(read.tip, nonce('1'));
  EXPECT_EQ(read.tip, tip_of(table()));
}

TEST(EtcdKeys, AChangeWritesTheHostsThatItChanges) {
  LeaseTable next = table();
  next.last = {13};
  next.hosts[kOne] = {{13}, Nonce(nonce('3'))};
  EXPECT_EQ(operations("p", table(), next).size(), 2U);
  next.leases.erase(next.leases.begin());  // of the other's, whose time is over
  EXPECT_EQ(operations("p", table(), next).size(), 3U);
  Cluster cluster;
  cluster.apply(operations("p", {}, table()));
  cluster.apply(operations("p", table(), next));
  EXPECT_EQ(cluster.read().table, next);
  LeaseTable last = next;
  last.leases.erase(last.leases.begin());
  last.hosts.erase(kTwo);
  cluster.apply(operations("p", next, last));
  EXPECT_EQ(cluster.read().table, last) << "a host that is forgotten has no key";
}

TEST(EtcdKeys, WhatContradictsItselfIsDamage) {
  Cluster good;
  good.apply(operations("p", {}, table()));
  const auto faulty = [&](const auto& spoil) {
    Cluster cluster = good;
    spoil(cluster);
    EXPECT_THROW(cluster.read(), core::JsonError);
  };
  const std::string one = "p/hosts/one-1", two = "p/hosts/two-2";
  faulty([&](Cluster& cluster) { cluster.remove(one); });
  faulty([&](Cluster& cluster) { ++cluster.at(two).changed; });
  faulty([&](Cluster& cluster) { cluster.at("p/hosts/three") = cluster.at(one); });
  faulty([&](Cluster& cluster) { cluster.at(two).value = cluster.at(one).value; });
  faulty([&](Cluster& cluster) { cluster.at(two).value.clear(); });
  faulty([&](Cluster& cluster) { cluster.at("p/change").value = "{}"; });
  faulty([&](Cluster& cluster) {
    std::string& text = cluster.at("p/change").value;
    text.replace(text.find(nonce('1')), 32, nonce('9'));
  });
  EXPECT_EQ(good.read().table, table());
}

TEST(EtcdKeys, ADamagedTableOfTwoHostsWithOnePathIsNone) {
  LeaseTable twice = table();
  twice.leases.push_back(lease("a.py", kOne, 12));
  Cluster cluster;
  cluster.apply(operations("p", {}, twice));
  EXPECT_THROW(cluster.read(), core::JsonError);
}

TEST(EtcdKeys, Prefixes) {
  for (const char* const fine : {"a", "/a", "git-stream/my project"})
    EXPECT_EQ(valid_prefix(fine), std::string(fine).find(' ') == std::string::npos) << fine;
  for (const char* const none : {"", "/", "a/", "a\n", "\xc3\xa9"})
    EXPECT_FALSE(valid_prefix(none)) << none;
}

}  // namespace
}  // namespace gs::coordination
