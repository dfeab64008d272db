#pragma once
// A LeaseTable as text: JSON, one host and one lease a line, so that git stores two versions that
// differ in a lease in little more than its line.
//
//   {"version":1,"store":HEX,"last":N,"history":N,"hosts":{
//   "HOST":{"last":N,"nonce":HEX},
//   …},"leases":[
//   {"path": …, "stream": …, "agent": …, "host": …, "generation": N, "seconds": N, "reason": …,
//    "automatic": BOOL},
//   …]}

#include <string>
#include <string_view>

#include "lib/coordination/host_memory.h"
#include "lib/core/json.h"

namespace gs::coordination {

// A table is refused unread beyond this.
inline constexpr std::size_t kTableLimit = std::size_t{16} << 20;
inline constexpr core::Seconds kLongestLease{366 * 86400};

// Whether a host may be called so: it is a part of a ref's name.
bool valid_host(std::string_view name);

std::string render_table(const LeaseTable& table, std::uint64_t history);

struct ReadTable {
  LeaseTable table;
  std::uint64_t history = 0;
};
// Any bytes. Throws core::JsonError where they are no table, break a rule of it (a lease's
// generation beyond the last, a host that is not listed, the same path twice) or hold more than
// kMostLeases; what() completes "the leases of URL are damaged: ". Unknown members are passed over.
ReadTable parse_table(std::string_view text);

// Throws core::JsonError where a table breaks one of these rules; parse_table does.
void check_table(const LeaseTable& table);

// ---- For what a host remembers.

core::Json json_of(const Lease& lease);
Lease lease_of(const core::Json& json);  // throws core::JsonError

}  // namespace gs::coordination
