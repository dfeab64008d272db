#include "lib/etcd/gateway.h"

#include <algorithm>
#include <optional>

#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/etcd/base64.h"

namespace gs::etcd {

namespace {

using core::JsonError;
using core::JsonReader;
using core::JsonWriter;

constexpr int kFine = 200;  // HTTP's

// ---- Requests.

void number(JsonWriter& json, std::string_view name, std::uint64_t value) {
  if (value != 0) json.member(name, std::to_string(value));
}

void keys(JsonWriter& json, const std::string& key, const std::string& end) {
  json.member("key", to_base64(key));
  if (!end.empty()) json.member("range_end", to_base64(end));
}

void add(JsonWriter& json, const Range& range) {
  json.begin_object();
  keys(json, range.key, range.end);
  number(json, "revision", range.revision);
  number(json, "min_mod_revision", range.changed_from);
  number(json, "limit", range.most);
  if (range.last_first) json.member("sort_order", "DESCEND").member("sort_target", "KEY");
  json.end_object();
}

void add(JsonWriter& json, const Put& put) {
  json.begin_object().member("key", to_base64(put.key)).member("value", to_base64(put.value));
  number(json, "lease", put.lease);
  json.end_object();
}

void add(JsonWriter& json, const Delete& gone) {
  json.begin_object();
  keys(json, gone.key, gone.end);
  json.end_object();
}

const char* kind_of(const Operation& operation) {
  static constexpr const char* kKinds[] = {"request_range", "request_put", "request_delete_range"};
  return kKinds[operation.index()];
}

void add(JsonWriter& json, const char* name, const std::vector<Operation>& operations) {
  json.key(name).begin_array();
  for (const Operation& operation : operations) {
    json.begin_object().key(kind_of(operation));
    std::visit([&](const auto& one) { add(json, one); }, operation);
    json.end_object();
  }
  json.end_array();
}

bool changes(const Operation& operation) {
  return !std::holds_alternative<Range>(operation);
}

}  // namespace

Range with_prefix(std::string prefix) {
  std::string end = prefix;
  ++end.back();  // of what is ASCII
  return {std::move(prefix), std::move(end)};
}

Call range_call(const Range& range) {
  JsonWriter json;
  add(json, range);
  return {"/v3/kv/range", json.take(), true};
}

Call transaction_call(const Transaction& transaction) {
  JsonWriter json;
  json.begin_object().key("compare").begin_array().begin_object();
  json.member("key", to_base64(transaction.key))
      .member("target", "MOD")
      .member("result", "EQUAL")
      .member("mod_revision", std::to_string(transaction.changed))
      .end_object()
      .end_array();
  add(json, "success", transaction.then);
  add(json, "failure", transaction.otherwise);
  json.end_object();
  const bool harmless = std::ranges::none_of(transaction.then, changes) &&
                        std::ranges::none_of(transaction.otherwise, changes);
  return {"/v3/kv/txn", json.take(), harmless};
}

Call grant_call(std::uint64_t id, std::chrono::seconds duration) {
  JsonWriter json;
  json.begin_object()
      .member("ID", std::to_string(id))
      .member("TTL", std::to_string(duration.count()))
      .end_object();
  return {"/v3/lease/grant", json.take(), true};
}

Call watch_call(const std::string& key, Revision from, std::chrono::milliseconds at_most) {
  JsonWriter json;
  json.begin_object().key("create_request").begin_object().member("key", to_base64(key));
  number(json, "start_revision", from);
  json.end_object().end_object();
  return {"/v3/watch", json.take(), true, true, at_most};
}

namespace {

// ---- Answers.

void require(bool holds) {
  if (!holds) throw JsonError("a member of another kind than etcd's");
}

// A number, also as a text.
std::uint64_t natural(JsonReader& reader) {
  const auto value = reader.kind() == core::JsonKind::string
                         ? core::json_natural(reader.string().text())
                         : core::json_natural(reader.number());
  require(value.has_value());
  return *value;
}

std::string bytes(JsonReader& reader) {
  auto decoded = from_base64(reader.string().text());
  require(decoded.has_value());
  return std::move(*decoded);
}

// Each member of an object; what `take` does not know is passed over.
template <class Take>
void members(JsonReader& reader, const Take& take) {
  reader.begin_object();
  while (const auto name = reader.next_member())
    if (!take(name->text())) reader.skip();
}

KeyValue pair(JsonReader& reader) {
  KeyValue pair;
  members(reader, [&](const std::string& name) {
    if (name == "key") return pair.key = bytes(reader), true;
    if (name == "value") return pair.value = bytes(reader), true;
    if (name == "mod_revision") return pair.changed = natural(reader), true;
    return false;
  });
  require(!pair.key.empty() && pair.changed > 0);
  return pair;
}

std::vector<KeyValue> pairs(JsonReader& reader) {
  std::vector<KeyValue> result;
  reader.begin_array();
  while (reader.next_item()) result.push_back(pair(reader));
  return result;
}

Revision revision(JsonReader& reader) {
  Revision found = 0;
  members(reader, [&](const std::string& name) {
    return name == "revision" && (found = natural(reader), true);
  });
  return found;
}

// "kvs" is left out where there are none.
std::vector<KeyValue> range_of(JsonReader& reader) {
  std::vector<KeyValue> result;
  members(reader,
          [&](const std::string& name) { return name == "kvs" && (result = pairs(reader), true); });
  return result;
}

void responses(JsonReader& reader, Answer& answer) {
  reader.begin_array();
  while (reader.next_item()) {
    members(reader, [&](const std::string& name) {
      return name == "response_range" && (answer.ranges.push_back(range_of(reader)), true);
    });
  }
}

// Of a range, a transaction or a grant.
Answer answer_of(std::string_view body) {
  Answer answer;
  std::vector<KeyValue> own;
  bool is_transaction = false;
  JsonReader reader(body);
  members(reader, [&](const std::string& name) {
    if (name == "header") return answer.revision = revision(reader), true;
    if (name == "kvs") return own = pairs(reader), true;
    if (name == "more") return answer.more = reader.boolean(), true;
    if (name == "succeeded") return answer.succeeded = reader.boolean(), true;
    if (name != "responses") return false;
    is_transaction = true;
    responses(reader, answer);
    return true;
  });
  reader.end();
  require(answer.revision > 0);  // etcd always says
  if (!is_transaction) answer.ranges.push_back(std::move(own));
  return answer;
}

// {"error": TEXT, "message": TEXT, "code": NUMBER}; in later versions without the first.
std::optional<Refusal> error_of(std::string_view body) {
  try {
    Refusal refusal;
    JsonReader reader(body);
    members(reader, [&](const std::string& name) {
      if (name == "code") return refusal.code = static_cast<Code>(natural(reader)), true;
      if (name == "message" || (name == "error" && refusal.why.empty()))
        return refusal.why = reader.string().text(), true;
      return false;
    });
    if (refusal.code != Code::none && !refusal.why.empty()) return refusal;
  } catch (const JsonError&) {
  }
  return std::nullopt;
}

Refusal refusal_of(const Reply& reply) {
  if (reply.status == 0) return {Code::none, reply.failure};
  if (auto refusal = error_of(reply.body)) return std::move(*refusal);
  return {Code::none, "HTTP status " + std::to_string(reply.status)};
}

}  // namespace

Result read_reply(const Reply& reply) {
  constexpr std::size_t kLongest = 300;
  if (reply.status == kFine && !reply.login) {
    try {
      return answer_of(reply.body);
    } catch (const JsonError& error) {
      return Refusal{Code::none, std::string("the answer is none of etcd's: ") + error.what()};
    }
  }
  Refusal refusal = refusal_of(reply);
  refusal.why = core::printable(core::cut_text(refusal.why, kLongest));
  return refusal;
}

// What etcd checks before a change goes to the members, or what each of them refuses alike.
bool was_not_done(const Refusal& refusal) {
  switch (refusal.code) {
    case Code::invalid:
    case Code::denied:
    case Code::not_found:
      return true;
    case Code::exhausted:
      return refusal.why.find("space exceeded") != std::string::npos;
    default:
      return false;
  }
}

bool tells_of_change(const Reply& reply) {
  return reply.body.find("\"events\"") != std::string::npos ||
         reply.body.find("\"compact_revision\"") != std::string::npos;
}

std::string read_token(std::string_view body) {
  std::string token;
  try {
    JsonReader reader(body);
    members(reader, [&](const std::string& name) {
      return name == "token" && (token = reader.string().text(), true);
    });
  } catch (const JsonError&) {
    return {};
  }
  const bool plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? token : "";
}

}  // namespace gs::etcd
