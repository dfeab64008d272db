#pragma once
// etcd's JSON gateway (v3.4 and later), as far as it is used: etcdserverpb's messages in the JSON
// of proto3. Numbers of 64 bits are texts there, keys and values base64, and what is zero is left
// out.

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "lib/etcd/protocol.h"

namespace gs::etcd {

// A state of the store: each change of it has the next number.
using Revision = std::uint64_t;

// The keys from `key` to before `end`; without an end, the key alone.
struct Range {
  std::string key, end = {};
  Revision revision = 0;      // as it was then; 0: now
  Revision changed_from = 0;  // only what was changed last then or later
  std::uint64_t most = 0;     // keys; 0: all
  bool last_first = false;    // by their names
};
// All keys that begin so.
Range with_prefix(std::string prefix);

struct Put {
  std::string key, value;
  std::uint64_t lease = 0;  // etcd's: it is removed with that
};
struct Delete {
  std::string key, end = {};
};
using Operation = std::variant<Range, Put, Delete>;

// One step, in which the operations are done if the key was changed last by that revision (0: it is
// not there), and the others otherwise.
struct Transaction {
  std::string key;
  Revision changed = 0;
  std::vector<Operation> then, otherwise;
};

Call range_call(const Range& range);
Call transaction_call(const Transaction& transaction);
// For so long. A lease of that id may be there already (kFailedPrecondition).
Call grant_call(std::uint64_t id, std::chrono::seconds duration);
// Answered when the key was changed by that revision or a later one.
Call watch_call(const std::string& key, Revision from, std::chrono::milliseconds at_most);

struct KeyValue {
  std::string key, value;
  Revision changed = 0;  // last
  bool operator==(const KeyValue&) const = default;
};

struct Answer {
  Revision revision = 0;                      // of the store
  bool succeeded = false;                     // of a transaction: `then` was done
  bool more = false;                          // of a range: there are more keys than were asked for
  std::vector<std::vector<KeyValue>> ranges;  // that were asked for
};

// Codes of gRPC.
enum class Code : int {
  none = -1,  // it is no answer of etcd
  unknown = 2,
  invalid = 3,
  not_found = 5,
  denied = 7,
  exhausted = 8,
  precondition = 9,
  out_of_range = 11,  // a revision that is gone, or yet to come
  unavailable = 14,
  unauthenticated = 16,
};
struct Refusal {
  Code code = Code::none;
  std::string why;  // printable, in one line
};
using Result = std::variant<Answer, Refusal>;

// Any reply.
Result read_reply(const Reply& reply);
// Of a call that changes something: whether it was surely not done.
bool was_not_done(const Refusal& refusal);

// Whether a watch has told of a change, also of one that was compacted since. Not where it was
// refused, or over.
bool tells_of_change(const Reply& reply);

// The token in an answer to user and password; empty where there is none.
std::string read_token(std::string_view body);

}  // namespace gs::etcd
