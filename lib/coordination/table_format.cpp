#include "lib/coordination/table_format.h"

#include <algorithm>
#include <set>
#include <utility>

#include "lib/core/pattern.h"
#include "lib/core/text.h"

namespace gs::coordination {

namespace {

using core::Json;
using core::JsonError;
using core::JsonReader;

constexpr std::size_t kLongestName = 128, kLongestText = 4096, kNonceDigits = 32;
constexpr std::uint64_t kMostHistory = std::uint64_t{1} << 40;

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw JsonError(otherwise);
}

bool is_hex(std::string_view text) {
  return text.size() == kNonceDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::uint64_t natural(JsonReader& reader, std::string_view what, std::uint64_t most) {
  const auto number = core::json_natural(reader.number());
  require(number && *number <= most, std::string(what) + " is no number of this kind");
  return *number;
}

// Nothing that a terminal may obey; `name` says that it may not be long.
std::string text(JsonReader& reader, std::string_view what, std::size_t longest) {
  std::string value = reader.string().text();
  require(value.size() <= longest && core::printable(value) == value,
          std::string(what) + " is too long or holds control characters");
  return value;
}

std::string hex(JsonReader& reader, std::string_view what) {
  std::string value = reader.string().text();
  require(is_hex(value), std::string(what) + " has not 32 hexadecimal digits");
  return value;
}

HostId host(std::string name) {
  require(valid_host(name), "a host's name is none");
  return HostId(std::move(name));
}

std::string path(JsonReader& reader) {
  std::string value = core::path_from_json(reader.string().text());
  require(value.size() <= kLongestText && !core::pattern_fault(value), "a path is none");
  return value;
}

Lease read_lease(JsonReader& reader) {
  Lease lease;
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    if (*name == "path") {
      lease.path = path(reader);
    } else if (*name == "stream") {
      lease.stream = text(reader, "a stream", kLongestName);
    } else if (*name == "agent") {
      lease.agent = text(reader, "an agent", kLongestName);
    } else if (*name == "host") {
      lease.host = host(reader.string().text());
    } else if (*name == "generation") {
      lease.generation = {natural(reader, "a generation", kLastGeneration.number)};
    } else if (*name == "seconds") {
      lease.duration = core::Seconds{
          natural(reader, "a duration", static_cast<std::uint64_t>(kLongestLease.count()))};
    } else if (*name == "reason") {
      lease.reason = text(reader, "a reason", kLongestText);
    } else if (*name == "automatic") {
      lease.automatic = reader.boolean();
    } else {
      reader.skip();
    }
  }
  require(!lease.path.empty() && !lease.agent.empty() && !lease.host.str().empty() &&
              lease.generation.number > 0,
          "a lease without path, agent, host or generation");
  return lease;
}

LastChange read_last(JsonReader& reader) {
  LastChange last;
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    if (*name == "last") {
      last.number = {natural(reader, "a host's last change", kLastGeneration.number)};
    } else if (*name == "nonce") {
      last.nonce = Nonce(hex(reader, "a nonce"));
    } else {
      reader.skip();
    }
  }
  require(last.number.number > 0 && !last.nonce.str().empty(), "a host without its last change");
  return last;
}

void read_hosts(JsonReader& reader, LeaseTable& table) {
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    const HostId id = host(name->text());
    table.hosts[id] = read_last(reader);
    require(table.hosts.size() <= kMostLeases, "too many hosts");
  }
}

void read_leases(JsonReader& reader, LeaseTable& table) {
  reader.begin_array();
  while (reader.next_item()) {
    table.leases.push_back(read_lease(reader));
    require(table.leases.size() <= kMostLeases,
            "more than " + std::to_string(kMostLeases) + " leases");
  }
}

// Compact, in one line.
std::string line_of(const Lease& lease) {
  core::JsonWriter json;
  json.begin_object()
      .member("path", core::json_path(lease.path))
      .member("stream", lease.stream)
      .member("agent", lease.agent)
      .member("host", lease.host.str())
      .member("generation", lease.generation.number)
      .member("seconds", lease.duration.count());
  if (!lease.reason.empty()) json.member("reason", lease.reason);
  if (lease.automatic) json.member("automatic", true);
  json.end_object();
  return json.take();
}

}  // namespace

// What the rules never make.
void check_table(const LeaseTable& table) {
  std::set<std::string_view> paths;
  std::set<Generation> numbers;
  for (const auto& [id, last] : table.hosts)
    require(last.number <= table.last && numbers.insert(last.number).second,
            "a host's last change is none of the store's");
  for (const Lease& lease : table.leases) {
    const auto holder = table.hosts.find(lease.host);
    require(holder != table.hosts.end(), "a lease of a host that is not listed");
    require(lease.generation <= holder->second.number,
            "a lease is newer than its host's last change");
    require(paths.insert(lease.path).second, "two leases of one path");
  }
  require(table.last.number == 0 || numbers.contains(table.last), "the last change is nobody's");
}

bool valid_host(std::string_view name) {
  constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !name.empty() && name.size() <= kLongestName && name.front() != '-' &&
         name.find_first_not_of(kCharacters) == name.npos;
}

std::string render_table(const LeaseTable& table, std::uint64_t history) {
  std::string out = R"({"version":1,"store":")" + table.store.str() + R"(","last":)" +
                    std::to_string(table.last.number) + R"(,"history":)" + std::to_string(history) +
                    R"(,"hosts":{)";
  const char* separator = "\n";
  for (const auto& [id, last] : table.hosts) {
    out += separator + ('"' + id.str()) + R"(":{"last":)" + std::to_string(last.number.number) +
           R"(,"nonce":")" + last.nonce.str() + "\"}";
    separator = ",\n";
  }
  out += R"(},"leases":[)";
  separator = "\n";
  for (const Lease& lease : table.leases) {
    out += separator + line_of(lease);
    separator = ",\n";
  }
  return out + "]}\n";
}

ReadTable parse_table(std::string_view bytes) {
  require(bytes.size() <= kTableLimit, "larger than 16 MiB");
  ReadTable read;
  LeaseTable& table = read.table;
  std::uint64_t version = 0;
  JsonReader reader(bytes);
  reader.begin_object();
  while (const auto name = reader.next_member()) {
    if (*name == "version") {
      version = natural(reader, "the version", UINT32_MAX);
    } else if (*name == "store") {
      table.store = StoreId(hex(reader, "the store's name"));
    } else if (*name == "last") {
      table.last = {natural(reader, "the last change", kLastGeneration.number)};
    } else if (*name == "history") {
      read.history = natural(reader, "the history", kMostHistory);
    } else if (*name == "hosts") {
      read_hosts(reader, table);
    } else if (*name == "leases") {
      read_leases(reader, table);
    } else {
      reader.skip();
    }
  }
  reader.end();
  require(version == 1, "not of version 1");
  require(!table.store.str().empty(), "without the store's name");
  check_table(table);
  return read;
}

Json json_of(const Lease& lease) {
  return core::parse_json(line_of(lease));
}

Lease lease_of(const Json& json) {
  const std::string line = core::compact_json(json);
  JsonReader reader(line);
  return read_lease(reader);
}

}  // namespace gs::coordination
