#include "lib/streams/lifecycle/spawn.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conflicts/dependencies.h"
#include "lib/conflicts/stream_branches.h"
#include "lib/conflicts/stream_work.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/git/files.h"
#include "lib/process/signals.h"
#include "lib/session/identity.h"
#include "lib/session/shared_logs.h"
#include "lib/state/clock.h"
#include "lib/state/files.h"
#include "lib/streams/lifecycle/ai_ignore.h"
#include "lib/streams/lifecycle/tasks.h"
#include "lib/streams/lifecycle/worktree_location.h"
#include "lib/streams/worktree_git.h"

namespace gs::streams {

namespace {

using core::AgentId;
using core::Error;
using core::ExitCode;
using state::AgentRun;
using state::StreamRecord;

auto run_of(auto& record, const AgentId& agent) {
  return std::find_if(record.runs.begin(), record.runs.end(),
                      [&](const AgentRun& run) { return run.agent == agent; });
}

std::string described(const AgentRun& run) {
  return "pid " + std::to_string(run.process.pid) + ", since " +
         core::format_local(run.started_at, state::now(), &state::offset_at);
}

void check_stream(const StreamRecord* record, const core::StreamId& id) {
  const std::string name = "stream " + id.str();
  if (record == nullptr || record->status == core::StreamStatus::waiting)
    throw Error(ExitCode::findings, name + " was not started", "git stream start " + id.str());
  if (record->status == core::StreamStatus::completed)
    throw Error(ExitCode::findings, name + " is completed", "git stream merge " + id.str());
  if (record->status == core::StreamStatus::merged)
    throw Error(ExitCode::findings, name + " is merged", "git stream start --again " + id.str());
}

void check_after(const core::Policy& policy, const state::Streams& streams,
                 const core::AgentSpec& agent) {
  const std::vector<AgentId> missing = conflicts::missing_agents(policy, streams, agent);
  if (missing.empty()) return;
  const std::string names = core::joined(missing, std::mem_fn(&AgentId::full));
  std::string next;
  for (const AgentId& before : missing) {
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

void check_may_run(const core::Policy& policy, const state::Streams& streams,
                   const core::AgentSpec& agent, bool anyway) {
  const core::StreamSpec& stream = *policy.stream_of(agent.id);
  const StreamRecord* record = streams.find(stream.id);
  check_stream(record, stream.id);
  if (anyway) return;
  check_after(policy, streams, agent);
  check_alone(stream, *record, agent);
}

namespace {

// Two in one worktree would have one index: each would commit what the other has staged.
void check_own_index(const core::StreamSpec& stream, const StreamRecord& record,
                     const std::vector<AgentId>& sharing) {
  for (const AgentRun& run : record.runs) {
    if (!is_alive(run) || std::ranges::find(sharing, run.agent) == sharing.end()) continue;
    throw Error(ExitCode::findings,
                run.agent.full() + " runs in the same worktree (" + described(run) +
                    "): they would share its index",
                "git stream start " + stream.id.str() + " --per-agent, or --anyway");
  }
}

}  // namespace

RunRecord::RunRecord(const state::StateDir& state, const core::Policy& policy,
                     const core::AgentSpec& agent, bool anyway, const std::vector<AgentId>& sharing)
    : state_(state), agent_(agent.id), process_(platform::process_id_of(getpid())) {
  state::change_streams(state_, [&](state::Streams& streams) {
    check_may_run(policy, streams, agent, anyway);
    StreamRecord& record = *streams.find(policy.stream_of(agent_)->id);
    if (!anyway) check_own_index(*policy.stream_of(agent_), record, sharing);
    const AgentRun fresh{agent_, process_, state::now(), {}, {}, {}};
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
  state::change_streams(state_, [&](state::Streams& streams) {
    StreamRecord* record = streams.find(stream_.id);
    if (record == nullptr) return;
    const auto found = run_of(*record, agent_);
    if (found == record->runs.end() || found->process != process_) return;
    how(*found);
  });
}

void RunRecord::started(pid_t pid) {
  const platform::ProcessId mark = platform::process_id_of(pid);
  change([&](AgentRun& run) { run.process = mark; });
  process_ = mark;
  ran_ = true;
}

void RunRecord::ended(const process::Ending& ending) {
  change([&](AgentRun& run) {
    run.ended_at = state::now();
    run.exit_code = ending.exit_code;
    run.signal = ending.signal;
  });
}

void RunRecord::withdraw() {
  if (ran_) return;
  state::change_streams(state_, [&](state::Streams& streams) {
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

// An agent's run: what is known before its command starts.
struct AgentTask {
  session::Session& session;
  const core::Policy& policy;
  const core::AgentSpec& agent;
  const core::StreamSpec& stream;
  const fs::path log;
};

AgentTask agent_task(session::Session& session, const std::string& name) {
  const core::Policy& policy = session.policy();
  const core::StreamSpec* named = policy.find_stream(core::StreamId(name));
  const auto id = AgentId::parse(name);
  if (named != nullptr && !named->agents.empty() && !(id && policy.find_agent(*id))) {
    const std::string names = core::joined(
        named->agents, [](const core::AgentSpec& agent) { return agent.id.short_name(); });
    throw Error(ExitCode::usage,
                "spawn runs an agent, and " + name + " is a stream; it has " + names,
                "git stream spawn " + named->agents.front().id.short_name());
  }
  const core::AgentSpec& agent = *policy.find_agent(session::known_agent(policy, name));
  return {session, policy, agent, *policy.stream_of(agent.id),
          session.state().logs() / (agent.id.full() + ".log")};
}

// What starts the stream, where it can start; else what is to be done before.
void check_started(const AgentTask& task, const state::Streams& recorded) {
  if (recorded.status(task.stream.id) != core::StreamStatus::waiting) return;
  const state::Streams streams = conflicts::streams_now(task.session).streams;
  std::string what = "stream " + task.stream.id.str() + " was not started";
  std::string_view between = ", and waits for ";
  for (const core::StreamId& id :
       conflicts::missing_dependencies(task.policy, streams, task.stream)) {
    what += std::string(between) + id.str();
    between = ", ";
  }
  throw Error(ExitCode::findings, what, conflicts::way_to_start(task.policy, streams, task.stream));
}

void check_command(const AgentTask& task, const std::vector<std::string>& given) {
  if (!given.empty()) return;
  throw Error(ExitCode::usage, "the policy has no agent_command",
              "git stream spawn " + task.agent.id.short_name() +
                  " -- COMMAND, or put agent_command into .streams.yaml");
}

// The agent's own, where it was started with one or somebody has enrolled one for it; else the
// stream's.
fs::path find_worktree(const AgentTask& task, const state::StreamRecord& record,
                       const AgentId& agent) {
  const git::Layout& layout = task.session.repository().layout();
  std::string recorded = record.worktree;
  for (const state::BranchRecord& branch : record.branches) {
    if (branch.agent == agent && !branch.worktree.empty()) recorded = branch.worktree;
  }
  const fs::path worktree = conflicts::absolute_worktree(layout, recorded);
  std::error_code ignored;
  bool there = !recorded.empty() && fs::exists(worktree / ".git", ignored);
  for (const git::Worktree& other : task.session.repository().worktrees()) {
    const auto enrolment = enrolment_of(task.policy, other.git_dir);
    const bool own = enrolment && enrolment->agent == agent && !other.prunable;
    if (own && !other.main && (recorded == record.worktree || !there)) return other.path;
    // Where another agent is enrolled this one could commit nothing.
    if (enrolment && enrolment->agent && !own && other.path == git::real_path(worktree))
      there = false;
  }
  return there ? worktree : fs::path();
}

// The other agents of the stream that would work in it.
std::vector<AgentId> agents_in(const AgentTask& task, const state::StreamRecord& record,
                               const fs::path& worktree) {
  std::vector<AgentId> found;
  for (const core::AgentSpec& other : task.stream.agents) {
    if (other.id != task.agent.id && find_worktree(task, record, other.id) == worktree)
      found.push_back(other.id);
  }
  return found;
}

fs::path worktree_of(const AgentTask& task, const state::StreamRecord& record) {
  const fs::path worktree = find_worktree(task, record, task.agent.id);
  if (!worktree.empty()) return worktree;
  std::string recorded = record.worktree, of = "stream " + task.stream.id.str();
  for (const state::BranchRecord& branch : record.branches) {
    if (branch.agent != task.agent.id || branch.worktree.empty()) continue;
    recorded = branch.worktree;
    of = task.agent.id.full();
  }
  const fs::path path = conflicts::absolute_worktree(task.session.repository().layout(), recorded);
  std::error_code ignored;
  if (!recorded.empty() && fs::exists(path / ".git", ignored))
    throw Error(ExitCode::findings,
                task.agent.id.full() + " has no worktree: another agent is enrolled in " +
                    core::quote_path(path.native()),
                "git stream start " + task.stream.id.str() + " --per-agent");
  throw Error(ExitCode::findings,
              "the worktree of " + of + " is gone: " + core::quote_path(path.native()),
              "git stream start " + task.stream.id.str());
}

// As the policy in force has it; also in a worktree that somebody has enrolled by hand.
void renew_ignore_file(const AgentTask& task, const git::Worktree& worktree) {
  const git::Repository& repository = task.session.repository();
  const auto base = repository.resolve("refs/heads/" + task.policy.integration_branch.str());
  if (!base || worktree.main) return;
  const auto enrolment = enrolment_of(task.policy, worktree.git_dir);
  const bool own = enrolment && enrolment->agent == task.agent.id;
  const git::Layout& layout = repository.layout();
  renew_ai_ignore(task.session,
                  {worktree.git_dir, layout.common_dir, worktree.path, layout.main_worktree,
                   layout.ref_storage},
                  {task.stream, own ? &task.agent : nullptr}, *base);
}

void check_readable(const fs::path& file) {
  std::error_code ignored;
  if (fs::is_regular_file(file, ignored) && access(file.c_str(), R_OK) == 0) return;
  throw Error(ExitCode::usage, "--task-file: cannot read " + core::quote_path(file.native()) +
                                   (fs::is_directory(file, ignored) ? ": it is a folder" : ""));
}

bool wants_task_file(const std::vector<std::string>& words) {
  return std::ranges::any_of(
      words, [](const std::string& word) { return word.find("{task_file}") != std::string::npos; });
}

std::string write_brief(const AgentTask& task, const state::StreamRecord& record,
                        const std::vector<core::TaskSpec>& tasks) {
  const state::StateDir& state = task.session.state();
  const auto handoffs =
      handed_to(session::all_handoffs(task.session), task.stream.id, task.agent.id);
  const fs::path file = state.logs() / (task.agent.id.full() + ".task.md");
  state::AtomicFile fresh(file, state::AtomicFile::Durability::cache);
  const core::Identity agent{task.stream.id, task.agent.id, core::Identity::Source::worktree};
  std::vector<state::Request> requests = state::read_requests(state.activity());
  std::erase_if(requests, [&](const state::Request& request) {
    return !request.open() || !state::is_for(request, agent, task.policy);
  });
  fresh.write(agent_brief(task.policy, record, task.agent, tasks, handoffs, requests));
  fresh.commit();
  return file.string();
}

process::Command command_for(const AgentTask& task, const std::vector<std::string>& given,
                             const fs::path& worktree, const std::string& task_file) {
  const Placeholders values{task_file, task.agent.id.full(), task.stream.id.str(),
                            worktree.string(), task.log.string()};
  process::Command command;
  for (const std::string& word : given) command.argv.push_back(filled_in(word, values));
  command.directory = worktree.string();
  command.unset = process::local_git_variables();
  // A bypass granted to a person is not the agent's; a task file of another agent's is not either.
  command.unset.insert(command.unset.end(), {session::kBypassVariable, "GIT_STREAM_TASK_FILE"});
  command.set = {std::string(session::kAgentVariable) + "=" + values.agent,
                 "GIT_STREAM_STREAM=" + values.stream, "GIT_STREAM_LOG=" + values.log_file};
  if (!task_file.empty()) command.set.push_back("GIT_STREAM_TASK_FILE=" + task_file);
  return command;
}

void write_header(const AgentTask& task, const process::Command& command) {
  std::string line = "=== " + core::format_utc(state::now()) + " " + task.agent.id.full() + ":";
  for (const std::string& word : command.argv) line += " " + core::quote_shell(word);
  line += "\n";
  const platform::Descriptor file = process::open_log(task.log);
  if (write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw Error(ExitCode::broken, "cannot write " + task.log.string());
}

void log(const AgentTask& task, const std::string& action, Fields fields) {
  state::append(task.session.state().activity(), {state::now(), task.agent.id.full(),
                                                  task.stream.id.str(), action, std::move(fields)});
}

Fields start_fields(const std::string& current, pid_t pid, const std::string& program,
                    bool detached) {
  Fields fields;
  if (!current.empty()) fields.emplace_back("task", state::json_text(current));
  fields.emplace_back("pid", std::to_string(pid));
  fields.emplace_back("command", state::json_text(program));
  if (detached) fields.emplace_back("detached", "true");
  return fields;
}

Fields end_fields(const process::Ending& ending) {
  Fields fields;
  if (ending.exit_code) fields.emplace_back("exit_code", std::to_string(*ending.exit_code));
  if (ending.signal) fields.emplace_back("signal", std::to_string(*ending.signal));
  if (ending.interrupted) fields.emplace_back("interrupted", "true");
  fields.emplace_back("duration", std::to_string(ending.duration.count() / 1000));
  return fields;
}

// Unless others are at work in it still.
void leave_worktree(const AgentTask& task, const std::optional<git::Worktree>& worktree) {
  if (!worktree) return;
  const state::Streams streams = state::read_streams(task.session.state());
  const state::StreamRecord* record = streams.find(task.stream.id);
  if (record == nullptr) return unlock_after_work(*worktree);
  const std::vector<AgentId> sharing = agents_in(task, *record, worktree->path);
  const bool others = std::ranges::any_of(record->runs, [&](const AgentRun& run) {
    return is_alive(run) && std::ranges::find(sharing, run.agent) != sharing.end();
  });
  if (!others) unlock_after_work(*worktree);
}

// The command that runs, and what is told of it.
struct Launch {
  const process::Command& command;
  const std::string current;  // task; may be empty
  const std::optional<git::Worktree> worktree;
  const bool detach, show;
};

Spawned run_command(const AgentTask& task, const Launch& launch, RunRecord& record) {
  Spawned spawned{task.agent.id, task.stream.id, -1, task.log, {}};
  process::Watch watch;
  watch.log = task.log;
  watch.input = true;
  watch.show = launch.show ? STDOUT_FILENO : -1;
  watch.started = [&](pid_t pid) {
    spawned.pid = pid;
    record.started(pid);
    log(task, "started",
        start_fields(launch.current, pid, launch.command.argv.front(), launch.detach));
    begin_task(task.session, task.agent.id);
  };
  const auto ended = [&](const process::Ending& ending) {
    log(task, "ended", end_fields(ending));  // who sees the end in the record finds it in the log
    record.ended(ending);
    leave_worktree(task, launch.worktree);
  };
  if (launch.detach) {
    spawned.pid = process::run_detached(launch.command, watch, ended);
  } else {
    spawned.ending = process::run_watched(launch.command, watch);
    ended(*spawned.ending);
  }
  return spawned;
}

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

Spawned spawn(session::Session& session, const SpawnOptions& options) {
  const AgentTask task = agent_task(session, options.agent);
  const std::vector<std::string>& given =
      options.argv.empty() ? task.policy.agent_command : options.argv;
  // Before anything is recorded or made.
  const state::Streams streams = state::read_streams(session.state());
  check_started(task, streams);
  check_may_run(task.policy, streams, task.agent, options.anyway);
  check_command(task, given);
  const state::StreamRecord& stream = *streams.find(task.stream.id);
  const fs::path worktree = worktree_of(task, stream);
  session.state().create();
  const std::vector<core::TaskSpec> tasks = tasks_of(session, task.agent.id);
  std::string task_file;
  if (options.task_file) {
    check_readable(*options.task_file);
    task_file = options.task_file->string();
  } else if (wants_task_file(given)) {
    task_file = write_brief(task, stream, tasks);
  }
  const process::Command command = command_for(task, given, worktree, task_file);

  const std::optional<git::Worktree> at = worktree_at(session.repository(), worktree);
  const process::SignalGuard signals;  // what is begun is recorded to its end
  RunRecord record(session.state(), task.policy, task.agent, options.anyway,
                   agents_in(task, stream, worktree));
  try {
    write_header(task, command);
    if (at) renew_ignore_file(task, *at);
    if (at) lock_at_work(*at);
    return run_command(task, {command, current_task(tasks), at, options.detach, options.show},
                       record);
  } catch (const process::MissingProgram& missing) {
    record.withdraw();
    leave_worktree(task, at);
    throw Error(ExitCode::usage, missing.what(),
                options.argv.empty() ? "install it, or change agent_command in .streams.yaml"
                                     : "name a program that is on PATH");
  } catch (const Error&) {
    record.withdraw();
    leave_worktree(task, at);
    throw;
  }
}

}  // namespace gs::streams
