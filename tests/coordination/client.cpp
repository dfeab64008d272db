// One clone's side of a lease store, for the tests beside this: prints what came of it as JSON.
//
// usage: coordination_client REPOSITORY ADDRESS COMMAND...
//   ADDRESS: of a remote; or etcd:PREFIX@ENDPOINT,ENDPOINT...
//   acquire AGENT SECONDS PATH...    renew    release AGENT PATH@GENERATION...    steal AGENT ...
//   read    local    publish    events [HOST=POSITION...]    wait MILLISECONDS
//   churn AGENT TIMES                acquires and releases, again and again
//   measure AGENT TIMES              acquires and renews, again and again; milliseconds of each
//   race AGENT ROUNDS FOLDER NUMBER  with one other, who has the other number (0 or 1)
//
// GS_PATIENCE: how long other hosts' changes are waited for, GS_LIMIT: how long git may take, both
// in milliseconds. GS_MOST_HISTORY: when history is cut, in bytes. GS_ETCD_PROGRAM: another than
// the build's. GS_STREAM: whose the agent is. Exit codes: 0; 1 where somebody else holds it; 2
// usage; 3 as commands.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "lib/coordination/etcd/etcd_store.h"
#include "lib/coordination/git/git_store.h"
#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/state/clock.h"

namespace {

using namespace gs;
using namespace gs::coordination;
namespace fs = std::filesystem;

using Words = std::vector<std::string>;

void print(const core::JsonWriter& json) {
  std::printf("%s\n", json.str().c_str());
  std::fflush(stdout);
}

void add(core::JsonWriter& json, const Lease& lease) {
  json.begin_object()
      .member("path", lease.path)
      .member("agent", lease.agent)
      .member("host", lease.host.str())
      .member("generation", lease.generation.number)
      .end_object();
}

void add(core::JsonWriter& json, const char* name, const std::vector<Lease>& leases) {
  json.key(name).begin_array();
  for (const Lease& lease : leases) add(json, lease);
  json.end_array();
}

int print(const ChangeOutcome& outcome) {
  core::JsonWriter json;
  json.begin_object();
  add(json, "acquired", outcome.acquired);
  add(json, "renewed", outcome.renewed);
  add(json, "released", outcome.released);
  add(json, "expired", outcome.expired);
  std::vector<Lease> held;
  for (const Obstacle& obstacle : outcome.held) held.push_back(obstacle.lease);
  add(json, "held", held);
  json.member("gone", outcome.gone.size()).end_object();
  print(json);
  return outcome.held.empty() ? 0 : 1;
}

int print(const SeenLeases& seen) {
  constexpr const char* kStandings[] = {"held", "unsure", "foreign", "over"};
  core::JsonWriter json;
  json.begin_object().member("self", seen.self.str()).key("leases").begin_array();
  for (const SeenLease& one : seen.leases) {
    json.begin_object()
        .member("path", one.lease.path)
        .member("agent", one.lease.agent)
        .member("host", one.lease.host.str())
        .member("generation", one.lease.generation.number)
        .member("standing", kStandings[static_cast<std::size_t>(one.standing)])
        .member("left", one.left.count())
        .end_object();
  }
  json.end_array().end_object();
  print(json);
  return 0;
}

int print(const ReadEvents& read) {
  core::JsonWriter json;
  json.begin_object().key("events").begin_array();
  for (const HostEvent& event : read.events)
    json.begin_object()
        .member("host", event.host.str())
        .key("line")
        .raw(event.line.text)
        .end_object();
  json.end_array().key("position").begin_object();
  for (const auto& [host, position] : read.position) json.member(host.str(), position);
  json.end_object().member("torn", read.torn).key("faults").begin_array();
  for (const std::string& fault : read.faults) json.value(fault);
  json.end_array().end_object();
  print(json);
  return 0;
}

AcquireRequest acquiring(const std::string& agent, core::Seconds duration, Words paths) {
  AcquireRequest request;
  request.agent = agent;
  const char* const stream = std::getenv("GS_STREAM");
  request.stream = stream == nullptr ? "F" : stream;
  request.duration = duration;
  request.paths = std::move(paths);
  return request;
}

std::vector<LeaseName> names(const Words& words, std::size_t from) {
  std::vector<LeaseName> leases;
  for (std::size_t i = from; i < words.size(); ++i) {
    const std::size_t at = words[i].rfind('@');
    leases.push_back({words[i].substr(0, at), {std::stoull(words[i].substr(at + 1))}});
  }
  return leases;
}

void churn(LeaseStore& store, const std::string& agent, int times) {
  for (int i = 0; i < times; i += 2) {
    const std::string path = "churn/" + agent + '/' + std::to_string(i) + ".py";
    const ChangeOutcome taken = store.change(acquiring(agent, core::Seconds{3600}, {path}));
    const Lease& lease = taken.acquired.at(0);
    store.change(ReleaseRequest{{{lease.path, lease.generation}}, agent, false});
  }
}

double milliseconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

void add(core::JsonWriter& json, const char* name, const std::vector<double>& values) {
  json.key(name).begin_array();
  for (const double value : values) json.raw(std::to_string(value));
  json.end_array();
}

void measure(LeaseStore& store, const std::string& agent, int times) {
  std::vector<double> acquire, renew;
  for (int i = 0; i < times; ++i) {
    const std::string path = "measured/" + agent + '/' + std::to_string(i) + ".py";
    acquire.push_back(
        milliseconds_of([&] { store.change(acquiring(agent, core::Seconds{3600}, {path})); }));
    renew.push_back(milliseconds_of([&] { store.change(RenewRequest{}); }));
  }
  core::JsonWriter json;
  json.begin_object();
  add(json, "acquire", acquire);
  add(json, "renew", renew);
  json.end_object();
  print(json);
}

void meet(const fs::path& folder, int round, int number) {
  const auto sign = [&](int of) {
    return folder / (std::to_string(round) + '.' + std::to_string(of));
  };
  std::ofstream(sign(number)) << "here";
  for (int i = 0; !fs::exists(sign(1 - number)); ++i) {
    if (i > 100'000) throw std::runtime_error("the other one does not come");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void race(LeaseStore& store, const Words& words) {
  const int rounds = std::stoi(words.at(2)), number = std::stoi(words.at(4));
  for (int round = 0; round < rounds; ++round) {
    meet(words.at(3), round, number);
    print(store.change(
        acquiring(words.at(1), core::Seconds{3600}, {"race/" + std::to_string(round) + ".py"})));
  }
}

LogPosition position(const Words& words) {
  LogPosition position;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t at = words[i].find('=');
    position[HostId(words[i].substr(0, at))] = words[i].substr(at + 1);
  }
  return position;
}

int run(LeaseStore& store, const Words& words) {
  const std::string& command = words.at(0);
  if (command == "acquire") {
    return print(store.change(acquiring(words.at(1), core::Seconds{std::stoll(words.at(2))},
                                        Words(words.begin() + 3, words.end()))));
  }
  if (command == "renew") return print(store.change(RenewRequest{}));
  if (command == "release" || command == "steal")
    return print(store.change(ReleaseRequest{names(words, 2), words.at(1), command == "steal"}));
  if (command == "read") return print(store.read());
  if (command == "local") return print(store.local_copy());
  if (command == "events") return print(store.events_since(position(words)));
  if (command == "publish") std::printf("%zu\n", store.publish());
  if (command == "wait") store.wait_for_change(std::chrono::milliseconds(std::stol(words.at(1))));
  if (command == "churn") churn(store, words.at(1), std::stoi(words.at(2)));
  if (command == "measure") measure(store, words.at(1), std::stoi(words.at(2)));
  if (command == "race") race(store, words);
  return 0;
}

long number_from(const char* name, long otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::atol(text);
}

std::unique_ptr<LeaseStore> git_store(const fs::path& git_dir, const std::string& address) {
  GitStoreOptions options;
  options.place = {git_dir, address, false,
                   std::chrono::milliseconds(number_from("GS_LIMIT", 60'000))};
  options.activity = git_dir / "agent_activity.jsonl";
  options.patience = std::chrono::milliseconds(number_from("GS_PATIENCE", 30'000));
  options.most_history = static_cast<std::uint64_t>(number_from("GS_MOST_HISTORY", 1 << 20));
  return std::make_unique<GitStore>(std::move(options));
}

std::unique_ptr<LeaseStore> etcd_store(const fs::path& git_dir, std::string_view address) {
  EtcdStoreOptions options;
  options.place.git_dir = git_dir;
  options.place.prefix = core::take_part(address, '@');
  while (!address.empty()) options.place.endpoints.emplace_back(core::take_part(address, ','));
  options.place.limit = std::chrono::milliseconds(number_from("GS_LIMIT", 10'000));
  const char* const program = std::getenv("GS_ETCD_PROGRAM");
  options.place.program = program == nullptr ? GS_ETCD_PROGRAM : program;
  options.activity = git_dir / "agent_activity.jsonl";
  options.patience = std::chrono::milliseconds(number_from("GS_PATIENCE", 30'000));
  return std::make_unique<EtcdStore>(std::move(options));
}

std::unique_ptr<LeaseStore> open(const fs::path& folder, const std::string& address) {
  const fs::path git_dir = fs::exists(folder / ".git") ? folder / ".git" : folder;
  constexpr std::string_view kEtcd = "etcd:";
  return address.starts_with(kEtcd)
             ? etcd_store(git_dir, std::string_view(address).substr(kEtcd.size()))
             : git_store(git_dir, address);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) return 2;
  try {
    const auto store = open(arguments[1], arguments[2]);
    return run(*store, Words(arguments + 3, arguments + count));
  } catch (const core::Error& error) {
    std::fprintf(stderr, "git-stream: %s\n", error.what());
    if (!error.hint().empty()) std::fprintf(stderr, "  next: %s\n", error.hint().c_str());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "coordination_client: %s\n", error.what());
    return 2;
  }
}
