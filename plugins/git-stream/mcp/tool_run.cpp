#include "plugins/git-stream/mcp/tool_run.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "lib/core/text.h"
#include "lib/process/process.h"
#include "lib/session/identity.h"
#include "plugins/git-stream/command.h"

namespace gs::command {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;
using git::Repository;

// Where the server was started, if that is in a repository.
std::optional<Repository> start_place() {
  try {
    return Repository::discover(fs::current_path());
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Who was started in an agent's worktree acts for that agent, wherever the call points.
void require_own(const Repository& start, const Repository& there) {
  const auto record = session::read_enrolment(start.layout().git_dir);
  if (!record || start.layout().git_dir == there.layout().git_dir) return;
  const std::string whose =
      record->agent ? record->agent->full() : "stream " + record->stream->str();
  throw Error(
      ExitCode::findings,
      "this server was started for " + whose + ", and changes nothing from another worktree",
      "start git stream mcp in that worktree");
}

Repository named_place(const mcp::ToolCall& asked) {
  const std::string& name = *asked.worktree;
  const auto start = start_place();
  for (const std::string& variable : process::local_git_variables()) unsetenv(variable.c_str());
  std::error_code fault;
  if (!fs::is_directory(name, fault))
    throw Error(ExitCode::usage, "worktree: there is no folder '" + core::printable(name) + "'");
  Repository there = Repository::discover(fs::absolute(name));
  if (start && start->layout().common_dir != there.layout().common_dir)
    throw Error(ExitCode::usage,
                "worktree: '" + core::printable(name) + "' is no worktree of this repository",
                "git worktree list");
  if (start && asked.changes) require_own(*start, there);
  return there;
}

// Paths are meant from the worktree's top.
void enter(const mcp::ToolCall& asked) {
  const auto place = asked.worktree ? std::optional(named_place(asked)) : start_place();
  if (place && place->layout().worktree) fs::current_path(*place->layout().worktree);
}

// The agent that the server was started for is nobody else.
void name_agent(const std::string& agent) {
  const char* const started = std::getenv(session::kAgentVariable);
  const std::string before = started == nullptr ? "" : started;
  if (!before.empty() && core::AgentId::parse(before) != core::AgentId::parse(agent))
    throw Error(ExitCode::usage, "agent: " + core::printable(agent) +
                                     ", but this server was started with " +
                                     session::kAgentVariable + "=" + core::printable(before));
  setenv(session::kAgentVariable, agent.c_str(), 1);
}

void name_session(const std::string& session) {
  unsetenv("CLAUDE_CODE_SESSION_ID");
  setenv("CODEX_THREAD_ID", session.c_str(), 1);
}

// As agents write paths; the command takes those below the working directory.
std::string below_top(const std::string& path) {
  if (!path.starts_with('/')) return path;
  const fs::path top = fs::current_path();
  for (const fs::path& one : {fs::path(path).lexically_normal(), fs::weakly_canonical(path)}) {
    const fs::path below = one.lexically_relative(top);
    if (!below.empty() && *below.begin() != "..") return below.string();
  }
  throw Error(ExitCode::usage,
              "'" + core::printable(path) + "' is not in the worktree " + top.string(),
              "worktree: the one that it is in");
}

std::vector<std::string> words_of(const mcp::Call& call) {
  std::vector<std::string> words = call.asked.words;
  for (auto word = std::find(words.begin(), words.end(), "--"); word != words.end(); ++word)
    *word = below_top(*word);
  return words;
}

// Behind all that the command says.
void tell_who(Context& context) {
  const std::string who = session::describe(context.session().named());
  const std::string place = core::quote_path(fs::current_path().string());
  std::fprintf(stderr, "as %s, in %s\n", who.c_str(), place.c_str());
}

int carry_out(const mcp::Call& call, Context& context) {
  if (call.session) name_session(*call.session);
  if (call.asked.agent) name_agent(*call.asked.agent);
  enter(call.asked);
  const int code = run_words(words_of(call), context);
  const bool done =
      code == static_cast<int>(ExitCode::clean) || code == static_cast<int>(ExitCode::findings);
  if (call.asked.changes && done) tell_who(context);
  return code;
}

}  // namespace

int run_call(const mcp::Call& call, int answer) {
  Context context;
  if (call.tool != nullptr) context.beside = fdopen(answer, "w");
  try {
    return carry_out(call, context);
  } catch (const Error& error) {
    return tell(error);
  } catch (const std::exception& error) {
    return tell(Error(ExitCode::broken, error.what()));
  }
}

}  // namespace gs::command
