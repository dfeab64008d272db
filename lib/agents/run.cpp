#include "lib/agents/run.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <unistd.h>

#include "lib/agents/agent_messages.h"
#include "lib/agents/dialects/call.h"
#include "lib/agents/edit_locks.h"
#include "lib/agents/json_fields.h"
#include "lib/agents/session_identity.h"
#include "lib/agents/tool_call_check.h"
#include "lib/core/error.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/git/files.h"
#include "lib/git/layout.h"
#include "lib/platform/memory.h"
#include "lib/state/files.h"
#include "lib/state/flock.h"

namespace gs::agents {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

constexpr int kBlocks = 2, kFails = 1;

Answer failure(const Dialect& dialect, const std::string& event, bool guards,
               const std::string& what, const std::string& hint) {
  std::string text = "git-stream: agent-hook cannot judge: " + what + "\n";
  if (!hint.empty()) text += "  next: " + hint + "\n";
  if (!guards) return {kFails, {}, text};
  Answer answer{kBlocks, {}, text};
  if (dialect.failure_as_json) answer.output = dialect.say(Speech::deny, event, text) + "\n";
  return answer;
}

// ---- The answer of a process that hangs, whatever it hangs on: agents' programs take none for "go
// on" after a while.

constexpr int kLongestAnswer = 4;                         // seconds
constexpr std::chrono::milliseconds kLongestWait{3'000};  // for locks, which can say why

Answer& last_word() {
  static Answer answer;
  return answer;
}

void write_now(int descriptor, const std::string& text) {
  const ssize_t count = ::write(descriptor, text.data(), text.size());
  static_cast<void>(count);
}

// Nothing but what a signal handler may call.
void give_last_word(int) {
  write_now(STDERR_FILENO, last_word().errors);
  write_now(STDOUT_FILENO, last_word().output);
  _exit(last_word().status);
}

void answer_in_time(const Dialect& dialect, const std::string& event) {
  const NamedEvent* named = find_event(dialect, event);
  const bool guards = event.empty() || (named != nullptr && named->moment == Moment::before_tool);
  const std::string heard(event.empty() ? std::string(dialect.events.front().name) : event);
  last_word() =
      failure(dialect, heard, guards,
              "it took longer than " + std::to_string(kLongestAnswer) + " s", "git stream doctor");
  state::wait_no_longer_than(kLongestWait);
  std::signal(SIGALRM, give_last_word);
  alarm(kLongestAnswer);
}

Answer said(const Dialect& dialect, Speech speech, const Call& call, const std::string& text) {
  if (text.empty()) return {};
  std::string json = dialect.say(speech, call.event, text);
  if (!json.empty()) json += '\n';
  return {0, std::move(json), {}};
}

Speech speech_of(const Dialect& dialect, Decision::Kind kind) {
  if (kind == Decision::Kind::deny) return Speech::deny;
  return kind == Decision::Kind::ask && dialect.asks ? Speech::ask : Speech::remark;
}

// A folder that is there, for finding the repository: the call's, or one above it.
fs::path standing_folder(const Call& call) {
  fs::path folder = call.cwd.empty() ? fs::current_path() : fs::absolute(call.cwd);
  while (!git::is_folder(folder) && folder != folder.parent_path()) folder = folder.parent_path();
  return folder;
}

std::optional<git::Repository> repository_at(const fs::path& folder) {
  try {
    git::Repository found = git::Repository::discover(folder);
    if (found.unknown_format()) return std::nullopt;
    return found;
  } catch (const Error&) {
    // Whether there is none, or one that is broken, is told apart by whether something is there.
    std::error_code ignored;
    for (fs::path at = folder; at != at.parent_path(); at = at.parent_path()) {
      if (fs::exists(fs::symlink_status(at / ".git", ignored))) throw;
    }
    return std::nullopt;
  }
}

// The repository that the agent works in. Who has gone elsewhere is still the one whose program
// was started in a worktree, and a file's own worktree has something to say to everybody.
std::optional<git::Repository> repository_of(const Call& call) {
  if (auto found = repository_at(standing_folder(call))) return found;
  if (auto found = repository_at(fs::current_path())) return found;
  for (const std::string& path : call.paths) {
    if (!fs::path(path).is_absolute()) continue;
    Call at_file;
    at_file.cwd = git::real_path(path).parent_path().string();
    if (auto found = repository_at(standing_folder(at_file))) return found;
  }
  return std::nullopt;
}

Answer answer_call(const Dialect& dialect, const Call& call) {
  auto repository = repository_of(call);
  if (!repository || !repository->layout().worktree) return {};
  session::Session session(std::move(*repository));
  if (!call.cwd.empty()) session.stand_in(fs::absolute(call.cwd));
  switch (call.moment) {
    case Moment::before_tool: {
      const Decision decision = check_tool_call(session, call);
      return said(dialect, speech_of(dialect, decision.kind), call, decision.text);
    }
    case Moment::after_tool:
      if (call.kind != ToolKind::shell) return {};
      release_unused_locks(session, call);
      return said(dialect, Speech::context, call, outside_changes(session, call));
    case Moment::session_start: {
      const SessionIdentity session_identity(session, call.session, {});
      return said(dialect, Speech::context, call, briefing(session));
    }
    case Moment::turn_end:
      release_unused_locks(session, call);
      if (call.again) return {};
      return said(dialect, Speech::go_on, call, outside_changes(session, call));
    case Moment::none:
      break;
  }
  return {};
}

std::string read_stdin() {
  std::string text;
  std::size_t size = 0;
  for (;;) {
    constexpr std::size_t kFirst = 1 << 16;
    if (text.size() == size) text.resize(text.empty() ? kFirst : text.size() * 2);
    const ssize_t count = ::read(STDIN_FILENO, text.data() + size, text.size() - size);
    if (count > 0) {
      size += static_cast<std::size_t>(count);
    } else if (count == 0) {
      text.resize(size);
      return text;
    } else if (errno != EINTR) {
      throw Error(ExitCode::broken, std::string("cannot read the call: ") + std::strerror(errno));
    }
  }
}

int usage(const std::string& what) {
  std::fprintf(stderr, "git-stream: %s\n  next: git stream agent-hook -h\n", what.c_str());
  return kBlocks;
}

}  // namespace

Answer answer(const Dialect& dialect, std::string_view event, std::string_view json) {
  const NamedEvent* named = find_event(dialect, event);
  // Until the call has said what it is about, it is held to be what blocks.
  bool guards = event.empty() || (named != nullptr && named->moment == Moment::before_tool);
  std::string heard(event.empty() ? dialect.events.front().name : event);
  try {
    const Call call = read_call(dialect, event, json);
    guards = call.moment == Moment::before_tool;
    heard = call.event;
    const bool looked_at = call.moment != Moment::none && (!guards || call.kind != ToolKind::none);
    return looked_at ? answer_call(dialect, call) : Answer{};
  } catch (const Unreadable& error) {
    return failure(dialect, heard, guards, std::string("the call ") + error.what(),
                   "see docs/agents.md, \"Bad input\"");
  } catch (const Error& error) {
    return failure(dialect, heard, guards, error.what(), error.hint());
  } catch (const std::exception& error) {
    return failure(dialect, heard, guards, error.what(), "git stream doctor");
  }
}

int run_agent_hook(const std::string& name, const std::string& event) {
  const Dialect* dialect = find_dialect(name);
  if (dialect == nullptr)
    return usage("agent-hook: no dialect '" + core::printable(name) +
                 "': claude, codex, gemini, cursor or copilot");
  answer_in_time(*dialect, event);
  Answer answered;
  try {
    answered = answer(*dialect, event, read_stdin());
  } catch (const Error& error) {
    answered = failure(*dialect, event, true, error.what(), error.hint());
  }
  alarm(0);
  std::fputs(answered.errors.c_str(), stderr);
  std::fputs(answered.output.c_str(), stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return answered.status;
  std::fprintf(stderr, "git-stream: agent-hook cannot say no: %s\n", std::strerror(errno));
  return kBlocks;
}

int run_agent_hook(int argc, char** argv) {
  platform::keep_freed_memory();
  state::survive_file_limits();
  std::string dialect, event;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--version") {
      std::printf("git-stream agent-hook %s\n", core::kVersion);
      return 0;
    }
    if (i + 1 < argc && word == "--dialect") {
      dialect = argv[++i];
    } else if (i + 1 < argc && word == "--event") {
      event = argv[++i];
    } else {
      return usage("agent-hook: unknown argument '" + core::printable(word) + "'");
    }
  }
  return run_agent_hook(dialect, event);
}

}  // namespace gs::agents
