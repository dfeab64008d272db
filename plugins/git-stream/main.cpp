// git stream COMMAND: the table of commands, and the one place where errors become exit codes.
// Started as a hook, the program is that hook and nothing else.

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <map>

#include "hooks/hooks.h"
#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/platform/memory.h"
#include "lib/process/process.h"
#include "lib/state/files.h"
#include "plugins/git-stream/command.h"
#include "plugins/git-stream/commands/agent_hook.h"
#include "plugins/git-stream/commit.h"
#include "plugins/git-stream/completion/completion.h"

namespace {

using gs::command::Action;
using gs::command::ArgumentParser;
using gs::command::Arguments;
using gs::command::CommandLine;
using gs::command::Context;
using gs::command::Row;
using gs::core::Error;
using gs::core::ExitCode;

// By what one wants to do, as -h shows them.
constexpr std::array kCommands{
    Row{"Set up a repository", "init",
        "make the state files, a policy where there is none, and the hooks",
        gs::command::declare_init},
    Row{"Set up a repository", "policy", "propose a policy for what is in this repository",
        gs::command::declare_policy},
    Row{"Set up a repository", "install", "enrol this worktree and install the hooks",
        gs::command::declare_install},
    Row{"Set up a repository", "uninstall", "take this worktree's enrolment and the hooks out",
        gs::command::declare_uninstall},
    Row{"Set up a repository", "doctor", "check the installation", gs::command::declare_doctor},
    Row{"Plan and start", "plan", "show what can be done side by side, and what there is to do",
        gs::command::declare_plan},
    Row{"Plan and start", "tasks", "show and change the tasks", gs::command::declare_tasks},
    Row{"Plan and start", "start", "start streams: branch, worktree, enrolment",
        gs::command::declare_start},
    Row{"Plan and start", "spawn", "run an agent's command in its worktree",
        gs::command::declare_spawn},
    Row{"See what goes on", "status", "show streams, worktrees, gates and locks",
        gs::command::declare_status},
    Row{"See what goes on", "log", "show who did what", gs::command::declare_log},
    Row{"See what goes on", "warnings", "show who was warned of which imports",
        gs::command::declare_warnings},
    Row{"See what goes on", "report", "show what was merged, found and done, on one page",
        gs::command::declare_report},
    Row{"Work side by side", "lock", "lock paths or patterns", gs::command::declare_lock},
    Row{"Work side by side", "unlock", "release locks", gs::command::declare_unlock},
    Row{"Work side by side", "locks", "list the locks", gs::command::declare_locks},
    Row{"Work side by side", "ask", "ask another agent for something, and answer",
        gs::command::declare_ask},
    Row{"Work side by side", "handoff", "show what agents hand on", gs::command::declare_handoff},
    Row{"Work side by side", "sync", "exchange locks and logs with other machines",
        gs::command::declare_sync},
    Row{"Work side by side", "push", "push work together with the leases that it needs",
        gs::command::declare_push},
    Row{"Finish and merge", "complete", "mark a stream or an agent as done",
        gs::command::declare_complete},
    Row{"Finish and merge", "conflicts", "show what would conflict if the streams were merged now",
        gs::command::declare_conflicts},
    Row{"Finish and merge", "order", "show in which order to merge, and why",
        gs::command::declare_order},
    Row{"Finish and merge", "merge", "merge completed streams, dependencies first",
        gs::command::declare_merge},
    Row{"Finish and merge", "validate", "run the policy's validate steps",
        gs::command::declare_validate},
    Row{"Check commits and imports", "check", "judge what is staged, commits, or every import",
        gs::command::declare_check},
    Row{"Check commits and imports", "imports", "list what files import",
        gs::command::declare_imports},
    Row{"Check commits and imports", "graph", "draw who imports whom", gs::command::declare_graph},
    Row{"Check commits and imports", "baseline", "accept today's layer violations",
        gs::command::declare_baseline},
    Row{"For agents' programs", "mcp",
        "serve these commands to agents, over the Model Context Protocol",
        gs::command::declare_mcp},
    Row{"For agents' programs", "agent-hook", "answer an agent's program before it writes",
        gs::command::declare_agent_hook},
};

int fail(const std::string& what, const std::string& hint, ExitCode code) {
  std::fprintf(stderr, "git-stream: %s\n", gs::core::printable_lines(what).c_str());
  if (!hint.empty()) std::fprintf(stderr, "  next: %s\n", gs::core::printable_lines(hint).c_str());
  return static_cast<int>(code);
}

bool is_command(std::string_view word) {
  return std::any_of(kCommands.begin(), kCommands.end(),
                     [&](const auto& row) { return row.name == word; });
}

int unknown_command(const std::string& word) {
  std::vector<std::string> names;
  for (const auto& row : kCommands) names.emplace_back(row.name);
  const auto nearest = gs::core::nearest_word(word, names);
  return fail("there is no command '" + gs::core::printable(word) + "'",
              nearest ? "git stream " + *nearest : "git stream -h", ExitCode::usage);
}

// spawn's own command, after "--": nothing of it is ours to read.
std::vector<std::string> words_of(int argc, char** argv, Context& context) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (!words.empty() && words.front() == "spawn" && dashes != words.end()) {
    context.words.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  return words;
}

int carry_out(const Action& action, Context& context) {
  const ExitCode code = action(context);
  context.print_done();
  // A report that is cut short must not pass for a whole one.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw Error(ExitCode::broken, std::string("cannot write the output: ") + std::strerror(errno));
  }
  return static_cast<int>(code);
}

std::string version() {
  const std::string commit = gs::command::kCommit;
  return std::string("git-stream ") + gs::core::kVersion +
         (commit.empty() ? "" : " (" + commit + ")");
}

// What the shells' completion scripts and the manual's generator ask for.
std::optional<int> answer_scripts(int argc, char** argv, const ArgumentParser& parser,
                                  Context& context) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first.starts_with(gs::command::kCompletionFlag)) {
    const std::string shell(first.substr(std::strlen(gs::command::kCompletionFlag)));
    return print_completions(parser.declared(), shell, {argv + 2, argv + argc}, context);
  }
  if (first != gs::command::kDeclarationsFlag) return std::nullopt;
  gs::command::print_declarations(parser.declared());
  return 0;
}

int run(int argc, char** argv, Context& context) {
  ArgumentParser parser("git stream",
                        "Lets many agents and people work on one repository, each in its lane.",
                        version());
  bool manual = false;
  parser.whole().flag("--help", manual, "open the manual");
  std::map<std::string, Action> actions;
  for (const auto& row : kCommands) {
    CommandLine command = parser.command(row.name, row.summary, row.group);
    command.flag("--help", manual, "open the manual");
    command.flag("--json", context.json, "print JSON");
    actions[row.name] = row.declare(command);
  }
  if (const auto status = answer_scripts(argc, argv, parser, context)) return *status;
  if (argc > 1 && argv[1][0] != '-' && !is_command(argv[1])) return unknown_command(argv[1]);
  const Arguments arguments = parser.read(words_of(argc, argv, context));
  if (arguments.kind == Arguments::Kind::shown)
    return std::fputs(arguments.text.c_str(), stdout) < 0 ? 1 : 0;
  if (manual) return gs::process::run_attached({{"git", "help", "stream"}, {}, {}, {}, {}});
  if (arguments.kind == Arguments::Kind::fault) {
    const std::string of = arguments.command.empty() ? "" : " " + arguments.command;
    return fail(arguments.text, "git stream" + of + " -h", ExitCode::usage);
  }
  return carry_out(actions.at(arguments.command), context);
}

int run_and_tell(int argc, char** argv, Context& context) {
  try {
    return run(argc, argv, context);
  } catch (const Error& error) {
    return gs::command::tell(error);
  } catch (const std::exception& error) {
    return fail(error.what(), "git stream doctor", ExitCode::broken);
  }
}

}  // namespace

namespace gs::command {

int tell(const Error& error) {
  return fail(error.what(), error.hint(), error.code());
}

int run_words(const std::vector<std::string>& words, Context& context) {
  std::vector<std::string> all{"git-stream"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> pointers;
  for (std::string& word : all) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return run_and_tell(static_cast<int>(all.size()), pointers.data(), context);
}

}  // namespace gs::command

// In the place of libstdc++'s, which would bring its demangler, for an exception that nobody
// catches.
namespace __gnu_cxx {
void __verbose_terminate_handler() {
  std::abort();
}
}  // namespace __gnu_cxx

int main(int argc, char** argv) {
  if (const auto status = gs::hooks::run(argc, argv)) return *status;
  gs::platform::keep_freed_memory();
  gs::state::survive_file_limits();
  Context context;
  return run_and_tell(argc, argv, context);
}
