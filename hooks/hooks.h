#pragma once
// The hooks that our program serves, by name: one program for all of them and for the command.

#include <optional>

namespace gs::hooks {

// The exit code, when the process was started as a hook: `git-stream --hook=pre-commit SCRIPT …` by
// a script of `git stream install`; PREFIX/libexec/git-stream/pre-commit, a link to the program, by
// a script of version 0.1.0; `git-stream agent-hook --dialect NAME …` by an agent's program.
// Nothing when it is a command's. Does nothing that a command alone needs: most commits are done in
// 2 ms.
std::optional<int> run(int argc, char** argv);

}  // namespace gs::hooks
