#include "hooks/hooks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "lib/agents/run.h"
#include "lib/gates/commit_gate.h"
#include "lib/gates/push_gate.h"
#include "lib/gates/ref_update_gate.h"
#include "lib/install/chained_hook.h"
#include "lib/streams/merge/after_merge.h"

namespace gs::hooks {

namespace {

struct Hook {
  const char* name;
  gates::Gate gate;
  gates::Precheck precheck = nullptr;
};

// githooks(5) says when git runs each, and which can stop it.
constexpr std::array kHooks{
    Hook{"pre-commit", gates::judge_index},
    Hook{"pre-merge-commit", gates::judge_merge},
    Hook{"prepare-commit-msg", gates::sign_message},
    Hook{"reference-transaction", gates::judge_refs, gates::moves_branches},
    Hook{"post-commit", gates::note_commit},
    Hook{"post-merge", streams::after_git_merge},
    Hook{"pre-push", gates::judge_push},
    Hook{"pre-receive", gates::judge_received},
};

constexpr std::string_view kAgentHook = "agent-hook";

// As an agent's settings have it; everything else after `agent-hook` is the command's to read.
bool is_agents_call(int argc, char** argv) {
  if (argc < 4 || argv[1] != kAgentHook) return false;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view word = argv[i];
    if (i + 1 == argc || (word != "--dialect" && word != "--event")) return false;
  }
  return true;
}

}  // namespace

std::optional<int> run(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  const std::string_view name = install::hook_started(argc > 0 ? argv[0] : "", first);
  const auto hook =
      std::find_if(kHooks.begin(), kHooks.end(), [&](const Hook& row) { return row.name == name; });
  if (hook != kHooks.end())
    return gates::run_hook(hook->name, argc, argv, hook->gate, hook->precheck);
  if (name == install::kForwardHook) return install::forward_hook(argc, argv);
  if (name == kAgentHook) return agents::run_agent_hook(argc, argv);
  if (is_agents_call(argc, argv)) return agents::run_agent_hook(argc - 1, argv + 1);
  if (!first.starts_with(install::kHookFlag)) return std::nullopt;
  std::fprintf(stderr, "git-stream: there is no hook '%s'\n  next: git stream install\n",
               std::string(name).c_str());
  return static_cast<int>(core::ExitCode::broken);
}

}  // namespace gs::hooks
