#include "lib/coordination/etcd/etcd_store.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/coordination/etcd/event_log.h"
#include "lib/coordination/etcd/keys.h"
#include "lib/coordination/log_lines.h"
#include "lib/coordination/table_turn.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/platform/boot_clock.h"

namespace gs::coordination {

namespace {

// What a server of etcd takes, if nobody has changed that: 128 operations and 1.5 MiB.
constexpr std::size_t kMostOperations = 128;
constexpr std::size_t kMostBytes = std::size_t{1400} << 10;
constexpr etcd::Revision kNoRevision = std::numeric_limits<std::int64_t>::max();

constexpr char kNoAnswer[] = "the answer is none of etcd's";

std::size_t size_of(const std::vector<etcd::Operation>& operations) {
  constexpr std::size_t kEach = 64;
  std::size_t bytes = 0;
  for (const etcd::Operation& operation : operations) {
    const auto* const put = std::get_if<etcd::Put>(&operation);
    bytes += kEach + (put == nullptr ? 0 : put->key.size() + put->value.size());
  }
  return bytes;
}

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& hint) {
  throw core::Error(core::ExitCode::broken, "cannot change " + name + ": " + why, hint);
}

void check_size(const std::string& name, const std::vector<etcd::Operation>& operations) {
  if (operations.size() > kMostOperations)
    refuse(name, "that is a change of " + std::to_string(operations.size() - 1) + " hosts at once",
           "etcd takes 128 operations: ask for fewer paths at once");
  if (const std::size_t bytes = size_of(operations); bytes > kMostBytes)
    refuse(name, "this host's leases would have " + std::to_string(bytes) + " bytes",
           "etcd takes 1.5 MiB: release some, or take folders instead of files");
}

}  // namespace

class EtcdStore::Turn : public TableTurn {
 public:
  explicit Turn(EtcdStore& store)
      : TableTurn(store.file_, store.options_.activity, store.options_.patience),
        place_(store.options_.place),
        client_(store.client_) {}

  EtcdLog log() { return {place_, client_, memory().host.self}; }

 private:
  std::string name() const override {
    return "the leases below " + place_.prefix + " in " + shown_place(place_);
  }
  Snapshot read_table() override;
  std::optional<std::string> tip_before(const Snapshot& read) override;
  Snapshot write(const LeaseTable& table) override;
  SwapResult swap(Snapshot& next) override;
  void refused(const SwapResult& result) override;

  etcd::Answer ask_unless(etcd::Revision known);
  std::optional<Snapshot> snapshot_of(const etcd::Answer& answer);
  SwapAnswer after_all(const etcd::Answer& answer, const Snapshot& next) const;

  const EtcdPlace& place_;
  EtcdClient& client_;
  // Of the change that is known, before the store was read; and of the store then. 0: not known.
  etcd::Revision known_ = 0, read_ = 0;
  std::vector<etcd::Operation> writing_;
};

// The whole table, unless the last change is that of the revision.
etcd::Answer EtcdStore::Turn::ask_unless(etcd::Revision known) {
  const etcd::Range change{change_key(place_.prefix)};
  return client_.answer(
      etcd::transaction_call({change.key, known, {change}, {change, host_keys(place_.prefix)}}));
}

// Nothing where it is the known one, by its revision, and is not: the cluster was set back.
std::optional<Snapshot> EtcdStore::Turn::snapshot_of(const etcd::Answer& answer) {
  const Snapshot& known = memory().host.known;
  const std::size_t expected = answer.succeeded ? 1 : 2;
  if (answer.ranges.size() != expected) fail_to_ask(place_, kNoAnswer);
  const std::vector<etcd::KeyValue>& change = answer.ranges[0];
  if (answer.succeeded && change.empty()) fail_to_ask(place_, kNoAnswer);
  if (answer.succeeded) return tip_of(change[0]) == known.tip ? std::optional(known) : std::nullopt;
  const std::vector<etcd::KeyValue>& hosts = answer.ranges[1];
  read_ = answer.revision;
  memory().refs.revision = change.empty() ? 0 : change[0].changed;
  if (change.empty() && hosts.empty()) return Snapshot{};
  if (change.empty()) throw core::JsonError(change_key(place_.prefix) + " is missing");
  return read_keys(change[0], hosts, place_.prefix);
}

Snapshot EtcdStore::Turn::read_table() {
  known_ = memory().host.known.tip.empty() ? 0 : memory().refs.revision;
  try {
    // What is not known is asked for whole.
    for (const etcd::Revision unless : {known_ == 0 ? kNoRevision : known_, kNoRevision})
      if (auto snapshot = snapshot_of(ask_unless(unless))) return std::move(*snapshot);
  } catch (const core::JsonError& error) {
    throw core::Error(core::ExitCode::broken, name() + " are damaged: " + error.what(),
                      "nobody gets a lease until its keys are set back: etcdctl get --prefix " +
                          core::quote_shell(place_.prefix + '/'));
  }
  fail_to_ask(place_, kNoAnswer);
}

// What the key was at the remembered revision: nothing where that was compacted, and another than
// any where the cluster has not come so far again.
std::optional<std::string> EtcdStore::Turn::tip_before(const Snapshot& /*read*/) {
  if (known_ == 0 || read_ < known_) return std::string();
  const etcd::Result result =
      client_.ask(etcd::range_call({change_key(place_.prefix), {}, known_}));
  if (const auto* const refusal = std::get_if<etcd::Refusal>(&result)) {
    if (refusal->code == etcd::Code::out_of_range) return std::nullopt;
    fail_to_ask(place_, refusal->why);
  }
  const std::vector<etcd::KeyValue>& pairs = std::get<etcd::Answer>(result).ranges.at(0);
  try {
    return pairs.empty() ? std::string() : tip_of(pairs[0]);
  } catch (const core::JsonError&) {
    return std::string();
  }
}

Snapshot EtcdStore::Turn::write(const LeaseTable& table) {
  writing_ = operations(place_.prefix, memory().host.known.table, table);
  check_size(name(), writing_);
  return {{}, table, 0};
}

// libcurl asks twice where a connection is lost: then the change that came first may be this one.
SwapAnswer EtcdStore::Turn::after_all(const etcd::Answer& answer, const Snapshot& next) const {
  if (answer.ranges.size() != 1) return SwapAnswer::unknown;
  const std::vector<etcd::KeyValue>& own = answer.ranges[0];
  const bool made = !own.empty() && own[0].value.find(tip_of(next.table)) != std::string::npos;
  return made ? SwapAnswer::unknown : SwapAnswer::stale;
}

SwapResult EtcdStore::Turn::swap(Snapshot& next) {
  const etcd::Range own{host_keys(place_.prefix).key + memory().host.self.str()};
  const etcd::Result result = client_.ask(
      etcd::transaction_call({change_key(place_.prefix), memory().refs.revision, writing_, {own}}));
  if (const auto* const refusal = std::get_if<etcd::Refusal>(&result))
    return {etcd::was_not_done(*refusal) ? SwapAnswer::refused : SwapAnswer::unknown, refusal->why};
  const auto& answer = std::get<etcd::Answer>(result);
  if (!answer.succeeded) return {after_all(answer, next), "other hosts' changes come first"};
  memory().refs.revision = answer.revision;
  next.tip = tip_of(next.table);
  return {SwapAnswer::moved, {}};
}

void EtcdStore::Turn::refused(const SwapResult& result) {
  file().save(memory());
  refuse(name(), result.why, "etcdctl endpoint status and alarm list; and the rights of the user");
}

EtcdStore::EtcdStore(EtcdStoreOptions options)
    : options_(std::move(options)),
      file_(options_.place.git_dir / "stream" / "coordination"),
      client_(options_.place) {
  if (!valid_prefix(options_.place.prefix))
    throw core::Error(
        core::ExitCode::usage,
        "keys in etcd cannot begin with '" + core::printable(options_.place.prefix) + "'",
        "a name without spaces, and without a slash at its end");
  make_folder(file_.folder());
}

ChangeOutcome EtcdStore::change(const ChangeRequest& request) {
  return Turn(*this).change(request);
}

SeenLeases EtcdStore::read() {
  Turn turn(*this);
  turn.refresh();
  return turn.seen();
}

SeenLeases EtcdStore::local_copy() const {
  const auto memory = file_.peek();
  return memory ? seen_leases(memory->host, platform::boot_time()) : SeenLeases{};
}

void EtcdStore::wait_for_change(std::chrono::milliseconds at_most) {
  const auto memory = file_.peek();
  const etcd::Revision known = memory ? memory->refs.revision : 0;
  client_.wait(etcd::watch_call(change_key(options_.place.prefix), known + 1, at_most));
}

std::size_t EtcdStore::publish() {
  Turn turn(*this);
  turn.refresh();
  return publish_events(turn.log(), options_.activity, file_.folder());
}

ReadEvents EtcdStore::events_since(const LogPosition& position) {
  Turn turn(*this);
  return read_events(turn.log(), position);
}

}  // namespace gs::coordination
