#include "lib/streams/lifecycle/spawn.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/app/enrolment.h"
#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/process/signals.h"
#include "lib/store/atomic_file.h"
#include "lib/store/clock.h"
#include "lib/streams/lifecycle/tasks.h"

namespace gs::streams {

namespace {

using core::AgentId;
using core::Error;
using core::ExitCode;
using store::AgentRun;
using store::StreamRecord;

auto run_of(auto& record, const AgentId& agent) {
  return std::find_if(record.runs.begin(), record.runs.end(),
                      [&](const AgentRun& run) { return run.agent == agent; });
}

std::string described(const AgentRun& run) {
  return "pid " + std::to_string(run.process.pid) + ", since " +
         core::format_local(run.started_at, store::now(), &store::offset_at);
}

void check_stream(const StreamRecord* record, const core::StreamId& id) {
  const std::string name = "stream " + id.str();
  if (record == nullptr || record->status == core::StreamStatus::waiting)
    throw Error(ExitCode::findings, name + " was not started", "git stream start " + id.str());
  if (record->status == core::StreamStatus::completed)
    throw Error(ExitCode::findings, name + " is completed", "git stream merge " + id.str());
  if (record->status == core::StreamStatus::merged)
    throw Error(ExitCode::findings, name + " is merged", "git stream status");
}

void check_after(const core::Policy& policy, const store::Streams& streams,
                 const core::AgentSpec& agent) {
  const std::vector<AgentId> missing = conflicts::missing_agents(policy, streams, agent);
  if (missing.empty()) return;
  std::string names, next;
  for (const AgentId& before : missing) {
    names += (names.empty() ? "" : ", ") + before.full();
    next += (next.empty() ? "" : "; ") + ("git stream complete " + before.short_name());
  }
  throw Error(ExitCode::findings,
              agent.id.full() + " comes after " + names +
                  (missing.size() == 1 ? ", which is not done" : ", which are not done"),
              next + "; or --anyway");
}

void check_alone(const core::StreamSpec& stream, const StreamRecord& record,
                 const core::AgentSpec& agent) {
  const std::string next = "wait for its end, or --anyway";
  for (const AgentRun& run : record.runs) {
    if (!is_alive(run)) continue;
    if (run.agent == agent.id)
      throw Error(ExitCode::findings, agent.id.full() + " runs already: " + described(run), next);
    if (stream.parallel == core::Parallel::none) {
      throw Error(ExitCode::findings,
                  "stream " + stream.id.str() + " runs one agent at a time (parallel: none), and " +
                      run.agent.full() + " runs: " + described(run),
                  next);
    }
  }
}

}  // namespace

bool is_alive(const AgentRun& run) {
  return !run.ended_at && platform::liveness(run.process) != platform::Liveness::ended;
}

void check_may_run(const core::Policy& policy, const store::Streams& streams,
                   const core::AgentSpec& agent, bool anyway) {
  const core::StreamSpec& stream = *policy.stream_of(agent.id);
  const StreamRecord* record = streams.find(stream.id);
  check_stream(record, stream.id);
  if (anyway) return;
  check_after(policy, streams, agent);
  check_alone(stream, *record, agent);
}

RunRecord::RunRecord(const store::StateDir& state, const core::Policy& policy,
                     const core::AgentSpec& agent, bool anyway)
    : state_(state), agent_(agent.id), process_(platform::mark_of(getpid())) {
  store::change_streams(state_, [&](store::Streams& streams) {
    check_may_run(policy, streams, agent, anyway);
    StreamRecord& record = *streams.find(policy.stream_of(agent_)->id);
    const AgentRun fresh{agent_, process_, store::now(), {}, {}, {}};
    if (const auto found = run_of(record, agent_); found != record.runs.end()) {
      before_ = *found;
      *found = fresh;
    } else {
      record.runs.push_back(fresh);
    }
    stream_ = record;
  });
}

// Only while it is our run that is recorded: --anyway may have put another in its place.
void RunRecord::change(const std::function<void(AgentRun&)>& how) {
  store::change_streams(state_, [&](store::Streams& streams) {
    StreamRecord* record = streams.find(stream_.id);
    if (record == nullptr) return;
    const auto found = run_of(*record, agent_);
    if (found == record->runs.end() || found->process != process_) return;
    how(*found);
  });
}

void RunRecord::started(pid_t pid) {
  const platform::ProcessMark mark = platform::mark_of(pid);
  change([&](AgentRun& run) { run.process = mark; });
  process_ = mark;
  ran_ = true;
}

void RunRecord::ended(const process::Ending& ending) {
  change([&](AgentRun& run) {
    run.ended_at = store::now();
    run.exit_code = ending.exit_code;
    run.signal = ending.signal;
  });
}

void RunRecord::withdraw() {
  if (ran_) return;
  store::change_streams(state_, [&](store::Streams& streams) {
    StreamRecord* record = streams.find(stream_.id);
    if (record == nullptr) return;
    const auto found = run_of(*record, agent_);
    if (found == record->runs.end() || found->process != process_) return;
    if (before_) {
      *found = *before_;
    } else {
      record->runs.erase(found);
    }
  });
}

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::pair<std::string_view, std::string Placeholders::*>, 5> kPlaceholders{{
    {"{task_file}", &Placeholders::task_file},
    {"{agent}", &Placeholders::agent},
    {"{stream}", &Placeholders::stream},
    {"{worktree}", &Placeholders::worktree},
    {"{log_file}", &Placeholders::log_file},
}};

// One agent's run, from what was asked for to what is told of it.
class Spawn {
 public:
  Spawn(app::Session& session, const SpawnOptions& options)
      : session_(session),
        options_(options),
        policy_(session.policy()),
        agent_(*policy_.find_agent(app::known_agent(policy_, options.agent))),
        stream_(*policy_.stream_of(agent_.id)),
        log_(session.state().logs() / (agent_.id.full() + ".log")) {}

  Spawned run() {
    const std::vector<std::string>& given =
        options_.argv.empty() ? policy_.agent_command : options_.argv;
    check_command(given);
    session_.state().create();
    // Before anything is recorded or made.
    const store::Streams streams = store::read_streams(session_.state());
    check_may_run(policy_, streams, agent_, options_.anyway);
    const fs::path worktree = worktree_of(*streams.find(stream_.id));
    tasks_ = tasks_of(session_, agent_.id);
    command_ = command_for(given, worktree, task_file_for(given, *streams.find(stream_.id)));

    const process::SignalGuard signals;  // what is begun is recorded to its end
    RunRecord record(session_.state(), policy_, agent_, options_.anyway);
    try {
      write_header();
      return carry_out(record);
    } catch (const process::MissingProgram& missing) {
      record.withdraw();
      throw Error(ExitCode::usage, missing.what(),
                  options_.argv.empty() ? "install it, or change agent_command in .streams.yaml"
                                        : "name a program that is on PATH");
    } catch (const Error&) {
      record.withdraw();
      throw;
    }
  }

 private:
  void check_command(const std::vector<std::string>& given) const {
    if (!given.empty()) return;
    throw Error(ExitCode::usage, "the policy has no agent_command",
                "git stream spawn " + agent_.id.short_name() +
                    " -- COMMAND, or put agent_command into .streams.yaml");
  }

  fs::path worktree_of(const store::StreamRecord& record) const {
    const fs::path worktree =
        conflicts::absolute_worktree(session_.repository().layout(), record.worktree);
    std::error_code ignored;
    if (!record.worktree.empty() && fs::exists(worktree / ".git", ignored)) return worktree;
    throw Error(ExitCode::findings,
                "the worktree of stream " + stream_.id.str() +
                    " is gone: " + core::quote_path(worktree.native()),
                "git stream start " + stream_.id.str());
  }

  // The file, absolute; empty where there is none and nobody asks for one.
  std::string task_file_for(const std::vector<std::string>& given,
                            const store::StreamRecord& record) const {
    if (options_.task_file) {
      check_readable(*options_.task_file);
      return options_.task_file->string();
    }
    const bool wanted = std::any_of(given.begin(), given.end(), [](const std::string& word) {
      return word.find("{task_file}") != std::string::npos;
    });
    if (!wanted) return {};
    const auto handoffs = handed_to(store::read_handoffs(session_.state()), stream_.id, agent_.id);
    const fs::path file = session_.state().logs() / (agent_.id.full() + ".task.md");
    store::AtomicFile fresh(file, store::AtomicFile::Durability::cache);
    fresh.write(agent_brief(policy_, record, agent_, tasks_, handoffs));
    fresh.commit();
    return file.string();
  }

  static void check_readable(const fs::path& file) {
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored) && access(file.c_str(), R_OK) == 0) return;
    throw Error(ExitCode::usage, "--task-file: cannot read " + core::quote_path(file.native()) +
                                     (fs::is_directory(file, ignored) ? ": it is a folder" : ""));
  }

  process::Command command_for(const std::vector<std::string>& given, const fs::path& worktree,
                               const std::string& task_file) const {
    const Placeholders values{task_file, agent_.id.full(), stream_.id.str(), worktree.string(),
                              log_.string()};
    process::Command command;
    for (const std::string& word : given) command.argv.push_back(filled_in(word, values));
    command.directory = worktree.string();
    command.unset = process::local_git_variables();
    // A person's leave to pass is not the agent's; a task file of another agent's is not either.
    command.unset.insert(command.unset.end(), {app::kBypassVariable, "GIT_STREAM_TASK_FILE"});
    command.set = {std::string(app::kAgentVariable) + "=" + values.agent,
                   "GIT_STREAM_STREAM=" + values.stream, "GIT_STREAM_LOG=" + values.log_file};
    if (!task_file.empty()) command.set.push_back("GIT_STREAM_TASK_FILE=" + task_file);
    return command;
  }

  void write_header() const {
    std::string line = "=== " + core::format_utc(store::now()) + " " + agent_.id.full() + ":";
    for (const std::string& word : command_.argv) line += " " + core::quote_shell(word);
    line += "\n";
    const platform::Descriptor file = process::open_log(log_);
    if (write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw Error(ExitCode::broken, "cannot write " + log_.string());
  }

  void log(const std::string& action, Fields fields) const {
    store::append(session_.state().activity(),
                  {store::now(), agent_.id.full(), stream_.id.str(), action, std::move(fields)});
  }

  void log_start(pid_t pid) const {
    Fields fields;
    const std::string task = current_task(tasks_);
    if (!task.empty()) fields.emplace_back("task", app::json_text(task));
    fields.emplace_back("pid", std::to_string(pid));
    fields.emplace_back("command", app::json_text(command_.argv.front()));
    if (options_.detach) fields.emplace_back("detached", "true");
    log("started", std::move(fields));
  }

  void log_end(const process::Ending& ending) const {
    Fields fields;
    if (ending.exit_code) fields.emplace_back("exit_code", std::to_string(*ending.exit_code));
    if (ending.signal) fields.emplace_back("signal", std::to_string(*ending.signal));
    if (ending.interrupted) fields.emplace_back("interrupted", "true");
    fields.emplace_back("duration", std::to_string(ending.duration.count() / 1000));
    log("ended", std::move(fields));
  }

  Spawned carry_out(RunRecord& record) {
    Spawned spawned{agent_.id, stream_.id, -1, log_, {}};
    process::Watch watch;
    watch.log = log_;
    watch.input = true;
    watch.show = options_.show ? STDOUT_FILENO : -1;
    watch.started = [&](pid_t pid) {
      spawned.pid = pid;
      record.started(pid);
      log_start(pid);
    };
    const auto ended = [&](const process::Ending& ending) {
      log_end(ending);  // who sees the end in the record finds it in the log
      record.ended(ending);
    };
    if (options_.detach) {
      spawned.pid = process::run_detached(command_, watch, ended);
    } else {
      spawned.ending = process::run_watched(command_, watch);
      ended(*spawned.ending);
    }
    return spawned;
  }

  app::Session& session_;
  const SpawnOptions& options_;
  const core::Policy& policy_;
  const core::AgentSpec& agent_;
  const core::StreamSpec& stream_;
  const fs::path log_;
  std::vector<core::TaskSpec> tasks_;
  process::Command command_;
};

}  // namespace

std::string filled_in(std::string_view word, const Placeholders& values) {
  std::string text;
  while (!word.empty()) {
    const auto found =
        std::find_if(kPlaceholders.begin(), kPlaceholders.end(),
                     [&](const auto& placeholder) { return word.starts_with(placeholder.first); });
    const bool plain = found == kPlaceholders.end();
    if (plain) {
      text += word.front();
    } else {
      text += values.*found->second;
    }
    word.remove_prefix(plain ? 1 : found->first.size());
  }
  return text;
}

Spawned spawn(app::Session& session, const SpawnOptions& options) {
  return Spawn(session, options).run();
}

}  // namespace gs::streams
