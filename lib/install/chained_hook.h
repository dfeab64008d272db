#pragma once
// Hooks that were there before ours: where they are kept, and how they go on running.
//
// In place: ours is HOOKS/pre-commit, theirs HOOKS/pre-commit.before-git-stream. Redirected (the
// user had set core.hooksPath): ours is COMMONDIR/stream/hooks/pre-commit, and the file `.previous`
// there holds the folder in which theirs is found, as core.hooksPath had it.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::install {

inline constexpr std::string_view kChainSuffix = ".before-git-stream";
inline constexpr std::string_view kPreviousFile = ".previous";
// How a script starts our program: `#!PREFIX/bin/git-stream --hook=pre-commit`, or, where it only
// runs the user's own hook of that name, `--forward=pre-rebase`. The kernel passes one argument on
// and adds the script's path. Version 0.1.0 had a program for each hook,
// `#!PREFIX/libexec/git-stream/pre-commit
// --hook`; these paths are links by now, and name the hook by argv[0].
inline constexpr std::string_view kHookFlag = "--hook";
inline constexpr std::string_view kForwardFlag = "--forward";
inline constexpr std::string_view kForwardHook = "forward-hook";  // as 0.1.0 called its program
std::string hook_argument(std::string_view hook);
std::string forward_argument(std::string_view hook);

// The hook that a process of ours was started as, by its first two arguments; the program's own
// name when it was started as none.
std::string_view hook_started(std::string_view program, std::string_view argument);

struct HookCall {
  std::filesystem::path script;  // empty when the program was started directly
  std::vector<std::string> arguments;
  std::optional<std::string> input = {};  // stdin, when it was read already
};

// What follows the program in argv: [--hook[=NAME] SCRIPT] ARGUMENTS…
HookCall read_call(int argc, char** argv);

// The executable hook that was there before ours, if any.
std::optional<std::filesystem::path> find_chained(std::string_view hook,
                                                  const std::filesystem::path& script);

// Runs it with git's arguments, stdin and environment; 0 when there is none.
int run_chained(std::string_view hook, const HookCall& call);

// The whole main() of a hook that we do not judge. Without --forward=NAME the script's own name
// says which.
int forward_hook(int argc, char** argv);

// Whether both files are the same hook: equal, or written by the same hook manager.
bool same_tool(const std::filesystem::path& one, const std::filesystem::path& other);
// Whether the file is of a manager that runs HOOK.legacy beside it: pre-commit, prek.
bool runs_legacy(const std::filesystem::path& file);

// Whether this process was started, through another hook manager's chain, by a run of this very
// program for that hook: then it was judged already. What the environment says is believed only of
// a living ancestor that runs this executable as that hook. Asked of another hook too: git's sample
// pre-merge-commit runs pre-commit.
bool within_chain_of(std::string_view hook);

}  // namespace gs::install
