#pragma once
// What every hook program does around its gate: opens the repository, runs hooks that were there
// before, catches once, and exits with a name.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/error.h"
#include "lib/install/chained_hook.h"
#include "lib/session/session.h"

namespace gs::gates {

// One call of a hook by git.
class HookRun {
 public:
  HookRun(std::string_view name, session::Session& session, install::HookCall call)
      : name_(name), session_(session), call_(std::move(call)) {}

  session::Session& session() { return session_; }
  const std::vector<std::string>& arguments() const { return call_.arguments; }
  const std::filesystem::path& script() const { return call_.script; }

  // What git says on stdin, read once and kept for the chain. Only for hooks that git tells
  // something there.
  const std::string& input();

  // Runs the hook that was here before ours, with the same arguments and stdin, and returns its
  // exit code; 0 when there is none.
  int chain();
  bool has_chain() const;

 private:
  std::string name_;
  session::Session& session_;
  install::HookCall call_;
};

// What git says on stdin: read once, and kept in the call.
const std::string& input_of(install::HookCall& call);

using Gate = int (*)(HookRun&);
// Whether there is anything for the gate to judge, told from the call alone: no repository is
// opened otherwise, and only the chained hook runs.
using Precheck = bool (*)(install::HookCall&);

// The whole of a hook's main(). `name` is git's name of the hook.
int run_hook(const char* name, int argc, char** argv, Gate gate, Precheck precheck = nullptr);

}  // namespace gs::gates
