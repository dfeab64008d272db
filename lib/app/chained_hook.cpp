#include "lib/app/chained_hook.h"

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/process/process.h"
#include "lib/store/atomic_file.h"

namespace gs::app {

namespace {

namespace fs = std::filesystem;

std::string guard_variable(std::string_view hook) {
  std::string name = "GIT_STREAM_IN_";
  for (const char c : hook)
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

bool same_executable(pid_t pid) {
  struct stat own {
  }, other{};
  const std::string link = "/proc/" + std::to_string(pid) + "/exe";
  return stat("/proc/self/exe", &own) == 0 && stat(link.c_str(), &other) == 0 &&
         own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

// /proc/PID/stat: `PID (command) state parent …`; all zero and empty when the process is gone.
struct Process {
  std::string command;
  pid_t parent = 0;
};

Process look_up(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close + 4 > text.size()) return {};
  return {text.substr(open + 1, close - open - 1),
          static_cast<pid_t>(std::strtol(text.c_str() + close + 4, nullptr, 10))};
}

// With a git in between this is another commit, made by a hook, and not the one that was judged.
bool is_ancestor_within_this_commit(pid_t wanted) {
  constexpr int kDeepest = 64;
  pid_t pid = getppid();
  for (int depth = 0; depth < kDeepest && pid > 1; ++depth) {
    if (pid == wanted) return true;
    const Process process = look_up(pid);
    if (process.command == "git") return false;
    pid = process.parent;
  }
  return false;
}

// git runs a hook that has no `#!` and is no program with sh.
bool needs_shell(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char magic[4] = {};
  in.read(magic, sizeof magic);
  const std::string_view start(magic, static_cast<std::size_t>(in.gcount()));
  return !start.starts_with("#!") && !start.starts_with(
                                         "\x7f"
                                         "ELF");
}

bool executable_file(const fs::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         access(file.c_str(), X_OK) == 0;
}

// pre-commit and prek move a hook they find to HOOK.legacy and run it from there. When what we
// moved aside is the manager that is running us, running it again would run everything twice.
bool is_the_caller(const fs::path& script, std::string_view hook, const fs::path& before) {
  if (!script.filename().string().ends_with(".legacy")) return false;
  constexpr std::size_t kLargest = 1 << 20;
  return store::read_file(script.parent_path() / hook, kLargest) ==
         store::read_file(before, kLargest);
}

}  // namespace

HookCall read_call(int argc, char** argv) {
  HookCall call;
  int first = 1;
  if (argc >= 3 && argv[1] == kScriptFlag) {
    call.script = argv[2];
    first = 3;
  }
  call.arguments.assign(argv + first, argv + argc);
  return call;
}

std::optional<fs::path> find_chained(std::string_view hook, const fs::path& script) {
  if (script.empty()) return std::nullopt;
  const fs::path folder = script.has_parent_path() ? script.parent_path() : fs::path(".");
  fs::path before = folder / (std::string(hook) + std::string(kChainSuffix));
  if (executable_file(before)) {
    if (is_the_caller(script, hook, before)) return std::nullopt;
    return before;
  }
  constexpr std::size_t kLongestPath = 8192;
  auto previous = store::read_file(folder / kPreviousFile, kLongestPath);
  if (!previous) return std::nullopt;
  while (!previous->empty() && previous->back() == '\n') previous->pop_back();
  fs::path theirs = fs::path(*previous) / hook;  // relative to the working directory, as git has it
  return executable_file(theirs) ? std::optional(theirs) : std::nullopt;
}

int run_chained(std::string_view hook, const HookCall& call) {
  const auto program = find_chained(hook, call.script);
  if (!program) return 0;
  process::Command command;
  if (needs_shell(*program)) command.argv.emplace_back("sh");
  command.argv.push_back(program->has_parent_path() ? program->string() : "./" + program->string());
  command.argv.insert(command.argv.end(), call.arguments.begin(), call.arguments.end());
  command.set.push_back(guard_variable(hook) + "=" + std::to_string(getpid()));
  return process::run_attached(command);
}

bool within_own_chain(std::string_view hook) {
  const char* value = std::getenv(guard_variable(hook).c_str());
  if (value == nullptr) return false;
  const auto pid = static_cast<pid_t>(std::strtol(value, nullptr, 10));
  return pid > 1 && is_ancestor_within_this_commit(pid) && same_executable(pid);
}

}  // namespace gs::app
