#pragma once
// What every subcommand is made of. A command is a row of the table in main.cpp.

#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/error.h"
#include "lib/core/json.h"
#include "lib/session/session.h"
#include "plugins/git-stream/command_line.h"

namespace gs::command {

// What a command works with; the repository is opened when it is first asked for.
class Context {
 public:
  session::Session& session();
  // The repository as it is, supported or not: for the doctor.
  git::Repository any_repository();
  bool json = false;  // --json
  // Where the --json answer goes besides the text; none: in its place, with --json.
  std::FILE* beside = nullptr;
  std::vector<std::string> words;  // spawn's, after "--": not ours to read

  // A path argument, relative to the working directory (after ":/": to the top), as a path or
  // pattern relative to the root; a folder that is there gets a trailing '/', a name that is there
  // is never read as a pattern. Throws core::Error (usage) for what pattern_fault refuses and for
  // what leaves the repository.
  std::string path_argument(const std::string& argument);
  // The working directory relative to the top of the worktree, with a trailing '/'; empty at the
  // top.
  std::string prefix();

  // Says what was done, a line at a time; with --json they are one answer: {"schema": 1, "done":
  // […]}.
  void done(const std::string& line);
  void print_done() const;  // at the end of every command

  // Ends a --json answer that was begun with `{"schema": 1`, and prints it.
  static core::JsonWriter begin_json();
  static void print_json(core::JsonWriter& json);

  // For commands that agents call, and that give both: which of them is wanted, and the JSON.
  bool wants_text() const { return !json; }
  bool wants_json() const { return json || beside != nullptr; }
  void answer(core::JsonWriter& writer) const;
  void answer(const std::string& text) const;

 private:
  std::optional<session::Session> session_;
  std::vector<std::string> done_;
};

// The path as short as it can be named from here.
std::string near_path(const std::filesystem::path& path);
// For people: the path as short as it can be named from here, quoted where git would.
std::string from_here(const std::filesystem::path& path);

// One command line of `git stream`, from reading it to its exit code; what is wrong is said on
// stderr.
int run_words(const std::vector<std::string>& words, Context& context);
// Says it on stderr, with what to do next; returns the exit code.
int tell(const core::Error& error);

using Action = std::function<core::ExitCode(Context&)>;

struct Row {
  const char* group;  // what one wants to do: a heading in -h
  const char* name;
  const char* summary;
  // Declares the options and returns what to do when the command was given.
  Action (*declare)(CommandLine& app);
};

Action declare_init(CommandLine& app);
Action declare_policy(CommandLine& app);
Action declare_install(CommandLine& app);
Action declare_uninstall(CommandLine& app);
Action declare_doctor(CommandLine& app);
Action declare_plan(CommandLine& app);
Action declare_start(CommandLine& app);
Action declare_spawn(CommandLine& app);
Action declare_status(CommandLine& app);
Action declare_tasks(CommandLine& app);
Action declare_complete(CommandLine& app);
Action declare_handoff(CommandLine& app);
Action declare_ask(CommandLine& app);
Action declare_order(CommandLine& app);
Action declare_conflicts(CommandLine& app);
Action declare_merge(CommandLine& app);
Action declare_validate(CommandLine& app);
Action declare_report(CommandLine& app);
Action declare_lock(CommandLine& app);
Action declare_unlock(CommandLine& app);
Action declare_locks(CommandLine& app);
Action declare_sync(CommandLine& app);
Action declare_push(CommandLine& app);
Action declare_log(CommandLine& app);
Action declare_warnings(CommandLine& app);
Action declare_mcp(CommandLine& app);
Action declare_check(CommandLine& app);
Action declare_imports(CommandLine& app);
Action declare_graph(CommandLine& app);
Action declare_baseline(CommandLine& app);

}  // namespace gs::command
