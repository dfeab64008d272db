#include "lib/coordination/memory_file.h"

#include <algorithm>
#include <array>
#include <random>
#include <unistd.h>

#include "lib/coordination/lease_copy.h"
#include "lib/coordination/table_format.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/platform/process_id.h"
#include "lib/state/files.h"

namespace gs::coordination {

namespace {

using core::Json;
using core::JsonError;

[[noreturn]] void fail() {
  throw JsonError("a member is missing or of the wrong kind");
}

const Json& member(const Json& json, std::string_view name) {
  const Json* const found = json.find(name);
  if (found == nullptr) fail();
  return *found;
}

std::string text(const Json& json, std::string_view name) {
  const std::string* const value = member(json, name).string();
  if (value == nullptr) fail();
  return *value;
}

std::uint64_t natural(const Json& json, std::string_view name) {
  const auto value = member(json, name).natural();
  if (!value) fail();
  return *value;
}

bool boolean(const Json& json, std::string_view name) {
  const auto value = member(json, name).boolean();
  if (!value) fail();
  return *value;
}

const Json::Array& array(const Json& json, std::string_view name) {
  const Json::Array* const value = member(json, name).array();
  if (value == nullptr) fail();
  return *value;
}

// In nanoseconds; null: none.
Json json_of(const std::optional<BootTime>& time) {
  return time ? Json(time->count()) : Json();
}

std::optional<BootTime> time(const Json& json, std::string_view name) {
  if (member(json, name).is_null()) return std::nullopt;
  const auto count = member(json, name).integer();
  if (!count) fail();
  return BootTime(*count);
}

Json json_of(const std::vector<Lease>& leases) {
  Json::Array items;
  for (const Lease& lease : leases) items.push_back(coordination::json_of(lease));
  return items;
}

std::vector<Lease> leases(const Json& json, std::string_view name) {
  std::vector<Lease> result;
  for (const Json& item : array(json, name)) result.push_back(lease_of(item));
  return result;
}

Json json_of(const Unanswered& change) {
  Json json = Json::Object{};
  json.set("nonce", change.nonce.str());
  json.set("base", change.base);
  json.set("number", change.number.number);
  json.set("asked", json_of(change.asked));
  json.set("acquired", json_of(change.outcome.acquired));
  json.set("renewed", json_of(change.outcome.renewed));
  json.set("released", json_of(change.outcome.released));
  json.set("expired", json_of(change.outcome.expired));
  json.set("agent", change.agent);
  json.set("forced", change.forced);
  json.set("reason", change.reason);
  json.set("log_end", change.log_end);
  return json;
}

Unanswered unanswered(const Json& json) {
  Unanswered change;
  change.nonce = Nonce(text(json, "nonce"));
  change.base = text(json, "base");
  change.number = {natural(json, "number")};
  change.asked = time(json, "asked");
  change.outcome.acquired = leases(json, "acquired");
  change.outcome.renewed = leases(json, "renewed");
  change.outcome.released = leases(json, "released");
  change.outcome.expired = leases(json, "expired");
  change.agent = text(json, "agent");
  change.forced = boolean(json, "forced");
  change.reason = text(json, "reason");
  change.log_end = natural(json, "log_end");
  return change;
}

Json json_of(const Sightings& seen) {
  Json json = Json::Object{};
  for (const auto& [host, sighting] : seen)
    json.set(host.str(), Json::Array{sighting.number.number, sighting.first_seen.count()});
  return json;
}

Sightings sightings(const Json& json) {
  Sightings seen;
  if (json.object() == nullptr) fail();
  for (const core::JsonMember& entry : *json.object()) {
    const Json::Array* const pair = entry.value.array();
    if (pair == nullptr || pair->size() != 2) fail();
    const auto number = (*pair)[0].natural();
    const auto time = (*pair)[1].integer();
    if (!number || !time) fail();
    seen[HostId(entry.name)] = {{*number}, BootTime(*time)};
  }
  return seen;
}

// Where no store was made yet there is no table either.
Json json_of(const Snapshot& known) {
  Json json = Json::Object{};
  json.set("tip", known.tip);
  if (!known.tip.empty()) json.set("table", render_table(known.table, known.history));
  return json;
}

Snapshot snapshot(const Json& json) {
  Snapshot known;
  known.tip = text(json, "tip");
  if (known.tip.empty()) return known;
  ReadTable read = parse_table(text(json, "table"));
  known.table = std::move(read.table);
  known.history = read.history;
  return known;
}

}  // namespace

std::string render_memory(const ClonesMemory& memory) {
  const HostMemory& host = memory.host;
  Json json = Json::Object{};
  json.set("version", 1);
  json.set("host", host.self.str());
  json.set("inode", memory.inode);
  json.set("boot", host.boot);
  json.set("below_heads", memory.refs.below_heads);
  json.set("never_cut", memory.refs.never_cut);
  if (memory.refs.revision != 0) json.set("revision", memory.refs.revision);
  json.set("last", host.last.str());
  json.set("asked", json_of(host.asked));
  json.set("read", json_of(memory.read));
  json.set("seen", json_of(host.seen));
  Json::Array changes;
  for (const Unanswered& change : host.unanswered) changes.push_back(json_of(change));
  json.set("unanswered", std::move(changes));
  json.set("known", json_of(host.known));
  return core::compact_json(json) + '\n';
}

ClonesMemory parse_memory(std::string_view bytes) {
  const Json json = core::parse_json(bytes);
  if (natural(json, "version") != 1) throw JsonError("not of version 1");
  ClonesMemory memory;
  HostMemory& host = memory.host;
  host.self = HostId(text(json, "host"));
  if (!valid_host(host.self.str())) throw JsonError("a host's name is none");
  memory.inode = natural(json, "inode");
  host.boot = text(json, "boot");
  memory.refs = {boolean(json, "below_heads"), boolean(json, "never_cut"), 0};
  if (json.find("revision") != nullptr) memory.refs.revision = natural(json, "revision");
  host.last = Nonce(text(json, "last"));
  host.asked = time(json, "asked");
  memory.read = time(json, "read");
  host.seen = sightings(member(json, "seen"));
  for (const Json& change : array(json, "unanswered"))
    host.unanswered.push_back(unanswered(change));
  host.known = snapshot(member(json, "known"));
  return memory;
}

namespace {

// The table, escaped, and what else there is.
constexpr std::size_t kMemoryLimit = 3 * kTableLimit;

std::uint64_t inode_of(const std::filesystem::path& file) {
  const auto stamp = platform::file_stamp(file);
  return stamp ? stamp->inode : 0;
}

std::string random_hex(std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;  // getrandom(2) or what the processor has
  std::string text;
  for (std::size_t i = 0; i < digits; ++i) text += kDigits[random() % kDigits.size()];
  return text;
}

}  // namespace

std::optional<ClonesMemory> MemoryFile::peek() const {
  const auto bytes = state::read_state_file(file(), kMemoryLimit);
  if (!bytes) return std::nullopt;
  try {
    ClonesMemory memory = parse_memory(*bytes);
    if (memory.inode != inode_of(lock())) return std::nullopt;
    const std::string boot = platform::boot_id();
    if (memory.host.boot != boot || boot.empty()) memory.read.reset();
    memory.host = in_boot(std::move(memory.host), boot);
    return memory;
  } catch (const JsonError& error) {
    throw core::Error(
        core::ExitCode::broken, file().string() + " is damaged: " + error.what(),
        "remove it: this clone is then another host, and its leases end by their time");
  }
}

// Of writers that were killed: nobody else writes while the lock is held.
void MemoryFile::remove_leftovers() const {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error))
    if (entry.path().filename().native().starts_with(state::kTemporaryPrefix))
      std::filesystem::remove(entry.path(), error);
}

ClonesMemory MemoryFile::load() const {
  remove_leftovers();
  if (auto memory = peek()) return std::move(*memory);
  ClonesMemory fresh;
  fresh.host.self = new_host_id();
  fresh.host.boot = platform::boot_id();
  fresh.inode = inode_of(lock());
  save(fresh);
  return fresh;
}

void MemoryFile::save(const ClonesMemory& memory) const {
  state::AtomicFile::replace(file(), render_memory(memory));
  state::AtomicFile::replace(copy(), serialize_copy(copy_of(memory)));
}

HostId new_host_id() {
  constexpr std::size_t kNameLength = 32, kRandomDigits = 12;
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  std::string text(name.data());
  text = text.substr(0, std::min(text.find('.'), kNameLength));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) {
        return !valid_host({&c, 1});
      },
      '_');
  return HostId((text.empty() ? "host" : text) + '-' + random_hex(kRandomDigits));
}

Nonce new_nonce() {
  return Nonce(random_hex(32));
}

StoreId new_store_id() {
  return StoreId(random_hex(32));
}

}  // namespace gs::coordination
