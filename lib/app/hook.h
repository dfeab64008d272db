#pragma once
// What every hook program does around its gate: opens the repository, runs hooks that were there
// before, catches once, and exits with a name.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/app/session.h"
#include "lib/core/error.h"

namespace gs::app {

// One call of a hook by git.
class HookRun {
 public:
  HookRun(std::string_view name, Session& session, std::filesystem::path script,
          std::vector<std::string> arguments)
      : name_(name),
        session_(session),
        script_(std::move(script)),
        arguments_(std::move(arguments)) {}

  Session& session() { return session_; }
  const std::vector<std::string>& arguments() const { return arguments_; }
  const std::filesystem::path& script() const { return script_; }

  // What git says on stdin, read once and kept for the chain. Only for hooks that git tells
  // something there.
  const std::string& input();

  // Runs the hook that was here before ours, with the same arguments and stdin, and returns its
  // exit code; 0 when there is none.
  int chain();
  bool has_chain() const;

 private:
  std::string name_;
  Session& session_;
  std::filesystem::path script_;  // as git called it; empty when the program was started directly
  std::vector<std::string> arguments_;
  std::optional<std::string> input_;
};

using Gate = int (*)(HookRun&);

// The whole of a hook's main(). `name` is git's name of the hook.
int run_hook(const char* name, int argc, char** argv, Gate gate);

}  // namespace gs::app
