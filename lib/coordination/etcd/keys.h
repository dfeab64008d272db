#pragma once
// The table of leases as keys of etcd, divided by host, so that a change writes what it changes and
// no more:
//
//   PREFIX/change        {"version":1,"store":HEX,"last":N,"nonce":HEX}: the last change. Every
//   change
//                        replaces it, and is guarded by its revision
//   PREFIX/hosts/HOST    the part of the table that is a host's: its last change, and its leases
//                        (table_format.h)
//   PREFIX/log/HOST/N    a piece of a host's log (event_log.h)

#include <string>
#include <vector>

#include "lib/coordination/host_memory.h"
#include "lib/etcd/gateway.h"

namespace gs::coordination {

// Whether all keys may begin so: printable ASCII, and no slash at its end.
bool valid_prefix(const std::string& prefix);

std::string change_key(const std::string& prefix);
etcd::Range host_keys(const std::string& prefix);

// The last change's nonce names a state of the store: no other change has it, whatever becomes of
// the cluster's revisions.
std::string tip_of(const etcd::KeyValue& change);  // throws core::JsonError
std::string tip_of(const LeaseTable& table);

// The table that these are, of one moment. Throws core::JsonError where they are none.
Snapshot read_keys(const etcd::KeyValue& change, const std::vector<etcd::KeyValue>& hosts,
                   const std::string& prefix);

// What makes the keys of one table those of the next.
std::vector<etcd::Operation> operations(const std::string& prefix, const LeaseTable& known,
                                        const LeaseTable& next);

}  // namespace gs::coordination
