// git stream sync: brings this clone and the store that clones share together.

#include <cstdio>
#include <memory>
#include <unistd.h>

#include "analyzers/ownership.h"
#include "lib/core/text.h"
#include "lib/gates/leases/lease_sync.h"
#include "lib/session/shared_store.h"
#include "lib/state/clock.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

using coordination::Lease;
using gates::LostLock;
using gates::SyncOutcome;

void write_leases(core::JsonWriter& json, std::string_view name, const std::vector<Lease>& leases) {
  json.key(name).begin_array();
  for (const Lease& lease : leases) {
    json.begin_object().member("path", core::json_path(lease.path)).member("agent", lease.agent);
    json.member("stream", lease.stream).member("generation", lease.generation.number).end_object();
  }
  json.end_array();
}

void write_lost(core::JsonWriter& json, const std::vector<LostLock>& lost) {
  json.key("lost").begin_array();
  for (const LostLock& one : lost) {
    json.begin_object().member("path", core::json_path(one.lock.path));
    json.member("agent", one.lock.agent);
    json.member("holder", one.by ? one.by->agent : "").member("host", one.by ? one.by->host : "");
    json.end_object();
  }
  json.end_array();
}

void write_json(const SyncOutcome& outcome) {
  core::JsonWriter json = Context::begin_json();
  json.member("busy", outcome.busy);
  write_leases(json, "acquired", outcome.acquired);
  write_leases(json, "released", outcome.released);
  write_lost(json, outcome.lost);
  json.member("renewed", outcome.renewed).member("published", outcome.published);
  json.member("fetched", outcome.fetched).key("faults").begin_array();
  for (const std::string& fault : outcome.faults) json.value(fault);
  json.end_array();
  Context::print_json(json);
}

void print_leases(const char* what, const char* of, const std::vector<Lease>& leases) {
  for (const Lease& lease : leases)
    std::printf("%s %s %s %s\n", what, core::quote_path(lease.path).c_str(), of,
                core::printable(lease.agent).c_str());
}

void print(const SyncOutcome& outcome) {
  if (outcome.busy) {
    std::fputs("git-stream: another sync is running in this clone\n", stderr);
    return;
  }
  print_leases("locked", "for", outcome.acquired);
  print_leases("released", "of", outcome.released);
  if (outcome.renewed) std::puts("renewed the leases of this clone");
  if (outcome.published > 0) std::printf("published %zu log lines\n", outcome.published);
  for (const LostLock& one : outcome.lost) {
    std::fprintf(stderr, "git-stream: lost: %s of %s: %s\n",
                 core::quote_path(one.lock.path).c_str(), core::printable(one.lock.agent).c_str(),
                 one.by ? analyzers::describe_hold(*one.by, state::now(), &state::offset_at).c_str()
                        : "its lease is gone from the store");
  }
  for (const std::string& fault : outcome.faults)
    std::fprintf(stderr, "git-stream: warning: %s\n", core::printable(fault).c_str());
}

core::ExitCode sync(bool wait, Context& context) {
  session::Session& session = context.session();
  const auto store = session::shared_store(session, isatty(STDIN_FILENO) == 1);
  SyncOutcome outcome;
  if (store != nullptr) {
    session.state().create();
    outcome = gates::sync_leases(session, *store, wait);
  }
  if (context.json) {
    write_json(outcome);
  } else if (session::works_alone(session)) {
    std::fputs("git-stream: this clone works alone: it has no remote to share locks by\n", stderr);
  } else if (store == nullptr) {
    std::fputs("git-stream: clones share nothing: the policy has no coordination.store\n", stderr);
  } else {
    print(outcome);
  }
  return outcome.lost.empty() ? core::ExitCode::clean : core::ExitCode::findings;
}

}  // namespace

Action declare_sync(CommandLine& app) {
  auto wait = std::make_shared<bool>(false);
  app.flag("--wait", *wait, "wait for a sync that is running, and do another one");
  return [wait](Context& context) { return sync(*wait, context); };
}

}  // namespace gs::command
