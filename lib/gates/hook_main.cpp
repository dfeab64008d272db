#include "lib/gates/hook_main.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "lib/core/text.h"
#include "lib/core/version.h"
#include "lib/install/chained_hook.h"
#include "lib/platform/memory.h"
#include "lib/state/files.h"

namespace gs::gates {

namespace {

namespace fs = std::filesystem;
using core::Error;
using core::ExitCode;

void complain(const char* hook, const std::string& what, const std::string& hint) {
  std::fprintf(stderr, "git-stream: %s cannot judge: %s\n", hook,
               core::printable_lines(what).c_str());
  if (!hint.empty()) std::fprintf(stderr, "  next: %s\n", core::printable_lines(hint).c_str());
}

std::string read_stdin() {
  std::string text;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR)
      throw Error(ExitCode::broken, std::string("cannot read stdin: ") + std::strerror(errno));
  }
}

// Once a day, by the time of a file that holds nothing.
void say_not_judged(const git::Layout& layout, const std::string& unknown) {
  constexpr std::chrono::hours kDay{24};
  const fs::path said = layout.common_dir / "stream" / "not-judged";
  std::error_code failed;
  const auto last = fs::last_write_time(said, failed);
  const auto now = fs::file_time_type::clock::now();
  if (!failed && now - last < kDay && last <= now) return;
  fs::create_directories(said.parent_path(), failed);
  std::ofstream(said, std::ios::app).close();
  fs::last_write_time(said, now, failed);
  std::fprintf(stderr,
               "git-stream: nothing is judged here: the repository has %s, which this version does "
               "not know\n  next: install a newer git-stream\n",
               core::printable(unknown).c_str());
}

int judged(const char* name, const install::HookCall& call, Gate gate) {
  git::Repository repository = git::Repository::open_for_hook();
  if (const auto& unknown = repository.unknown_format()) {
    say_not_judged(repository.layout(), *unknown);
    return install::run_chained(name, call);  // git alone decides
  }
  session::Session session(std::move(repository));
  HookRun run(name, session, call);
  return gate(run);
}

}  // namespace

const std::string& input_of(install::HookCall& call) {
  if (!call.input) call.input = read_stdin();
  return *call.input;
}

const std::string& HookRun::input() {
  return input_of(call_);
}

int HookRun::chain() {
  return install::run_chained(name_, call_);
}

bool HookRun::has_chain() const {
  return install::find_chained(name_, call_.script).has_value();
}

int run_hook(const char* name, int argc, char** argv, Gate gate, Precheck precheck) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("git-stream %s %s\n", name, core::kVersion);
    return 0;
  }
  platform::keep_freed_memory();
  state::survive_file_limits();
  try {
    install::HookCall call = install::read_call(argc, argv);
    if (install::within_chain_of(name)) {
      // The manager that keeps ours as HOOK.legacy is itself what we run next.
      return call.script.extension() == ".legacy" ? 0 : install::run_chained(name, call);
    }
    if (precheck != nullptr && !precheck(call)) return install::run_chained(name, call);
    return judged(name, call, gate);
  } catch (const Error& error) {
    complain(name, error.what(), error.hint());
  } catch (const std::exception& error) {
    complain(name, error.what(), "git stream doctor");
  }
  return static_cast<int>(ExitCode::broken);
}

}  // namespace gs::gates
