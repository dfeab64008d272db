#include "lib/core/lock.h"

#include <algorithm>
#include <cstdio>
#include <fmt/core.h>
#include <string>
#include <string_view>

#include "analyzers/ownership.h"
#include "lib/core/json.h"
#include "lib/core/text.h"
#include "lib/gates/auto_locks.h"
#include "lib/gates/leases/shared_locks.h"
#include "lib/gates/lock_limits.h"
#include "lib/session/known_locks.h"
#include "lib/state/clock.h"
#include "lib/state/locks.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

// Locks as text and as JSON.
// "llm/sentiment.py until 11:00 (60 min)"
std::string lock_until(const core::Lock& lock) {
  const core::Instant now = state::now();
  return core::quote_path(lock.path) + " until " +
         core::format_local(lock.expires, now, &state::offset_at) + " (" +
         core::format_duration(lock.expires - now) + ")";
}

// "name": [{"path", "agent", "stream", "acquired", "expires", "task", "generation", "automatic"}];
// another clone's has its "host".
void write_locks(core::JsonWriter& json, std::string_view name, const core::LockTable& locks) {
  json.key(name).begin_array();
  for (const core::Lock& lock : locks) {
    json.begin_object().member("path", core::json_path(lock.path)).member("agent", lock.agent);
    json.member("stream", lock.stream).member("acquired", core::format_utc(lock.acquired));
    json.member("expires", core::format_utc(lock.expires)).member("task", lock.task);
    json.member("generation", lock.generation).member("automatic", lock.automatic);
    if (!lock.host.empty()) json.member("host", lock.host);
    json.end_object();
  }
  json.end_array();
}

// git stream lock, unlock: taking and releasing leases.

namespace {

using core::Error;
using core::ExitCode;

struct LockOptions {
  std::vector<std::string> paths;
  std::string task, ttl, wait;
};

core::Seconds duration(const std::string& option, const std::string& text) {
  const auto length = core::parse_duration(text);
  if (!length) {
    throw Error(ExitCode::usage, option + ": '" + core::printable(text) + "' is no length of time",
                "write 90s, 30m, 2h or 1d");
  }
  return *length;
}

std::vector<std::string> path_arguments(Context& context,
                                        const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) paths.push_back(context.path_argument(argument));
  return paths;
}

state::LockRequest request_for(const LockOptions& options, Context& context) {
  state::LockRequest request =
      gates::lock_request(context.session(), path_arguments(context, options.paths));
  request.task = options.task;
  if (!options.ttl.empty()) request.ttl = duration("--ttl", options.ttl);
  if (request.ttl.count() == 0)
    throw Error(ExitCode::usage, "--ttl: a lock must last for some time");
  const core::Policy& policy = context.session().policy();
  const core::Seconds most = std::max(policy.lock_ttl, policy.lock_max_ttl);
  if (request.ttl > most) {
    throw Error(
        ExitCode::usage,
        "--ttl: no lock lasts longer than " + core::format_duration(most) + " (locks.max_ttl)",
        "every commit of its holder renews it");
  }
  constexpr std::size_t kMost = 10'000;  // paths; gates take as many as a commit has
  if (request.paths.size() > kMost)
    throw Error(ExitCode::usage, "no more than 10000 paths at once", "lock a pattern or a folder");
  return request;
}

// Whether nothing was refused.
bool may_lock(const std::vector<gates::LockRefusal>& refused, const Context& context) {
  if (refused.empty()) return true;
  if (context.wants_json()) {
    core::JsonWriter json = Context::begin_json();
    json.key("refused").begin_array();
    for (const gates::LockRefusal& one : refused)
      json.begin_object()
          .member("path", core::json_path(one.path))
          .member("why", one.why)
          .end_object();
    json.end_array();
    context.answer(json);
  }
  if (!context.wants_text()) return false;
  for (const gates::LockRefusal& one : refused) {
    std::fprintf(stderr, "git-stream: not locked: %s: %s\n", core::quote_path(one.path).c_str(),
                 one.why.c_str());
    if (!one.next.empty()) std::fprintf(stderr, "  next: %s\n", one.next.c_str());
  }
  return false;
}

// A lock's path as an argument here, wherever below the top that is.
std::string here(Context& context, const std::string& path) {
  return (context.prefix().empty() ? "" : ":/") + path;
}

void print_held(Context& context, const std::vector<state::Held>& held) {
  const core::Instant now = state::now();
  for (const auto& [path, lock] : held) {
    std::fprintf(stderr, "git-stream: not locked: %s: %s\n", core::quote_path(path).c_str(),
                 analyzers::describe_hold(lock, now, &state::offset_at).c_str());
    std::fprintf(stderr, "  next: %s\n",
                 analyzers::wait_command(lock, here(context, path), now).c_str());
  }
}

void print_outcome(const state::LockOutcome& outcome, const Context& context) {
  if (context.wants_json()) {
    core::JsonWriter json = Context::begin_json();
    write_locks(json, "taken", outcome.taken);
    write_locks(json, "renewed", outcome.renewed);
    core::LockTable held;
    for (const auto& entry : outcome.held) held.push_back(entry.lock);
    write_locks(json, "held", held);
    context.answer(json);
  }
  if (!context.wants_text()) return;
  for (const core::Lock& lock : outcome.taken) std::printf("locked %s\n", lock_until(lock).c_str());
  for (const core::Lock& lock : outcome.renewed)
    std::printf("renewed %s\n", lock_until(lock).c_str());
}

// Perhaps a name that was misspelt.
void warn_of_absent(Context& context, const core::LockTable& taken) {
  std::vector<std::string> paths;
  for (const core::Lock& lock : taken) paths.push_back(lock.path);
  for (const std::string& path : gates::not_here(context.session(), paths)) {
    std::fprintf(stderr, "git-stream: locked, but not in this worktree: %s\n",
                 core::quote_path(path).c_str());
  }
}

ExitCode lock(const LockOptions& options, Context& context) {
  const state::LockRequest request = request_for(options, context);
  session::Session& session = context.session();
  session.state().create();
  if (!may_lock(gates::refused_locks(session, request.paths), context)) return ExitCode::findings;
  const auto deadline = options.wait.empty()
                            ? std::nullopt
                            : std::optional(session.now() + duration("--wait", options.wait));
  const auto outcome = gates::acquire_shared(session, request, deadline);
  print_outcome(outcome, context);
  if (context.wants_text()) print_held(context, outcome.held);
  if (!outcome.taken.empty()) warn_of_absent(context, outcome.taken);
  return outcome.held.empty() ? ExitCode::clean : ExitCode::findings;
}

struct UnlockOptions {
  std::vector<std::string> paths;
  bool all = false;
  bool force = false;
  std::string reason;
};

void check(const UnlockOptions& options, const core::Identity& who) {
  if (options.all == !options.paths.empty()) {
    throw Error(ExitCode::usage, "name the paths to unlock, or --all for your own",
                "git stream unlock -h");
  }
  if (!options.force) return;
  if (options.all)
    throw Error(ExitCode::usage, "--force takes paths, not --all", "git stream locks");
  if (options.reason.empty())
    throw Error(ExitCode::usage, "--force needs a --reason: it goes into the log");
  if (!who.outsider()) {
    throw Error(ExitCode::usage, "--force is for people, not for " + who.name(),
                "run it in a worktree that belongs to no stream");
  }
}

ExitCode unlock(const UnlockOptions& options, Context& context) {
  session::Session& session = context.session();
  check(options, session.identity());
  const auto paths = path_arguments(context, options.paths);
  const auto [outcome, unreached] =
      gates::release_shared(session, {paths, options.force, options.reason});
  if (context.wants_json()) {
    core::JsonWriter json = Context::begin_json();
    write_locks(json, "released", outcome.released);
    context.answer(json);
  }
  if (context.wants_text()) {
    for (const core::Lock& lock : outcome.released)
      std::printf("unlocked %s\n", core::quote_path(lock.path).c_str());
  }
  for (const auto& [path, lock] : outcome.foreign) {
    std::fprintf(stderr, "git-stream: not unlocked: %s: %s\n", core::quote_path(path).c_str(),
                 analyzers::describe_hold(lock, session.now(), &state::offset_at).c_str());
    std::fprintf(
        stderr,
        "  next: wait for it, or let a person run git stream unlock --force --reason R %s\n",
        core::quote_shell(here(context, path)).c_str());
  }
  for (const std::string& path : outcome.unknown) {
    std::fprintf(stderr, "git-stream: %s is not locked\n", core::quote_path(path).c_str());
  }
  if (unreached)
    throw Error(
        unreached->code(),
        std::string("unlocked in this clone, but the store was not told: ") + unreached->what(),
        "git stream sync");
  return outcome.foreign.empty() ? ExitCode::clean : ExitCode::findings;
}

}  // namespace

Action declare_lock(CommandLine& app) {
  auto options = std::make_shared<LockOptions>();
  app.option("PATH", options->paths, "paths or patterns (llm/news*.py, llm/agents/)").required();
  app.option("--task", options->task, "what for; others are shown it").called("TEXT");
  app.option("--ttl", options->ttl, "how long: 90s, 30m, 2h (the policy's locks.ttl)")
      .called("TIME");
  app.option("--wait", options->wait, "wait so long for locks of others").called("TIME");
  return [options](Context& context) { return lock(*options, context); };
}

Action declare_unlock(CommandLine& app) {
  auto options = std::make_shared<UnlockOptions>();
  app.option("LOCK", options->paths, "the locks as `git stream locks` lists them");
  app.flag("--all", options->all, "all locks of this agent");
  app.flag("--force", options->force, "locks of others too: for people");
  app.option("--reason", options->reason, "why, with --force").called("TEXT");
  return [options](Context& context) { return unlock(*options, context); };
}

// git stream locks: who holds what, until when.

namespace {

std::string holder_of(const core::Lock& lock) {
  return core::printable(lock.agent) +
         (lock.host.empty() ? "" : " on " + core::printable(lock.host));
}

void print_table(const core::LockTable& locks, core::Instant now) {
  std::size_t path_width = 0, agent_width = 0;
  for (const core::Lock& lock : locks) {
    path_width = std::max(path_width, core::quote_path(lock.path).size());
    agent_width = std::max(agent_width, holder_of(lock).size());
  }
  for (const core::Lock& lock : locks) {
    const std::string left =
        lock.live(now) ? "until " + core::format_local(lock.expires, now, &state::offset_at) +
                             " (" + core::format_duration(lock.expires - now) + ")"
                       : "expired";
    std::string line = fmt::format("{:<{}}  {:<{}}  {}", core::quote_path(lock.path), path_width,
                                   holder_of(lock), agent_width, left);
    if (lock.automatic) line += "  (automatic)";
    if (!lock.task.empty()) line += "  " + core::printable(lock.task);
    std::printf("%s\n", line.c_str());
  }
}

// A damaged policy is for gates to tell of; who holds what in this clone is told without it.
core::LockTable listed_locks(session::Session& session) {
  try {
    session.policy();
  } catch (const core::Error&) {
    return state::read_locks(session.state());
  }
  return session::all_known_locks(session);
}

core::ExitCode locks(Context& context) {
  session::Session& session = context.session();
  core::LockTable table = listed_locks(session);
  std::sort(table.begin(), table.end());
  if (context.json) {
    core::JsonWriter json = Context::begin_json();
    write_locks(json, "locks", table);
    Context::print_json(json);
  } else {
    print_table(table, session.now());
  }
  return core::ExitCode::clean;
}

}  // namespace

Action declare_locks(CommandLine&) {
  return [](Context& context) { return locks(context); };
}

}  // namespace gs::command
