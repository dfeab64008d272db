#include "lib/etcd/protocol.h"

#include <cstdint>

#include "lib/core/json.h"

namespace gs::etcd {

namespace {

using core::JsonError;
using core::JsonReader;

constexpr std::uint64_t kLongestLimit = 86'400'000, kHighestStatus = 999;

void require(bool holds) {
  if (!holds) throw JsonError("no message of this kind");
}

std::uint64_t natural(JsonReader& reader, std::uint64_t most) {
  const auto number = core::json_natural(reader.number());
  require(number && *number <= most);
  return *number;
}

std::vector<std::string> texts(JsonReader& reader) {
  std::vector<std::string> items;
  reader.begin_array();
  while (reader.next_item()) items.push_back(reader.string().text());
  return items;
}

// An object with exactly so many members, each of which `take` knows.
template <class Take>
void read_message(std::string_view line, std::size_t members, const Take& take) {
  JsonReader reader(line);
  reader.begin_object();
  std::size_t count = 0;
  for (; const auto name = reader.next_member(); ++count) require(take(name->text(), reader));
  require(count == members);
  reader.end();
}

}  // namespace

std::string render_access(const Access& access) {
  core::JsonWriter json;
  json.begin_object().key("endpoints").begin_array();
  for (const std::string& endpoint : access.endpoints) json.value(endpoint);
  json.end_array()
      .member("user", access.user)
      .member("password", access.password)
      .member("ca", access.ca)
      .member("certificate", access.certificate)
      .member("key", access.key)
      .end_object();
  return json.take();
}

std::string render_call(const Call& call) {
  core::JsonWriter json;
  json.begin_object()
      .member("path", call.path)
      .member("body", call.body)
      .member("repeatable", call.repeatable)
      .member("stream", call.stream)
      .member("limit", call.limit.count())
      .end_object();
  return json.take();
}

std::string render_reply(const Reply& reply) {
  core::JsonWriter json;
  json.begin_object()
      .member("status", reply.status)
      .member("login", reply.login)
      .member("body", reply.body)
      .member("failure", reply.failure)
      .member("endpoint", reply.endpoint)
      .end_object();
  return json.take();
}

Access parse_access(std::string_view line) {
  Access access;
  read_message(line, 6, [&](const std::string& name, JsonReader& reader) {
    if (name == "endpoints") return access.endpoints = texts(reader), true;
    std::string* const text = name == "user"          ? &access.user
                              : name == "password"    ? &access.password
                              : name == "ca"          ? &access.ca
                              : name == "certificate" ? &access.certificate
                              : name == "key"         ? &access.key
                                                      : nullptr;
    if (text == nullptr) return false;
    *text = reader.string().text();
    return true;
  });
  require(!access.endpoints.empty());
  return access;
}

Call parse_call(std::string_view line) {
  Call call;
  read_message(line, 5, [&](const std::string& name, JsonReader& reader) {
    if (name == "path") return call.path = reader.string().text(), true;
    if (name == "body") return call.body = reader.string().text(), true;
    if (name == "repeatable") return call.repeatable = reader.boolean(), true;
    if (name == "stream") return call.stream = reader.boolean(), true;
    if (name != "limit") return false;
    call.limit = std::chrono::milliseconds(natural(reader, kLongestLimit));
    return true;
  });
  require(call.path.starts_with('/'));
  return call;
}

Reply parse_reply(std::string_view line) {
  Reply reply;
  read_message(line, 5, [&](const std::string& name, JsonReader& reader) {
    if (name == "status")
      return reply.status = static_cast<int>(natural(reader, kHighestStatus)), true;
    if (name == "login") return reply.login = reader.boolean(), true;
    if (name == "body") return reply.body = reader.string().text(), true;
    if (name == "failure") return reply.failure = reader.string().text(), true;
    if (name == "endpoint") return reply.endpoint = reader.string().text(), true;
    return false;
  });
  return reply;
}

}  // namespace gs::etcd
