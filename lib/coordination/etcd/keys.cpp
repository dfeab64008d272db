#include "lib/coordination/etcd/keys.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/coordination/table_format.h"
#include "lib/core/json.h"
#include "lib/core/text.h"

namespace gs::coordination {

namespace {

using core::JsonError;
using core::JsonReader;

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw JsonError(otherwise);
}

std::string hosts_prefix(const std::string& prefix) {
  return prefix + "/hosts/";
}

// PREFIX/change.
struct Change {
  StoreId store;
  LastChange last;
};

Nonce last_nonce(const LeaseTable& table) {
  const auto last = std::ranges::find_if(
      table.hosts, [&](const auto& entry) { return entry.second.number == table.last; });
  return last == table.hosts.end() ? Nonce() : last->second.nonce;
}

std::string render_change(const LeaseTable& table) {
  core::JsonWriter json;
  json.begin_object()
      .member("version", 1)
      .member("store", table.store.str())
      .member("last", table.last.number)
      .member("nonce", last_nonce(table).str())
      .end_object();
  return json.take();
}

Change parse_change(std::string_view text) {
  Change change;
  std::uint64_t version = 0;
  JsonReader reader(text);
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    if (*name == "version") {
      version = core::json_natural(reader.number()).value_or(0);
    } else if (*name == "store") {
      change.store = StoreId(reader.string().text());
    } else if (*name == "last") {
      change.last.number = {core::json_natural(reader.number()).value_or(0)};
    } else if (*name == "nonce") {
      change.last.nonce = Nonce(reader.string().text());
    } else {
      reader.skip();
    }
  }
  reader.end();
  require(version == 1, "not of version 1");
  return change;
}

using Parts = std::map<HostId, LeaseTable>;

Parts parts_of(const LeaseTable& table) {
  Parts parts;
  for (const auto& [host, last] : table.hosts)
    parts[host] = {table.store, last.number, {{host, last}}, {}};
  for (const Lease& lease : table.leases) parts[lease.host].leases.push_back(lease);
  return parts;
}

// A host's part has that host alone.
void add_part(LeaseTable& table, const HostId& host, const etcd::KeyValue& pair) {
  ReadTable part = parse_table(pair.value);
  require(part.table.store == table.store, "a host's leases are those of another store");
  require(part.table.hosts.size() == 1 && part.table.hosts.begin()->first == host,
          "a host's leases are not its own");
  table.hosts.merge(part.table.hosts);
  std::ranges::move(part.table.leases, std::back_inserter(table.leases));
  require(table.leases.size() <= kMostLeases,
          "more than " + std::to_string(kMostLeases) + " leases");
}

}  // namespace

bool valid_prefix(const std::string& prefix) {
  return !prefix.empty() && !prefix.ends_with('/') &&
         std::ranges::all_of(prefix, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string change_key(const std::string& prefix) {
  return prefix + "/change";
}

etcd::Range host_keys(const std::string& prefix) {
  return etcd::with_prefix(hosts_prefix(prefix));
}

std::string tip_of(const etcd::KeyValue& change) {
  return parse_change(change.value).last.nonce.str();
}

std::string tip_of(const LeaseTable& table) {
  return last_nonce(table).str();
}

Snapshot read_keys(const etcd::KeyValue& change, const std::vector<etcd::KeyValue>& hosts,
                   const std::string& prefix) {
  const Change last = parse_change(change.value);
  Snapshot snapshot{tip_of(change), {last.store, last.last.number, {}, {}}, 0};
  for (const etcd::KeyValue& pair : hosts) {
    const HostId host(pair.key.substr(std::min(hosts_prefix(prefix).size(), pair.key.size())));
    require(pair.changed <= change.changed,
            core::printable(host.str()) + " was changed by something else");
    add_part(snapshot.table, host, pair);
  }
  // In the order in which they were acquired, as no store has another.
  std::ranges::stable_sort(snapshot.table.leases, {}, &Lease::generation);
  check_table(snapshot.table);
  require(last_nonce(snapshot.table) == last.last.nonce, "the last change is another host's");
  return snapshot;
}

std::vector<etcd::Operation> operations(const std::string& prefix, const LeaseTable& known,
                                        const LeaseTable& next) {
  std::vector<etcd::Operation> all{etcd::Put{change_key(prefix), render_change(next)}};
  const Parts before = parts_of(known), after = parts_of(next);
  for (const auto& [host, part] : after) {
    const auto old = before.find(host);
    if (old == before.end() || old->second != part)
      all.emplace_back(etcd::Put{hosts_prefix(prefix) + host.str(), render_table(part, 0)});
  }
  for (const auto& [host, part] : before)
    if (!after.contains(host)) all.emplace_back(etcd::Delete{hosts_prefix(prefix) + host.str()});
  return all;
}

}  // namespace gs::coordination
