#include "tests/protocol/protocol_model.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "lib/coordination/host_memory.h"

namespace gs::coordination::model {

namespace {

using core::Seconds;

constexpr Seconds kDuration{100}, kTick{51};  // two ticks are what others wait
constexpr std::size_t kHosts = 3;

enum class Phase { idle, asking, read, pushing, answered, logged };

struct Host {
  HostMemory memory;  // kept on disk
  Seconds clock{0};
  Phase phase = Phase::idle;
  ChangeRequest request;
  BootTime asked{0};
  Snapshot read;     // in phase read
  std::string base;  // in phase pushing: what the swap compares with
  Snapshot next;
  HostMemory settled;  // in phase logged: what is to be kept
  int nonces = 0, boots = 0;
  bool started = false;
};

struct Push {
  std::string base;
  Snapshot next;
};

struct World {
  Snapshot store;
  std::array<Host, kHosts> hosts;
  std::optional<Push> late;  // of a host that crashed
  int changes = 0, ticks = 0, crashes = 0, lost_answers = 0;
  // What really happened.
  std::uint64_t highest = 0;
  std::set<LeaseName> removed;
  std::set<std::string> unlogged, logged;  // nonces of changes that were made
};

std::string name_of(std::size_t host) {
  return std::string(1, static_cast<char>('A' + host));
}

// ---- A state as text: two that differ in nothing that matters later are one.

class Key {
 public:
  Key() { text_.reserve(1024); }
  void add(std::uint64_t number) {
    text_.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  void add(const std::string& text) {
    text_ += text;
    text_ += ',';
  }
  // How long ago, as far as it matters.
  void add_age(BootTime time, Seconds now) {
    constexpr Seconds kOld{4 * kTick.count()};
    const auto age = std::chrono::duration_cast<Seconds>(now - time);
    add(static_cast<std::uint64_t>(std::min(age, kOld).count()));
  }
  void add(const Snapshot& snapshot) {
    add(snapshot.tip);
    for (const auto& [host, last] : snapshot.table.hosts) {
      add(host.str());
      add(last.nonce.str());
      add(last.number.number);
    }
    for (const Lease& lease : snapshot.table.leases) {
      add(lease.path + lease.host.str());
      add(lease.generation.number);
    }
    text_ += ';';
  }
  std::size_t hash() const { return std::hash<std::string>()(text_); }

 private:
  std::string text_;
};

void add_memory(Key& key, const HostMemory& memory, Seconds now) {
  key.add(memory.self.str());
  key.add(memory.last.str());
  key.add(memory.known);
  if (memory.asked) key.add_age(*memory.asked, now);
  for (const auto& [host, sighting] : memory.seen) {
    key.add(host.str());
    key.add(sighting.number.number);
    key.add_age(sighting.first_seen, now);
  }
  for (const Unanswered& change : memory.unanswered) {
    key.add(change.nonce.str() + change.base);
    if (change.asked) key.add_age(*change.asked, now);
  }
}

std::size_t hash_of(const World& world) {
  Key key;
  key.add(world.store);
  for (const Host& host : world.hosts) {
    add_memory(key, host.memory, host.clock);
    key.add(static_cast<std::uint64_t>(host.phase));
    key.add(static_cast<std::uint64_t>(host.nonces) * 2 + (host.started ? 1 : 0));
    if (host.phase == Phase::idle) continue;
    key.add(host.request.index());
    if (const auto* const acquire = std::get_if<AcquireRequest>(&host.request))
      key.add(acquire->paths.size());
    key.add_age(host.asked, host.clock);
    if (host.phase == Phase::read) key.add(host.read);
    if (host.phase == Phase::pushing) key.add(host.base);
    if (host.phase == Phase::pushing) key.add(host.next);
    if (host.phase == Phase::answered) key.add(host.next);
    if (host.phase == Phase::logged) add_memory(key, host.settled, host.clock);
  }
  if (world.late) key.add(world.late->base);
  if (world.late) key.add(world.late->next);
  for (const int count : {world.changes, world.ticks, world.crashes, world.lost_answers})
    key.add(static_cast<std::uint64_t>(count));
  key.add(world.highest);
  for (const LeaseName& lease : world.removed) {
    key.add(lease.path);
    key.add(lease.generation.number);
  }
  for (const std::string& nonce : world.unlogged) key.add(nonce);
  for (const std::string& nonce : world.logged) key.add('+' + nonce);
  return key.hash();
}

struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a change has done, as a text.
std::string effect(const std::string& nonce, const std::vector<Lease>& come,
                   const std::vector<Lease>& gone) {
  std::string text = nonce;
  for (const Lease& lease : come) text += '+' + lease.path;
  for (const Lease& lease : gone) text += '-' + lease.path;
  return text;
}

std::string effect(const Unanswered& change) {
  const ChangeOutcome& outcome = change.outcome;
  return effect(change.nonce.str(), outcome.acquired,
                outcome.released.empty() ? outcome.expired : outcome.released);
}

class Explorer {
 public:
  Explorer(const Limits& limits, Mutation mutation, Property sought)
      : limits_(limits), mutation_(mutation), sought_(sought) {}

  Exploration run() {
    try {
      visit(first());
    } catch (const Violation& violation) {
      result_.violation = violation.what();
      result_.trace = trace_;
    }
    result_.states = visited_.size();
    return std::move(result_);
  }

 private:
  World first() const {
    World world;
    world.changes = limits_.changes;
    world.ticks = limits_.ticks;
    world.crashes = limits_.crashes;
    world.lost_answers = limits_.lost_answers;
    for (std::size_t i = 0; i < kHosts; ++i) {
      Host& host = world.hosts[i];
      host.memory.self = HostId(name_of(limits_.copied && i == 2 ? 1U : i));
      host.memory.boot = "boot";
      host.clock = Seconds{3600 * static_cast<int>(7 * i + 1)};  // nobody's is like another's
    }
    return world;
  }

  void visit(const World& world) {
    if (!visited_.insert(hash_of(world)).second) return;
    check(world);
    if (world.late) {
      go(world, "the late push arrives", [&](World& next) {
        const Push push = *std::exchange(next.late, std::nullopt);
        result_.late_pushes += swap(next, push.base, push.next) ? 1U : 0U;
      });
    }
    for (std::size_t i = 0; i < limits_.hosts; ++i) step(world, i);
    if (world.ticks > 0) go(world, "time passes", [](World& next) { pass(next); });
  }

  template <class Act>
  void go(const World& world, const std::string& what, const Act& act) {
    trace_.push_back(what);
    World next = world;
    act(next);
    std::erase_if(next.logged, [&](const std::string& change) { return !is_kept(next, change); });
    visit(next);
    trace_.pop_back();
  }

  static void pass(World& world) {
    --world.ticks;
    for (Host& host : world.hosts) host.clock += kTick;
  }

  // ---- What must hold, whatever happens

  void require(bool holds, Property property, const std::string& otherwise) const {
    if (!holds && (sought_ == Property::any || sought_ == property)) throw Violation(otherwise);
  }

  void check(const World& world) const {
    for (std::size_t i = 0; i < kHosts; ++i) {
      for (std::size_t j = i + 1; j < kHosts; ++j) check_pair(world.hosts[i], world.hosts[j]);
    }
    for (const std::string& change : world.unlogged)
      require(is_kept(world, change), Property::lost_event,
              change + " is made, not logged, and nobody knows of it any more");
  }

  static bool is_kept(const World& world, const std::string& change) {
    return std::any_of(world.hosts.begin(), world.hosts.end(), [&](const Host& host) {
      const auto& unanswered = host.memory.unanswered;
      return std::any_of(unanswered.begin(), unanswered.end(),
                         [&](const Unanswered& one) { return effect(one) == change; });
    });
  }

  void check_pair(const Host& a, const Host& b) const {
    for (const Lease& one : held(a.memory, a.clock)) {
      for (const Lease& other : held(b.memory, b.clock))
        require(one.path != other.path, Property::exclusion, "two hosts hold " + one.path);
    }
  }

  // ---- The store

  bool swap(World& world, const std::string& base, const Snapshot& next) {
    const bool same = next.tip == world.store.tip;  // "everything up to date": git calls it success
    if (same) return true;
    if (mutation_ != Mutation::force && base != "force" && base != world.store.tip) {
      ++result_.refused_swaps;
      return false;
    }
    note(world, next);
    world.store = next;
    return true;
  }

  static bool has(const LeaseTable& table, const Lease& lease) {
    return std::any_of(table.leases.begin(), table.leases.end(), [&](const Lease& one) {
      return one.path == lease.path && one.generation == lease.generation;
    });
  }

  static std::vector<Lease> missing_in(const LeaseTable& table, const LeaseTable& of) {
    std::vector<Lease> missing;
    for (const Lease& lease : of.leases)
      if (!has(table, lease)) missing.push_back(lease);
    return missing;
  }

  void note(World& world, const Snapshot& next) const {
    const std::vector<Lease> come = missing_in(world.store.table, next.table);
    const std::vector<Lease> gone = missing_in(next.table, world.store.table);
    for (const Lease& lease : come) {
      require(!world.removed.contains({lease.path, lease.generation}), Property::resurrection,
              lease.path + " is resurrected");
      require(lease.generation.number > world.highest, Property::numbers,
              "a generation is given twice");
    }
    for (const Lease& lease : gone) world.removed.insert({lease.path, lease.generation});
    world.highest = std::max(world.highest, next.table.last.number);
    for (const auto& [host, last] : next.table.hosts) {
      if (last.number == next.table.last)
        world.unlogged.insert(effect(last.nonce.str(), come, gone));
    }
  }

  // ---- A host

  void step(const World& world, std::size_t i) {
    const Host& host = world.hosts[i];
    const std::string name = name_of(i);
    if (host.phase == Phase::idle) {
      if (world.changes > 0 && is_next(world, i)) start(world, i);
    } else if (host.phase == Phase::asking) {
      go(world, name + " reads", [&](World& next) { read(next.hosts[i], next.store); });
    } else if (host.phase == Phase::read) {
      go(world, name + " processes it", [&](World& next) { process(next, i); });
    } else if (host.phase == Phase::pushing) {
      push(world, i);
    } else if (host.phase == Phase::answered) {
      go(world, name + " logs", [&](World& next) { log(next, i); });
    } else {
      go(world, name + " keeps it", [&](World& next) { keep(next.hosts[i]); });
    }
    if (!host.started || world.crashes == 0) return;
    if (host.phase != Phase::idle)
      go(world, name + " crashes", [&](World& next) { crash(next, i, false); });
    go(world, name + " is switched off", [&](World& next) { crash(next, i, true); });
  }

  // Hosts that have done nothing yet are alike: the first of them begins.
  bool is_next(const World& world, std::size_t i) const {
    const std::size_t first_alike = limits_.copied ? 2 : 1;
    return i < first_alike || world.hosts[i].started || world.hosts[i - 1].started;
  }

  void start(const World& world, std::size_t i) {
    for (const std::vector<std::string>& paths :
         {std::vector<std::string>{"a"}, std::vector<std::string>{"a", "b"}})
      begin(world, i, AcquireRequest{paths, "F", "agent-F1", "", kDuration, false, false});
    const HostMemory& memory = world.hosts[i].memory;
    ReleaseRequest release{{}, "agent-F1", false};
    for (const Lease& lease : memory.known.table.leases)
      if (lease.host == memory.self) release.leases.push_back({lease.path, lease.generation});
    if (release.leases.empty()) return;
    begin(world, i, RenewRequest{});
    begin(world, i, release);
  }

  static std::string word(const ChangeRequest& request) {
    if (const auto* const acquire = std::get_if<AcquireRequest>(&request))
      return acquire->paths.size() == 1 ? "a" : "a and b";
    return std::holds_alternative<RenewRequest>(request) ? "a renewal" : "a release";
  }

  void begin(const World& world, std::size_t i, const ChangeRequest& request) {
    go(world, name_of(i) + " wants " + word(request), [&](World& next) {
      Host& host = next.hosts[i];
      --next.changes;
      host.request = request;
      host.started = true;
      host.asked = host.clock;
      host.phase = Phase::asking;
    });
  }

  void read(Host& host, const Snapshot& store) const {
    const bool blind =
        mutation_ == Mutation::blind_renewal && std::holds_alternative<RenewRequest>(host.request);
    host.read = blind ? host.memory.known : store;
    host.phase = Phase::read;
  }

  Settled settled(const Host& host, std::size_t i, const Snapshot& snapshot, BootTime now) const {
    HostMemory memory = host.memory;
    if (mutation_ == Mutation::copies_trusted) {
      const auto last = snapshot.table.hosts.find(memory.self);
      if (last != snapshot.table.hosts.end()) memory.last = last->second.nonce;
    }
    if (mutation_ == Mutation::renewal_unseen) {
      for (auto& [name, sighting] : memory.seen) {
        const auto last = snapshot.table.hosts.find(name);
        if (last != snapshot.table.hosts.end()) sighting.number = last->second.number;
      }
    }
    Settled result = settle(memory, snapshot, now, HostId(name_of(i) + "'"));
    if (mutation_ == Mutation::no_margin_for_unseen) {
      for (auto& [name, sighting] : result.memory.seen)
        if (!memory.seen.contains(name)) sighting.first_seen = BootTime{0};
    }
    return result;
  }

  Nonce nonce_of(Host& host, std::size_t i) const {
    if (mutation_ == Mutation::no_nonce)
      return Nonce(std::to_string(host.memory.known.table.last.number + 1));
    return Nonce(name_of(i) + std::to_string(++host.nonces));
  }

  void process(World& world, std::size_t i) {
    Host& host = world.hosts[i];
    const bool early = mutation_ == Mutation::sighting_before_read;
    const std::vector<Lease> remembered = host.memory.known.table.leases;
    Settled now = settled(host, i, host.read, early ? host.asked : BootTime(host.clock));
    for (const Unanswered& change : now.made) write_log(world, change);
    host.memory = std::move(now.memory);
    host.phase = Phase::idle;
    Attempt attempt =
        coordination::attempt(host.memory, host.request, nonce_of(host, i), host.asked, host.clock);
    if (!attempt.proposal.changed) return;
    if (mutation_ != Mutation::unanswered_forgotten) host.memory = attempt.memory;
    result_.takeovers += attempt.proposal.outcome.expired.empty() ? 0U : 1U;
    result_.renewals += attempt.proposal.outcome.renewed.empty() ? 0U : 1U;
    host.base = host.read.tip;
    host.next = {tip_of(attempt.proposal.table), std::move(attempt.proposal.table), 0};
    if (std::holds_alternative<RenewRequest>(host.request)) mutate_renewal(host, remembered);
    if (mutation_ == Mutation::cut_restarts_numbers) cut(host.next.table);
    host.phase = Phase::pushing;
  }

  // As git names a commit: by its content.
  static std::string tip_of(const LeaseTable& table) {
    std::string content = std::to_string(table.last.number);
    for (const auto& [host, last] : table.hosts)
      if (last.number == table.last) content += host.str() + last.nonce.str();
    for (const Lease& lease : table.leases) content += lease.path;
    return content;
  }

  void mutate_renewal(Host& host, const std::vector<Lease>& remembered) const {
    if (mutation_ == Mutation::blind_renewal) host.base = "force";
    if (mutation_ != Mutation::renewal_restores) return;
    for (const Lease& lease : remembered)
      if (lease.host == host.memory.self && !has(host.next.table, lease))
        host.next.table.leases.push_back(lease);
  }

  static void cut(LeaseTable& table) {
    if (table.last.number < 3) return;
    for (Lease& lease : table.leases)
      if (lease.generation == table.last) lease.generation = {1};
    for (auto& [host, last] : table.hosts) last.number = {1};
    table.last = {1};
  }

  void push(const World& world, std::size_t i) {
    const std::string name = name_of(i);
    if (mutation_ == Mutation::tracking_ref) {
      go(world, name + " fetches besides",
         [&](World& next) { next.hosts[i].base = next.store.tip; });
    }
    go(world, name + " pushes", [&](World& next) {
      Host& host = next.hosts[i];
      if (swap(next, host.base, host.next)) {
        host.phase = Phase::answered;
      } else {
        // The answer says that it was not made.
        if (!host.memory.unanswered.empty()) host.memory.unanswered.pop_back();
        host.phase = Phase::idle;
      }
    });
    if (world.lost_answers == 0) return;
    go(world, name + " pushes and gets no answer", [&](World& next) {
      Host& host = next.hosts[i];
      --next.lost_answers;
      result_.lost_answers += swap(next, host.base, host.next) ? 1U : 0U;
      host.phase = Phase::idle;
    });
  }

  // What comes of the answer is worked out when it is there: time may have passed.
  void log(World& world, std::size_t i) {
    Host& host = world.hosts[i];
    Host answered = host;
    if (mutation_ == Mutation::deadline_from_answer) {
      for (Unanswered& change : answered.memory.unanswered) change.asked = host.clock;
    }
    Settled now = settled(answered, i, host.next, host.clock);
    for (const Unanswered& change : now.made) write_log(world, change);
    host.settled = std::move(now.memory);
    host.phase = Phase::logged;
  }

  static void keep(Host& host) {
    host.memory = std::move(host.settled);
    host.phase = Phase::idle;
  }

  // Once: whoever is killed between logging and keeping finds it there.
  void write_log(World& world, const Unanswered& change) const {
    const std::string made = effect(change);
    if (world.logged.contains(made) && mutation_ != Mutation::logged_without_a_look) return;
    require(world.unlogged.erase(made) > 0, Property::false_event,
            made + " is logged and was not made, or logged twice");
    world.logged.insert(made);
  }

  void crash(World& world, std::size_t i, bool restarted) {
    Host& host = world.hosts[i];
    --world.crashes;
    if (host.phase == Phase::pushing) world.late = Push{host.base, host.next};
    host.phase = Phase::idle;
    if (!restarted) return;
    host.clock = Seconds{10};
    if (mutation_ == Mutation::times_survive_restart) return;
    host.memory = in_boot(std::move(host.memory), "boot" + std::to_string(++host.boots));
  }

  const Limits limits_;
  const Mutation mutation_;
  const Property sought_;
  std::unordered_set<std::size_t> visited_;
  std::vector<std::string> trace_;
  Exploration result_;
};

}  // namespace

Exploration explore(const Limits& limits, Mutation mutation, Property sought) {
  return Explorer(limits, mutation, sought).run();
}

}  // namespace gs::coordination::model
